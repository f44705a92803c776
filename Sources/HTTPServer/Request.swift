import Core
import HTTPMessages

/// A whole request, as the framing let it through.
///
/// What was sent lies behind one reference, so that handing a request on from function to function is cheap.
package struct Request: Sendable {
  private final class Sent: Sendable {
    let method: Method
    let path: String
    let query: String?
    let headers: Headers
    let body: [UInt8]
    let peer: Peer
    let context: CallContext

    init(
      _ method: Method, _ path: String, _ query: String?, _ headers: Headers, _ body: [UInt8], _ peer: Peer,
      _ context: CallContext
    ) {
      (self.method, self.path, self.query, self.headers) = (method, path, query, headers)
      (self.body, self.peer, self.context) = (body, peer, context)
    }
  }

  private let sent: Sent
  /// What the `{…}` of the route's pattern stand for, percent-decoded. Set by the router.
  package var parameters = PathParameters()
  /// Who asks. Set by the router on routes that ask for a scope.
  package var caller: Caller?

  package init(
    method: Method, path: String, query: String? = nil, headers: Headers = [:], body: [UInt8] = [], peer: Peer,
    context: CallContext
  ) {
    sent = Sent(method, path, query, headers, body, peer, context)
  }

  package var method: Method { sent.method }
  /// As it was sent: percent-encoded, without the query.
  package var path: String { sent.path }
  /// What stands behind `?`, percent-encoded.
  package var query: String? { sent.query }
  package var headers: Headers { sent.headers }
  package var body: [UInt8] { sent.body }
  package var peer: Peer { sent.peer }
  /// Request id, trace and deadline; made by the server before routing.
  package var context: CallContext { sent.context }
}

/// What the `{…}` of a route's pattern stand for in one path.
package struct PathParameters: Sendable {
  // One or two: looking through them is quicker than hashing.
  private var pairs: [(name: String, value: String)] = []

  package subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

  mutating func add(_ name: String, _ value: String) {
    pairs.append((name, value))
  }
}

/// The other end of the connection.
package struct Peer: Sendable, Hashable {
  /// Numeric, without a port: `127.0.0.1` or `::1`.
  package let address: String
  package let isTLS: Bool

  package init(address: String, isTLS: Bool) {
    self.address = address
    self.isTLS = isTLS
  }
}

/// The client that a bearer token names.
package struct Caller: Sendable, Hashable {
  package let clientID: String
  package let scopes: Set<String>

  package init(clientID: String, scopes: Set<String>) {
    self.clientID = clientID
    self.scopes = scopes
  }
}
