import Core
import HTTPClient
import HTTPMessages
import HTTPServer
import Synchronization

/// Gives outgoing requests to a handler in this process, so that a connector meets the simulated vendors without a
/// socket. Time limits run on the test's clock.
final class InProcess: HTTPRequesting {
  private let handler: any RequestHandler
  private let time: any TimeSource
  private let sentRequests = Mutex<[OutgoingRequest]>([])
  /// What the next requests meet instead of the handler.
  private let failures = Mutex<[HTTPClientError]>([])
  private let underway = Mutex(0)

  init(_ handler: any RequestHandler, time: any TimeSource) {
    self.handler = handler
    self.time = time
  }

  var sent: [OutgoingRequest] { sentRequests.withLock { $0 } }

  /// Requests without an answer as yet.
  var inFlight: Int { underway.withLock { $0 } }

  func failNext(_ errors: HTTPClientError...) {
    failures.withLock { $0 += errors }
  }

  func send(_ request: OutgoingRequest) async throws(HTTPClientError) -> IncomingResponse {
    sentRequests.withLock { $0.append(request) }
    if let failure = failures.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw failure }
    let incoming = Self.incoming(request)
    underway.withLock { $0 += 1 }
    defer { underway.withLock { $0 -= 1 } }
    let response = await withTaskGroup(of: Response?.self) { [handler, time] group in
      group.addTask { await handler.respond(to: incoming) }
      group.addTask {
        try? await time.sleep(for: request.timeout)
        return nil
      }
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
    guard let response else { throw .timedOut }
    guard response.disposition != .drop else { throw .interrupted(reason: "the connection was reset") }
    guard response.body.count <= request.maximumBodySize else { throw .bodyTooLarge }
    return IncomingResponse(status: response.status, headers: response.headers, body: response.body)
  }

  static func incoming(_ request: OutgoingRequest) -> Request {
    let target = request.url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).last ?? ""
    // The host is in the URL, and a client on the wire says it: a signature covers it.
    var headers = request.headers
    headers["host"] = request.url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).dropFirst(2)
      .first.map(String.init)
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    return Request(
      method: request.method, path: "/" + parts[0], query: parts.count == 2 ? String(parts[1]) : nil,
      headers: headers, body: request.body ?? [], peer: Peer(address: "127.0.0.1", isTLS: false),
      context: CallContext(
        requestID: request.headers["x-request-id"] ?? "none", trace: TraceContext(random: SeededRandom(seed: 1))))
  }
}
