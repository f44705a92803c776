import Core

/// Where and how a server listens, and what it bears.
package struct ServerConfiguration: Sendable {
  /// A numeric address or `localhost`.
  package var address: String
  /// 0 takes a free one.
  package var port: UInt16
  package var tls: TLSFiles?
  /// Plain HTTP on another address than loopback is refused unless this is set.
  package var insecureHTTP = false
  package var limits = ServerLimits()

  package init(address: String = "127.0.0.1", port: UInt16 = 0, tls: TLSFiles? = nil) {
    self.address = address
    self.port = port
    self.tls = tls
  }
}

/// PEM files: the certificate with its chain, and its private key.
package struct TLSFiles: Sendable, Hashable {
  package var certificate: String
  package var key: String

  package init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }
}

/// Every wait has a deadline and every queue a bound.
package struct ServerLimits: Sendable, Hashable {
  package var request = RequestLimits()
  /// From the first byte of a request to the end of its header; 408. A new connection that sends nothing for as long is
  /// closed.
  package var headerDeadline: Duration = .seconds(10)
  /// Bytes a second that a body must reach, counted from the end of the header, after `rateGrace`; 408. A client must
  /// take the answer as fast.
  package var minimumRate = 500
  package var rateGrace: Duration = .seconds(5)
  /// Without a single byte of a body or of an answer moving: what moved fast before does not excuse it.
  package var stall: Duration = .seconds(30)
  /// Between two requests of a connection.
  package var keepAlive: Duration = .seconds(60)
  /// For a handler; 503. Also what `CallContext.deadline` says.
  package var answerDeadline: Duration = .seconds(30)
  /// How long, and how many bytes, a client may still send after the last answer, so that it can read that answer.
  package var lingering: Duration = .seconds(2)
  package var lingeringBytes = 4 << 20
  package var connections = 10_000
  /// Of one IPv4 address or one IPv6 network of 64 bits.
  package var connectionsPerAddress = 4_096
  /// Bytes that a client may send ahead while its previous request is answered; then it is not read any more.
  package var pipelinedBytes = 64 << 10

  package init() {}
}
