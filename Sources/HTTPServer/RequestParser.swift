import Core
import Glibc
import HTTPMessages

/// How large a request may be.
package struct RequestLimits: Sendable, Hashable {
  /// Bytes of the request line without its CR LF; more is 414.
  package var requestLine = 8 << 10
  /// Bytes of all header lines with their CR LF, and again of all trailer lines; more is 431.
  package var headerBytes = 16 << 10
  /// How many header fields; more is 431.
  package var headerFields = 100
  /// Bytes of the body without its chunk framing, unless the resource takes more; more is 413.
  package var body = 1 << 20

  package init() {}
}

/// A request as it was framed. Behind one reference, so that handing it on from function to function is cheap.
final class RequestMessage: Sendable {
  let method: Method
  let path: String
  let query: String?
  let headers: Headers
  let body: [UInt8]
  let isHTTP11: Bool
  /// What the client wants: the default of its version, unless `Connection` says otherwise.
  let keepsAlive: Bool

  init(
    method: Method, path: String, query: String?, headers: Headers, body: [UInt8], isHTTP11: Bool = true,
    keepsAlive: Bool = true
  ) {
    (self.method, self.path, self.query, self.headers, self.body) = (method, path, query, headers, body)
    (self.isHTTP11, self.keepsAlive) = (isHTTP11, keepsAlive)
  }
}

/// Reads requests out of a stream of bytes, strictly as RFC 9112 frames them and stricter where it leaves a choice
/// (docs/decisions/0003-framing.md). A pure function of the bytes: how they are cut makes no difference, nothing is
/// read twice, and nothing but the request is kept.
///
/// An HTTP/1.0 request may come without Host, as RFC 9112, section 3.2 asks for the field in HTTP/1.1 only.
struct RequestParser: Sendable {
  enum Progress: Sendable {
    /// Everything was taken and more is needed.
    case incomplete
    /// A whole request; what was not taken belongs to the next.
    case complete(RequestMessage)
    /// The stream cannot be read on. Final.
    case refused(Refusal)
  }

  private enum State {
    case requestLine
    case fields
    case body(missing: Int)
    case chunkSize
    case chunkData(missing: Int)
    case chunkEnd
    case trailers
    case refused(Refusal)
  }

  /// Bytes of a body that a resource takes where `limits` say less. Asked only of a body that needs it.
  typealias BodyLimit = @Sendable (Method, _ path: String) -> Int?

  /// Not to be changed within a request.
  var limits: RequestLimits
  private let bodyLimit: BodyLimit
  private var state = State.requestLine
  /// The request line and the header lines; becomes the store of `Headers`.
  private var head: [UInt8] = []
  private var locations: [Headers.Location] = []
  /// The line of a chunk or a trailer that is being read.
  private var line: [UInt8] = []
  private var lineStart = 0
  private var fieldsStart = 0
  private var trailerBytes = 0
  private var trailerFields = 0
  private var skippedEmptyLine = false
  private var body: [UInt8] = []

  private var method = Method.get
  private var target: RequestTarget?
  private var isHTTP11 = true
  private var host: Range<Int>?
  private var contentLength: Int?
  private var isChunked = false
  private var closes = false
  private var persists = false
  /// The client waits for `100 Continue` before it sends the body. Whoever sends that sets this to false.
  var awaitsContinue = false

  init(limits: RequestLimits = RequestLimits(), bodyLimit: @escaping BodyLimit = { _, _ in nil }) {
    self.limits = limits
    self.bodyLimit = bodyLimit
  }

  /// No byte of the next request has come yet.
  var isIdle: Bool {
    if case .requestLine = state { head.isEmpty && !skippedEmptyLine } else { false }
  }

  /// The header is whole and the body is not.
  var isInBody: Bool {
    switch state {
    case .body, .chunkSize, .chunkData, .chunkEnd, .trailers: true
    case .requestLine, .fields, .refused: false
    }
  }

