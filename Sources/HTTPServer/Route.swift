import Core
import HTTPMessages

/// One operation of the API: what it is called with, who may call it and what answers.
package struct Route: Sendable {
  package typealias Handler = @Sendable (Request) async throws -> Response
  /// Changes an answer before it leaves.
  package typealias Finish = @Sendable (Request, inout Response) -> Void
  package typealias ReadyAnswer = @Sendable (Request) -> Response?

  /// Every route says who may call it; there is no default.
  package enum Access: Sendable, Hashable {
    /// Anybody.
    case open
    /// A bearer token with this scope.
    case scope(String)
  }

  package let method: Method
  /// Such as `/v1/orders/{order_id}`: a `{name}` stands for one whole segment.
  package let pattern: String
  package let access: Access
  /// Asked first; see `RequestHandler.readyAnswer`.
  package let ready: ReadyAnswer?
  package let handler: Handler
  package let finish: Finish?
  /// Bytes of a body that it takes where the server's own limit is lower.
  package let bodyLimit: Int?

  /// - Parameters:
  ///   - finish: sees every answer of the route, that to a problem too: for header fields such as those of CORS.
  ///   - handler: throws `Problem` for what the caller should be told; any other error is a bug of ours and answers 500.
  package init(
    _ method: Method, _ pattern: String, access: Access, bodyLimit: Int? = nil, ready: ReadyAnswer? = nil,
    finish: Finish? = nil, handler: @escaping Handler
  ) {
    self.method = method
    self.pattern = pattern
    self.access = access
    self.finish = finish
    self.bodyLimit = bodyLimit
    self.ready = ready
    self.handler = handler
  }
}

/// Decides who a request comes from. Implemented by `Identity`.
package protocol AccessControl: Sendable {
  /// - Throws: `Problem` 401 with `WWW-Authenticate` for no or a bad token, 403 for a token without `scope`.
  func admit(_ request: Request, scope: String) async throws(Problem) -> Caller
  /// Whom `admit` would return, where that is known without waiting; nil where it has to be asked.
  func known(_ request: Request, scope: String) -> Caller?
}

extension AccessControl {
  package func known(_ request: Request, scope: String) -> Caller? { nil }
}

/// What a server does with a request that was read whole.
package protocol RequestHandler: Sendable {
  /// Never throws: whatever goes wrong is an answer.
  func respond(to request: Request) async -> Response
  /// The answer, where it lies there and nothing speaks against giving it: a task that could wait costs as much again as
  /// such an answer. Nil, and nothing has happened, where `respond` has to be asked.
  func readyAnswer(to request: Request) -> Response?
  /// Bytes of a body that the resource takes where `RequestLimits.body` is lower; nil for any other resource.
  func bodyLimit(_ method: Method, _ path: String) -> Int?
}

extension RequestHandler {
  package func bodyLimit(_ method: Method, _ path: String) -> Int? { nil }
  package func readyAnswer(to request: Request) -> Response? { nil }
}
