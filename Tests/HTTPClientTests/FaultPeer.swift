import Core
import Glibc
import Synchronization

/// A server of raw sockets and threads that does whatever a test asks of it, also what no server should.
final class FaultPeer: Sendable {
  private struct State {
    var open: Set<Int32> = []
    var accepted = 0
    var requests: [String] = []
    var isStopped = false
  }

  let port: UInt16
  private let listener: Int32
  private let state = Mutex(State())

  var url: String { "http://127.0.0.1:\(port)" }
  var connectionCount: Int { state.withLock { $0.accepted } }
  var openCount: Int { state.withLock { $0.open.count } }
  /// Head and body of each request that was read.
  var requests: [String] { state.withLock { $0.requests } }

  /// - Parameter serve: called on a thread of its own for each connection, which is closed when it returns.
  init(_ serve: @escaping @Sendable (PeerConnection) -> Void) {
    let (listener, port) = listen()
    (self.listener, self.port) = (listener, port)
    inThread { [self] in
      while true {
        let socket = accept(listener, nil, nil)
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        let number = state.withLock { state -> Int? in
          guard socket >= 0, !state.isStopped else { return nil }
          state.accepted += 1
          state.open.insert(socket)
          return state.accepted
        }
        guard let number else { break }
        inThread { [self] in
          serve(PeerConnection(socket: socket, number: number, peer: self))
          state.withLock { state in
            state.open.remove(socket)
            close(socket)
          }
        }
      }
      close(listener)
    }
  }

  /// Answers every request on a kept connection.
  convenience init(answering response: String) {
    self.init { connection in while connection.readRequest() != nil { connection.write(response) } }
  }

  func stop() {
    state.withLock { state in
      state.isStopped = true
      for socket in state.open { shutdown(socket, Int32(SHUT_RDWR)) }
    }
    shutdown(listener, Int32(SHUT_RDWR))
  }

  fileprivate func note(_ request: String) { state.withLock { $0.requests.append(request) } }
}

struct PeerConnection: Sendable {
  let socket: Int32
  /// From 1, in the order in which they were accepted.
  let number: Int
  fileprivate let peer: FaultPeer

  /// A whole request with its body; nil when the connection has ended.
  func readRequest() -> String? {
    var bytes: [UInt8] = []
    var expected: Int?
    while expected.map({ bytes.count < $0 }) ?? true {
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let count = read(socket, &chunk, chunk.count)
      guard count > 0 else { return nil }
      bytes += chunk[..<count]
      guard expected == nil, let text = String(validating: bytes, as: UTF8.self), let end = text.range(ofEmptyLine: ())
      else { continue }
      let length = text.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length: ") }
      expected = end + (length.flatMap { Int($0.dropFirst(16)) } ?? 0)
    }
    let text = String(decoding: bytes, as: UTF8.self)
    peer.note(text)
    return text
  }

  /// False when the other side is gone.
  @discardableResult func write(_ text: String) -> Bool {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      bytes = bytes.dropFirst(count)
    }
    return true
  }

  var openCountOfPeer: Int { peer.openCount }

  /// Waits until the other side closes.
  func waitForEnd() {
    var byte: UInt8 = 0
    while read(socket, &byte, 1) > 0 {}
  }

  /// Makes the close that follows a reset.
  func resetOnClose() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }
}

/// Keeps threads of the peer until a test lets them go on.
final class FaultGate: Sendable {
  private let isOpen = Atomic(false)

  func open() { isOpen.store(true, ordering: .releasing) }

  func wait() {
    while !isOpen.load(ordering: .acquiring) { usleep(1_000) }
  }
}

func response(_ body: String = "ok", status: String = "200 OK", headers: String = "") -> String {
  "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
}

/// A port on which nobody listens, at least for now.
func unusedPort() -> UInt16 {
  let (socket, port) = listen()
  close(socket)
  return port
}

private func listen() -> (Int32, UInt16) {
  let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      _ = bind(listener, $0, length)
      _ = Glibc.listen(listener, 128)
      _ = getsockname(listener, $0, &length)
    }
  }
  return (listener, UInt16(bigEndian: address.sin_port))
}

private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func inThread(_ body: @escaping @Sendable () -> Void) {
  var thread = pthread_t()
  let box = Unmanaged.passRetained(ThreadBody(body)).toOpaque()
  pthread_create(
    &thread, nil,
    { context in
      Unmanaged<ThreadBody>.fromOpaque(context!).takeRetainedValue().run()
      return nil
    }, box)
  pthread_detach(thread)
}

extension String {
  /// Where the body begins.
  fileprivate func range(ofEmptyLine: Void) -> Int? {
    let bytes = Array(utf8)
    return bytes.indices.dropLast(3).first { bytes[$0..<($0 + 4)].elementsEqual("\r\n\r\n".utf8) }.map { $0 + 4 }
  }
}
