import COpenSSL
import EventLoop
import Glibc
import HTTPMessages

/// A client made of one blocking socket, so that a test decides each byte. What blocks runs on threads of its own.
///
/// `@unchecked Sendable`: a test uses a client from one task, one call after the other.
final class TestClient: @unchecked Sendable {
  struct Answer: Sendable {
    var status: Int
    var headers: Headers
    var body: [UInt8]
    var text: String { String(decoding: body, as: UTF8.self) }
  }

  enum Failure: Error {
    case connect(Int32)
    case handshake
    case notAnAnswer(String)
  }

  private static let pool = Result { try BlockingPool(name: "client", threads: 16) }

  private let socket: Int32
  private let session: OpaquePointer?
  private let context: OpaquePointer?
  private var buffer: [UInt8] = []

  /// - Parameter maximumTLS: nil speaks plain HTTP.
  init(port: UInt16, address: String = "127.0.0.1", maximumTLS: Int32? = nil, minimumTLS: Int32 = TLS1_VERSION) throws {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.socket = socket
    var timeout = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = port.bigEndian
    inet_pton(AF_INET, address, &target.sin_addr)
    let connected = withUnsafePointer(to: target) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else {
      let code = errno
      close(socket)
      (session, context) = (nil, nil)
      throw Failure.connect(code)
    }
    guard let maximumTLS else {
      (session, context) = (nil, nil)
      return
    }
    context = SSL_CTX_new(TLS_client_method())
    SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(minimumTLS), nil)
    SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(maximumTLS), nil)
    SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0")
    session = SSL_new(context)
    SSL_set_fd(session, socket)
    guard SSL_connect(session) == 1 else { throw Failure.handshake }
  }

  deinit {
    SSL_free(session)
    SSL_CTX_free(context)
    close(socket)
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  /// Sends until all is sent or the other side does not take it.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Int {
    var position = 0
    while position < bytes.count {
      let rest = Array(bytes[position...])
      let count =
        session.map { Int(SSL_write($0, rest, Int32(rest.count))) }
        ?? Glibc.send(socket, rest, rest.count, Int32(MSG_NOSIGNAL))
      guard count > 0 else { break }
      position += count
    }
    return position
  }

  /// Sends until the system would wait for as long as `milliseconds`.
  func sendUntilStuck(_ bytes: [UInt8], milliseconds: Int) async throws -> Int {
    var timeout = timeval(tv_sec: 0, tv_usec: milliseconds * 1_000)
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    return try await Self.pool.get().run { self.send(bytes) }
  }

  /// Ends with a reset instead of an end when the client goes.
  func resetAtEnd() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
  }

  func endSending() { shutdown(socket, Int32(SHUT_WR)) }

  func exchange(_ text: String, isHead: Bool = false) async throws -> Answer {
    send(text)
    return try await answer(isHead: isHead)
  }

  /// The next answer.
  func answer(isHead: Bool = false) async throws -> Answer {
    try await Self.pool.get().run { try self.readAnswer(isHead: isHead) }
  }

  /// What comes, up to and with `end`.
  func until(_ end: String) async throws -> String {
    try await Self.pool.get().run {
      let end = Array(end.utf8)
      while true {
        let places = 0...max(0, self.buffer.count - end.count)
        if self.buffer.count >= end.count,
          let place = places.first(where: { self.buffer[$0..<$0 + end.count].elementsEqual(end) })
        {
          defer { self.buffer.removeFirst(place + end.count) }
          return String(decoding: self.buffer[..<(place + end.count)], as: UTF8.self)
        }
        guard self.fill() > 0 else { throw Failure.notAnAnswer(String(decoding: self.buffer, as: UTF8.self)) }
      }
    }
  }

  /// Everything up to the end of the connection; nil when it stays open for 20 s.
  func rest() async throws -> String? {
    try await Self.pool.get().run {
      while true {
        switch self.fill() {
        case 0: return String(decoding: self.buffer, as: UTF8.self)
        case ..<0: return errno == ECONNRESET ? "reset" : nil
        default: continue
        }
      }
    }
  }

  var serial: String? {
    guard let certificate = session.flatMap({ SSL_get1_peer_certificate($0) }) else { return nil }
    defer { X509_free(certificate) }
    return X509_NAME_oneline(X509_get_subject_name(certificate), nil, 0).map { String(cString: $0) }
  }

  var tlsVersion: String? { session.flatMap { SSL_get_version($0) }.map { String(cString: $0) } }

  private func readAnswer(isHead: Bool) throws -> Answer {
    var end = headEnd()
    while end == nil {
      guard fill() > 0 else { throw Failure.notAnAnswer(String(decoding: buffer, as: UTF8.self)) }
      end = headEnd()
    }
    let head = String(decoding: buffer[..<end!], as: UTF8.self)
    let lines = head.split(separator: "\r\n")
    guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      throw Failure.notAnAnswer(head)
    }
    var headers = Headers()
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers.add(String(parts[0]), String(parts[1].drop { $0 == " " }))
    }
    let length = isHead || status < 200 ? 0 : headers["content-length"].flatMap { Int($0) } ?? 0
    while buffer.count < end! + length { guard fill() > 0 else { throw Failure.notAnAnswer(head) } }
    let body = Array(buffer[end!..<end! + length])
    buffer.removeFirst(end! + length)
    return Answer(status: status, headers: headers, body: body)
  }

  private func headEnd() -> Int? {
    let separator = Array("\r\n\r\n".utf8)
    guard buffer.count >= 4 else { return nil }
    return (0...buffer.count - 4).first { buffer[$0..<$0 + 4].elementsEqual(separator) }.map { $0 + 4 }
  }

  private func fill() -> Int {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    let count = session.map { Int(SSL_read($0, &chunk, Int32(chunk.count))) } ?? recv(socket, &chunk, chunk.count, 0)
    if count > 0 { buffer.append(contentsOf: chunk[..<count]) }
    return count
  }
}