  /// The fields read so far, for an answer to a request that was refused.
  var partialHeaders: Headers { Headers(parsed: head, locations: locations) }

  /// Takes bytes up to the end of one request.
  ///
  /// - Returns: how many were taken, never more than there are.
  mutating func read(_ input: UnsafeRawBufferPointer) -> (taken: Int, progress: Progress) {
    var position = 0
    do {
      while true {
        if case .refused(let refusal) = state { return (position, .refused(refusal)) }
        guard position < input.count else { return (position, .incomplete) }
        if let message = try step(input, &position) { return (position, .complete(message)) }
      }
    } catch {
      state = .refused(error)
      awaitsContinue = false
      return (position, .refused(error))
    }
  }

  /// Advances by one line or one run of body bytes.
  private mutating func step(_ input: UnsafeRawBufferPointer, _ position: inout Int) throws(Refusal) -> RequestMessage?
  {
    switch state {
    case .requestLine:
      if head.isEmpty { head.reserveCapacity(min(input.count - position, limits.requestLine + limits.headerBytes)) }
      guard try Self.takeLine(input, &position, &head, from: lineStart, limit: limits.requestLine, else: .targetTooLong)
      else { return nil }
      try endRequestLine()
    case .fields:
      let left = limits.headerBytes - (lineStart - fieldsStart) - 2
      guard try Self.takeLine(input, &position, &head, from: lineStart, limit: max(0, left), else: .headersTooLarge)
      else { return nil }
      if head.count - lineStart == 2 { return try endHeader() }
      try endField()
    case .body(let missing):
      let left = takeBody(input, &position, missing)
      if left == 0 { return endMessage() }
      state = .body(missing: left)
    case .chunkSize:
      guard try Self.takeLine(input, &position, &line, from: 0, limit: 8, else: .chunk) else { return nil }
      try endChunkSize()
    case .chunkData(let missing):
      let left = takeBody(input, &position, missing)
      state = left == 0 ? .chunkEnd : .chunkData(missing: left)
    case .chunkEnd:
      line.append(input[position])
      position += 1
      guard line[0] == 0x0D, line.count == 1 || line[1] == 0x0A else { throw .chunk }
      if line.count == 2 {
        line.removeAll(keepingCapacity: true)
        state = .chunkSize
      }
    case .trailers:
      let left = max(0, limits.headerBytes - trailerBytes - 2)
      guard try Self.takeLine(input, &position, &line, from: 0, limit: left, else: .headersTooLarge) else { return nil }
      if line.count == 2 { return endMessage() }
      try endTrailer()
    case .refused:
      break
    }
    return nil
  }

  /// Appends to `buffer` up to the end of the line that began at `start`.
  ///
  /// - Parameter limit: of the line without CR LF. It is judged before the line's end is, so that the same refusal comes
  ///   however the bytes are cut.
  /// - Returns: whether the line is whole.
  private static func takeLine(
    _ input: UnsafeRawBufferPointer, _ position: inout Int, _ buffer: inout [UInt8], from start: Int, limit: Int,
    else refusal: Refusal
  ) throws(Refusal) -> Bool {
    let room = max(0, limit + 2 - (buffer.count - start))
    let window = UnsafeRawBufferPointer(rebasing: input[position..<min(input.count, position + room)])
    let feed = window.baseAddress.flatMap { memchr($0, 0x0A, window.count) }
    let count = feed.map { UnsafeRawPointer($0) - window.baseAddress! + 1 } ?? window.count
    buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: window[..<count]))
    position += count
    let length = buffer.count - start
    guard feed != nil else {
      if length == limit + 2 { throw refusal }
      return false
    }
    guard length >= 2, buffer[buffer.count - 2] == 0x0D else { throw length == limit + 2 ? refusal : .lineEnd }
    return true
  }

  private mutating func takeBody(_ input: UnsafeRawBufferPointer, _ position: inout Int, _ missing: Int) -> Int {
    let count = min(missing, input.count - position)
    body.append(contentsOf: UnsafeRawBufferPointer(rebasing: input[position..<position + count]))
    position += count
    return missing - count
  }
}

