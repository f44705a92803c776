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
  private let answers = Mutex<[(method: Method, path: String, status: Int)]>([])
  private let interludes = Mutex<[(method: Method, body: @Sendable () async -> Void)]>([])

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

  /// What the next requests of a method are answered with instead.
  func answerNext(_ method: Method, path: String = "", status: Int, times: Int) {
    answers.withLock { $0 += Array(repeating: (method, path, status), count: times) }
  }

  /// What happens before the next request of a method arrives.
  func before(_ method: Method, _ body: @escaping @Sendable () async -> Void) {
    interludes.withLock { $0.append((method, body)) }
  }

  private func takeAnswer(to request: OutgoingRequest) -> Int? {
    answers.withLock { answers in
      answers.firstIndex { $0.method == request.method && ($0.path.isEmpty || request.url.contains($0.path)) }
        .map { answers.remove(at: $0).status }
    }
  }

  func send(_ request: OutgoingRequest) async throws(HTTPClientError) -> IncomingResponse {
    sentRequests.withLock { $0.append(request) }
    if let failure = failures.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw failure }
    if let status = takeAnswer(to: request) { return IncomingResponse(status: status, headers: [:], body: []) }
    let interlude = interludes.withLock { all in
      all.firstIndex { $0.method == request.method }.map { all.remove(at: $0).body }
    }
    await interlude?()
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
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    return Request(
      method: request.method, path: "/" + parts[0], query: parts.count == 2 ? String(parts[1]) : nil,
      headers: request.headers, body: request.body ?? [], peer: Peer(address: "127.0.0.1", isTLS: false),
      context: CallContext(
        requestID: request.headers["x-request-id"] ?? "none", trace: TraceContext(random: SeededRandom(seed: 1))))
  }
}
