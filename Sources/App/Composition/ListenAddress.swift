/// `127.0.0.1:8080`, `[::1]:8080` or `localhost:0`.
struct ListenAddress: Sendable, Hashable {
  let host: String
  let port: UInt16

  /// - Throws: `CommandFailure` with what is expected.
  init(_ text: String) throws(CommandFailure) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw CommandFailure(
        .configuration, "\"\(text)\" is no address to listen on. Write HOST:PORT, for example 127.0.0.1:8080.")
    }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty else {
      throw CommandFailure(
        .configuration, "\"\(text)\" names no host. Write 127.0.0.1\(text), or 0.0.0.0\(text) for all addresses.")
    }
    self.host = String(host)
    self.port = port
  }

  var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
