import CEvent
import Glibc

/// An address of a socket and what is said about it.
struct SocketAddress: Sendable {
  private var storage = sockaddr_storage()
  private var length: socklen_t

  /// - Throws: `ServerError.invalidAddress` for anything but a numeric address or `localhost`.
  init(_ host: String, port: UInt16) throws(ServerError) {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host == "localhost" ? "127.0.0.1" : host, String(port), &hints, &found) == 0, let found else {
      throw .invalidAddress(host)
    }
    defer { freeaddrinfo(found) }
    length = found.pointee.ai_addrlen
    withUnsafeMutableBytes(of: &storage) { storage in
      storage.copyMemory(from: UnsafeRawBufferPointer(start: found.pointee.ai_addr, count: Int(length)))
    }
  }

  /// Fills itself by a call such as `accept` or `getsockname`.
  init?(_ fill: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Bool) {
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let filled = withUnsafeMutablePointer(to: &storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { fill($0, &length) }
    }
    guard filled else { return nil }
    self.length = length
  }

  var family: Int32 { Int32(storage.ss_family) }

  var port: UInt16 {
    // At the same place in both families.
    withUnsafeBytes(of: storage) { UInt16($0[2]) << 8 | UInt16($0[3]) }
  }

  /// The bytes of the address; of IPv4 written as IPv6 (`::ffff:…`), those of IPv4.
  private var bytes: [UInt8] {
    withUnsafeBytes(of: storage) { storage in
      guard family == AF_INET6 else { return Array(storage[4..<8]) }
      let address = Array(storage[8..<24])
      return address.starts(with: Array(repeating: 0, count: 10) + [0xFF, 0xFF]) ? Array(address[12...]) : address
    }
  }

  var isLoopback: Bool {
    let bytes = bytes
    return bytes.count == 4 ? bytes[0] == 127 : bytes == Array(repeating: 0, count: 15) + [1]
  }

  /// Numeric, without the port.
  var text: String {
    let bytes = bytes
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &buffer, socklen_t(buffer.count))
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// What counts as one client: an IPv4 address, or the first 64 bits of an IPv6 one, which is what one line is given.
  var client: UInt64 {
    bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }
}

enum ListeningSocket {
  /// Opens `count` sockets on one address and port, among which the kernel spreads the connections.
  ///
  /// The first is bound alone, so that a port that another program uses is noticed even when that program, or another
  /// Ringback, allows to share it; only then the port is opened to the others.
  static func open(_ host: String, port: UInt16, count: Int) throws(ServerError) -> (
    sockets: [Int32], bound: SocketAddress
  ) {
    var address = try SocketAddress(host, port: port)
    var sockets: [Int32] = []
    do throws(ServerError) {
      for index in 0..<count {
        let socket = try make(address.family)
        sockets.append(socket)
        if index > 0 { try set(SO_REUSEPORT, on: socket) }
        try bind(socket, to: address, host: host)
        if index == 0 {
          try set(SO_REUSEPORT, on: socket)
          guard let bound = SocketAddress({ getsockname(socket, $0, $1) == 0 }) else { throw failure("getsockname") }
          address = bound
        }
        guard listen(socket, 4_096) == 0 else {
          if errno == EADDRINUSE { throw ServerError.portInUse(address: host, port: address.port) }
          throw failure("listen")
        }
      }
    } catch {
      for socket in sockets { close(socket) }
      throw error
    }
    return (sockets, address)
  }

  private static func make(_ family: Int32) throws(ServerError) -> Int32 {
    let socket = socket(family, Int32(SOCK_STREAM.rawValue), 0)
    guard socket >= 0 else { throw failure("socket") }
    evutil_make_socket_nonblocking(socket)
    evutil_make_socket_closeonexec(socket)
    do throws(ServerError) {
      try set(SO_REUSEADDR, on: socket)
    } catch {
      close(socket)
      throw error
    }
    return socket
  }

  private static func set(_ option: Int32, on socket: Int32) throws(ServerError) {
    var on: Int32 = 1
    guard setsockopt(socket, SOL_SOCKET, option, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
      throw failure("setsockopt")
    }
  }

  private static func bind(_ socket: Int32, to address: SocketAddress, host: String) throws(ServerError) {
    guard address.withPointer({ Glibc.bind(socket, $0, $1) }) != 0 else { return }
    switch errno {
    case EADDRINUSE: throw .portInUse(address: host, port: address.port)
    case EACCES, EPERM: throw .portForbidden(port: address.port)
    case EADDRNOTAVAIL: throw .addressUnavailable(host)
    default: throw failure("bind")
    }
  }

  private static func failure(_ operation: String) -> ServerError {
    let code = errno
    return .system(operation: operation, code: code, reason: String(cString: strerror(code)))
  }
}