// MARK: - The head

extension RequestParser {
  private mutating func endRequestLine() throws(Refusal) {
    let end = head.count - 2
    if end == 0 {
      // RFC 9112, section 2.2: one empty line before a request is passed over.
      guard !skippedEmptyLine else { throw .requestLine }
      skippedEmptyLine = true
      head.removeAll(keepingCapacity: true)
      return
    }
    let read: Result<(Method, RequestTarget, Bool), Refusal> = head.withUnsafeBytes { head in
      Result { () throws(Refusal) in try Self.requestLine(head[0..<end]) }
    }
    (method, target, isHTTP11) = try read.get()
    lineStart = head.count
    fieldsStart = head.count
    state = .fields
  }

  private static func requestLine(_ line: Bytes) throws(Refusal) -> (Method, RequestTarget, Bool) {
    let token = ByteSet.token
    guard let first = line.firstIndex(where: { !token.contains($0) }), first > 0, line[first] == 0x20 else {
      throw .requestLine
    }
    let rest = line[(first + 1)...]
    guard let second = rest.firstIndex(of: 0x20), second > rest.startIndex else { throw .requestLine }
    let version = rest[(second + 1)...]
    let isHTTP11 = version.isExactly("HTTP/1.1")
    guard isHTTP11 || version.isExactly("HTTP/1.0") else {
      let at = version.startIndex
      guard version.count == 8, version.prefix(5).isExactly("HTTP/"), version[at + 5].isDecimalDigit,
        version[at + 6] == UInt8(ascii: "."), version[at + 7].isDecimalDigit
      else { throw .requestLine }
      throw .version
    }
    let name = line[..<first]
    let method =
      name.isExactly("GET")
      ? Method.get : name.isExactly("POST") ? .post : Method(String(decoding: name, as: UTF8.self))
    let target = try RequestTarget(
      rest[..<second], isOptions: name.isExactly("OPTIONS"), isConnect: name.isExactly("CONNECT"))
    return (method, target, isHTTP11)
  }

  private mutating func endField() throws(Refusal) {
    guard locations.count < limits.headerFields else { throw .headersTooLarge }
    if locations.isEmpty { locations.reserveCapacity(12) }
    let field = try Self.split(&head, lineStart..<head.count - 2)
    locations.append(Headers.Location(name: field.name, value: field.value))
    lineStart = head.count
    try note(field)
  }

  /// Checks a field line and turns its name into lower case.
  private static func split(_ buffer: inout [UInt8], _ range: Range<Int>) throws(Refusal) -> (
    name: Range<Int>, value: Range<Int>
  ) {
    let result: Result<(name: Range<Int>, value: Range<Int>), Refusal> = buffer.withUnsafeMutableBytes { bytes in
      let token = ByteSet.token
      var position = range.lowerBound
      while position < range.upperBound, token.contains(bytes[position]) {
        bytes[position] = bytes[position].lowercased
        position += 1
      }
      guard position > range.lowerBound else {
        let first = bytes[position]
        return .failure(first == 0x20 || first == 0x09 ? .foldedField : .fieldName)
      }
      guard position < range.upperBound, bytes[position] == UInt8(ascii: ":") else { return .failure(.fieldName) }
      let value = UnsafeRawBufferPointer(bytes)[(position + 1)..<range.upperBound].trimmed
      guard value.isFieldValue else { return .failure(.fieldValue) }
      return .success((range.lowerBound..<position, value.startIndex..<value.endIndex))
    }
    return try result.get()
  }

