import Core
import HTTPMessages

/// A whole request, as the framing let it through.
package struct Request: Sendable {
  package let method: Method
  /// As it was sent: percent-encoded, without the query.
  package let path: String
  /// What stands behind `?`, percent-encoded.
  package let query: String?
  package let headers: Headers
  package let body: [UInt8]
  package let peer: Peer
  /// Request id, trace and deadline; made by the server before routing.
  package let context: CallContext
  /// What the `{…}` of the route's pattern stand for, percent-decoded. Set by the router.
  package var parameters: [String: String] = [:]
  /// Who asks. Set by the router on routes that ask for a scope.
  package var caller: Caller?

  package init(
    method: Method, path: String, query: String? = nil, headers: Headers = [:], body: [UInt8] = [], peer: Peer,
    context: CallContext
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.peer = peer
    self.context = context
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
