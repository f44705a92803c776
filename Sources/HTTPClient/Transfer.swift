import CCurl
import CEvent
import Core
import Glibc
import HTTPMessages

/// One easy handle of libcurl with a timer for the time limit; used for one request after another.
///
/// Used on the thread of the loop only.
final class Transfer {
  static let maximumHeaderSize = 64 << 10

  let easy: UnsafeMutableRawPointer
  private unowned let owner: MultiHandle
  private let options: Client.Options
  private var deadline: OpaquePointer?
  private var headerLines: UnsafeMutablePointer<curl_slist>?
  private var continuation: CheckedContinuation<Answer, Never>?

  private var maximumBodySize = 0
  private var receive: (@Sendable ([UInt8]) -> Void)?
  private var headers = Headers()
  private var headerSize = 0
  private var headersAreComplete = false
  private var body: [UInt8] = []
  private var excess: HTTPClientError?
  private var metPrivateAddress = false

  /// Sets what is the same for every request. Nil when there is no memory.
  init?(base: OpaquePointer, owner: MultiHandle, options: Client.Options) {
    guard let easy = curl_easy_init() else { return nil }
    self.easy = easy
    self.owner = owner
    self.options = options
    let context = Unmanaged.passUnretained(self).toOpaque()
    deadline = event_new(base, -1, 0, deadlinePassed, context)
    for (option, value) in fixedOptions { ringback_curl_setopt_long(easy, option, value) }
    ringback_curl_setopt_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    ringback_curl_setopt_string(easy, CURLOPT_PROXY, "")
    ringback_curl_setopt_string(easy, CURLOPT_USERAGENT, options.userAgent)
    if let authorities = options.authorities {
      ringback_curl_setopt_string(easy, CURLOPT_CAINFO, authorities)
      ringback_curl_setopt_pointer(easy, CURLOPT_CAPATH, nil)
    }
    ringback_curl_setopt_data_callback(easy, CURLOPT_HEADERFUNCTION, headerArrived)
    ringback_curl_setopt_pointer(easy, CURLOPT_HEADERDATA, context)
    ringback_curl_setopt_data_callback(easy, CURLOPT_WRITEFUNCTION, bodyArrived)
    ringback_curl_setopt_pointer(easy, CURLOPT_WRITEDATA, context)
    ringback_curl_setopt_prereq_callback(easy, connectionIsReady)
    ringback_curl_setopt_pointer(easy, CURLOPT_PREREQDATA, easy)
    ringback_curl_setopt_opensocket_callback(easy, socketIsNeeded)
    ringback_curl_setopt_pointer(easy, CURLOPT_OPENSOCKETDATA, context)
  }

