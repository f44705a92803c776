import Core
import HTTPMessages
import HTTPServer
import Synchronization

/// What the server hands its requests to while the rest is being put together: the address must be bound before the
/// issuer of tokens has its URL, as port 0 takes a free one. Until `open` every request is 503.
final class Entrance: RequestHandler {
  private let router = Mutex<Router?>(nil)

  func open(_ router: Router) {
    self.router.withLock { $0 = router }
  }

  func respond(to request: Request) async -> Response {
    guard let router = router.withLock({ $0 }) else {
      return Response(Self.starting, requestID: request.context.requestID)
    }
    return await router.respond(to: request)
  }

  func readyAnswer(to request: Request) -> Response? {
    router.withLock { $0 }?.readyAnswer(to: request)
  }

  func bodyLimit(_ method: Method, _ path: String) -> Int? {
    router.withLock { $0 }?.bodyLimit(method, path)
  }

  private static let starting = Problem(
    status: 503, code: "starting", title: "Ringback is starting",
    detail: "It answers in a moment; migrations of the database may take longer.", retryAfter: .seconds(1))
}