  /// Takes what framing needs from a field.
  private mutating func note(_ field: (name: Range<Int>, value: Range<Int>)) throws(Refusal) {
    switch field.name.count {
    case 4 where head[field.name].elementsEqual("host".utf8):
      guard host == nil, value(field, \.isAuthority) else { throw .host }
      host = field.value
    case 14 where head[field.name].elementsEqual("content-length".utf8):
      let digits = head[field.value]
      guard contentLength == nil, !digits.isEmpty, digits.allSatisfy(\.isDecimalDigit) else { throw .contentLength }
      // More digits than fit are more bytes than are taken.
      contentLength = digits.decimalNumber.map(Int.init) ?? .max
    case 17 where head[field.name].elementsEqual("transfer-encoding".utf8):
      guard !isChunked, isHTTP11, head[field.value].elementsEqual("chunked".utf8) else { throw .transferEncoding }
      isChunked = true
    case 10 where head[field.name].elementsEqual("connection".utf8):
      if value(field, { $0.hasOption("close") }) { closes = true }
      if value(field, { $0.hasOption("keep-alive") }) { persists = true }
    case 6 where head[field.name].elementsEqual("expect".utf8):
      guard value(field, { $0.isCaseInsensitively("100-continue") }) else { throw .expectation }
      // RFC 9110, section 10.1.1: ignored in HTTP/1.0.
      awaitsContinue = isHTTP11
    default: break
    }
  }

  private func value(_ field: (name: Range<Int>, value: Range<Int>), _ test: (Bytes) -> Bool) -> Bool {
    head.withUnsafeBytes { test($0[field.value]) }
  }

  private mutating func endHeader() throws(Refusal) -> RequestMessage? {
    guard host != nil || !isHTTP11, hostAgrees else { throw .host }
    if isChunked {
      guard contentLength == nil else { throw .twoLengths }
      state = .chunkSize
      return nil
    }
    let length = contentLength ?? 0
    guard takes(length) else { throw .bodyTooLarge }
    if length == 0 { return endMessage() }
    // A promise is not a reason to hold memory: a slow client gets what it sends.
    body.reserveCapacity(min(length, 16 << 10))
    state = .body(missing: length)
    return nil
  }

  /// Whether a body may have so many bytes.
  private func takes(_ length: Int) -> Bool { length <= limits.body || length <= bodyLimit(method, path) ?? 0 }

  private var path: String {
    let path = target.map { String(decoding: head[$0.path], as: UTF8.self) } ?? ""
    return path.isEmpty ? "/" : path
  }

  /// A target in the absolute form names the host a second time; two that differ would be read differently by two
  /// servers.
  private var hostAgrees: Bool {
    guard let authority = target?.authority, let host else { return true }
    return head[authority].elementsEqual(head[host]) { $0.lowercased == $1.lowercased }
  }
}

// MARK: - The body

extension RequestParser {
  private mutating func endChunkSize() throws(Refusal) {
    let digits = line.dropLast(2)
    guard (1...8).contains(digits.count), digits.allSatisfy(\.isHexDigit) else { throw .chunk }
    let size = digits.reduce(0) { $0 << 4 | Int($1 & 15) + ($1 > UInt8(ascii: "9") ? 9 : 0) }
    line.removeAll(keepingCapacity: true)
    guard takes(body.count + size) else { throw .bodyTooLarge }
    state = size == 0 ? .trailers : .chunkData(missing: size)
  }

  /// Trailers are dropped: nothing here needs one, and a field that comes after it was decided upon is a trap.
  private mutating func endTrailer() throws(Refusal) {
    guard trailerFields < limits.headerFields else { throw .headersTooLarge }
    _ = try Self.split(&line, 0..<line.count - 2)
    trailerFields += 1
    trailerBytes += line.count
    line.removeAll(keepingCapacity: true)
  }

  private mutating func endMessage() -> RequestMessage {
    let message = RequestMessage(
      method: method, path: path,
      query: (target?.query).map { String(decoding: head[$0], as: UTF8.self) },
      headers: Headers(parsed: head, locations: locations), body: body, isHTTP11: isHTTP11,
      keepsAlive: !closes && (isHTTP11 || persists))
    self = RequestParser(limits: limits, bodyLimit: bodyLimit)
    return message
  }
}