  private var fixedOptions: [(CURLoption, Int)] {
    [
      (CURLOPT_NOSIGNAL, 1), (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)), (CURLOPT_PATH_AS_IS, 1),
      (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)), (CURLOPT_SSL_VERIFYPEER, 1),
      (CURLOPT_SSL_VERIFYHOST, 2), (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_DISALLOW_USERNAME_IN_URL, 1),
      // Without it, taking out a transfer waits on this thread for a name look-up that hangs.
      (CURLOPT_QUICK_EXIT, 1),
      (CURLOPT_MAXAGE_CONN, Int(options.maximumIdleTime.secondsRoundedUp)),
      (CURLOPT_MAXLIFETIME_CONN, Int(options.maximumConnectionAge.secondsRoundedUp)),
    ]
  }

  func prepare(_ request: OutgoingRequest, _ continuation: CheckedContinuation<Answer, Never>) {
    self.continuation = continuation
    maximumBodySize = request.maximumBodySize
    receive = request.receive
    ringback_curl_setopt_string(easy, CURLOPT_URL, request.url)
    let connectTimeout = min(options.connectTimeout, request.timeout).wholeMilliseconds
    ringback_curl_setopt_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Int(max(1, connectTimeout)))
    setMethodAndBody(request)
    for line in RequestRules.headerLines(of: request) { headerLines = curl_slist_append(headerLines, line) }
    ringback_curl_setopt_pointer(easy, CURLOPT_HTTPHEADER, headerLines)
    var wait = timeval(request.timeout)
    event_add(deadline, &wait)
  }

  private func setMethodAndBody(_ request: OutgoingRequest) {
    // These undo what the request before has set; to clear the body also chooses POST, so that comes first.
    ringback_curl_setopt_pointer(easy, CURLOPT_POSTFIELDS, nil)
    ringback_curl_setopt_long(easy, CURLOPT_HTTPGET, 1)
    let method = request.method
    let takesBody = [.post, .put, .patch].contains(method)
    let body = request.body ?? (takesBody ? [] : nil)
    if let body {
      ringback_curl_setopt_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
      _ = body.withUnsafeBytes {
        // An empty array may have no address, and none would mean "read the body from standard input".
        ringback_curl_setopt_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress ?? UnsafeRawPointer(easy))
      }
    } else if method == .head {
      ringback_curl_setopt_long(easy, CURLOPT_NOBODY, 1)
    }
    let isImplied = body == nil ? method == .get || method == .head : method == .post
    ringback_curl_setopt_string(easy, CURLOPT_CUSTOMREQUEST, isImplied ? nil : method.name)
  }

  /// What the caller is told once libcurl is done.
  func answer(_ code: CURLcode) -> Answer {
    if let excess { return .failure(excess) }
    guard code == CURLE_OK else { return .failure(failure(code)) }
    // libcurl takes an end within the headers for an answer without a body.
    guard headersAreComplete else { return .failure(.interrupted(reason: "the answer ended within its headers")) }
    var status = 0
    ringback_curl_getinfo_long(easy, CURLINFO_RESPONSE_CODE, &status)
    return .success(IncomingResponse(status: status, headers: headers, body: body))
  }

  private func failure(_ code: CURLcode) -> HTTPClientError {
    // One of libcurl's fixed texts: names no host, path or header.
    let reason = String(cString: curl_easy_strerror(code))
    return switch (code, bytesWereSent(easy)) {
    case (CURLE_ABORTED_BY_CALLBACK, true): .interrupted(reason: "the connection ended without an answer")
    case (_, true): .interrupted(reason: reason)
    case (CURLE_URL_MALFORMAT, _), (CURLE_UNSUPPORTED_PROTOCOL, _), (CURLE_LOGIN_DENIED, _): .refused(reason: reason)
    case _ where metPrivateAddress: .refused(reason: "the host is not at a public address")
    default: .notSent(reason: reason)
    }
  }

  /// Makes it ready for the next request.
  func finish() -> CheckedContinuation<Answer, Never>? {
    event_del(deadline)
    ringback_curl_setopt_pointer(easy, CURLOPT_HTTPHEADER, nil)
    curl_slist_free_all(headerLines)
    defer { continuation = nil }
    (headerLines, headers, headerSize, headersAreComplete) = (nil, Headers(), 0, false)
    (body, excess, metPrivateAddress, receive) = ([], nil, false, nil)
    return continuation
  }

  func free() {
    if let deadline { event_free(deadline) }
    deadline = nil
    curl_easy_cleanup(easy)
  }

  fileprivate func deadlineHasPassed() {
    owner.abort(self, .timedOut)
  }

  /// A socket for an address that the name led to; -1 when it may not be called. libcurl connects to this very address,
  /// so a name that changes its answer gains nothing.
  fileprivate func open(_ address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
    let wanted = address.pointee
    if options.requiresPublicAddress, let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) {
      // An IPv6 address reaches past the end of the declared structure.
      let bytes = UnsafeRawBufferPointer(start: UnsafeRawPointer(address) + offset, count: Int(wanted.addrlen))
      guard AddressRules.isPublic(bytes, family: wanted.family) else {
        metPrivateAddress = true
        return CURL_SOCKET_BAD
      }
    }
    return socket(wanted.family, wanted.socktype | Int32(SOCK_CLOEXEC.rawValue), wanted.protocol)
  }

  /// One line of the header section with its line end. Interim answers (1xx) are dropped, and so are trailers.
  fileprivate func takeHeader(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    headerSize += bytes.count
    guard headerSize <= Self.maximumHeaderSize else {
      excess = .interrupted(reason: "the headers of the answer are larger than 64 KiB")
      return false
    }
    guard !headersAreComplete else { return true }
    if bytes.starts(with: "HTTP/".utf8) {
      headers = Headers()
      return true
    }
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
      if bytes.first == UInt8(ascii: "\r") || bytes.first == UInt8(ascii: "\n") { headerSectionEnded() }
      return true
    }
    let name = String(decoding: bytes[..<colon], as: UTF8.self)
    headers.add(name, String(decoding: bytes[(colon + 1)...].trimmed, as: UTF8.self))
    return true
  }

  private func headerSectionEnded() {
    var status = 0
    ringback_curl_getinfo_long(easy, CURLINFO_RESPONSE_CODE, &status)
    headersAreComplete = status >= 200
    if status >= 300 { receive = nil }
  }

  fileprivate func takeBody(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    if let receive {
      receive(Array(bytes))
      return true
    }
    guard body.count + bytes.count <= maximumBodySize else {
      excess = .bodyTooLarge
      return false
    }
    body.append(contentsOf: bytes)
    return true
  }
}

