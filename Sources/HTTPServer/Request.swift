import Core
import HTTPMessages

/// A whole request, as the framing let it through.
///
/// What was sent lies behind one reference, so that handing a request on from function to function is cheap.
package struct Request: Sendable {
  private final class Sent: Sendable {
    let message: RequestMessage
    let peer: Peer
    let context: CallContext

    init(_ message: RequestMessage, _ peer: Peer, _ context: CallContext) {
      (self.message, self.peer, self.context) = (message, peer, context)
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
    self.init(
      RequestMessage(method: method, path: path, query: query, headers: headers, body: body), peer: peer,
      context: context)
  }

  init(_ message: RequestMessage, peer: Peer, context: CallContext) {
    sent = Sent(message, peer, context)
  }

  /// As it was framed.
  var message: RequestMessage { sent.message }
  package var method: Method { message.method }
  /// As it was sent: percent-encoded, without the query.
  package var path: String { message.path }
  /// What stands behind `?`, percent-encoded.
  package var query: String? { message.query }
  package var headers: Headers { message.headers }
  package var body: [UInt8] { message.body }
  package var peer: Peer { sent.peer }
  /// Request id, trace and deadline; made by the server before routing.
  package var context: CallContext { sent.context }
}

/// What the `{…}` of a route's pattern stand for in one path.
package struct PathParameters: Sendable {
  // One or two: looking through them is quicker than hashing.
  private var names: [String] = []
  private var values: [String] = []

  init() {}

  /// Nil if one of the values does not decode. As many of them as names.
  init?(_ names: [String], encoded values: consuming [String]) {
    for index in values.indices {
      guard let value = values[index].percentDecoded() else { return nil }
      values[index] = value
    }
    (self.names, self.values) = (names, values)
  }

  package subscript(_ name: String) -> String? { names.firstIndex(of: name).map { values[$0] } }
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