/// Whether a byte of the request was handed to the system's socket, or to TLS, since the transfer began.
private func bytesWereSent(_ easy: UnsafeMutableRawPointer) -> Bool {
  var head = 0
  var body: curl_off_t = 0
  ringback_curl_getinfo_long(easy, CURLINFO_REQUEST_SIZE, &head)
  ringback_curl_getinfo_offset(easy, CURLINFO_SIZE_UPLOAD_T, &body)
  return head > 0 || body > 0
}

/// Called before a request is written, also when libcurl is about to write it again on another connection because a kept
/// one ended without an answer. That is refused once a byte has left: the other side may have acted.
private nonisolated func connectionIsReady(
  context: UnsafeMutableRawPointer?, _: UnsafeMutablePointer<CChar>?, _: UnsafeMutablePointer<CChar>?, _: Int32,
  _: Int32
) -> Int32 {
  guard let context else { return CURL_PREREQFUNC_OK }
  return bytesWereSent(context) ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
  context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private nonisolated func socketIsNeeded(
  context: UnsafeMutableRawPointer?, _: curlsocktype, address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
  guard let address, let transfer = transfer(context) else { return CURL_SOCKET_BAD }
  return transfer.open(address)
}

private nonisolated func deadlinePassed(_: Int32, _: Int16, context: UnsafeMutableRawPointer?) {
  transfer(context)?.deadlineHasPassed()
}

private func buffer(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> UnsafeBufferPointer<UInt8> {
  UnsafeBufferPointer(start: bytes.map { UnsafeRawPointer($0).assumingMemoryBound(to: UInt8.self) }, count: count)
}

/// To return less than was given makes libcurl end the transfer.
private nonisolated func headerArrived(
  bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
  transfer(context)?.takeHeader(buffer(bytes, size * count)) == true ? size * count : 0
}

private nonisolated func bodyArrived(
  bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
  // A part of no bytes is not a failure.
  size * count == 0 || transfer(context)?.takeBody(buffer(bytes, size * count)) == true ? size * count : 0
}

extension UInt8 {
  fileprivate var lowercased: UInt8 { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self }
  fileprivate var isHeaderSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A }
}

extension Slice<UnsafeBufferPointer<UInt8>> {
  fileprivate var trimmed: SubSequence {
    var rest = drop { $0.isHeaderSpace }
    while rest.last?.isHeaderSpace == true { rest.removeLast() }
    return rest
  }
}
