import Core
import EventLoop
import HTTPMessages
import HTTPServer
import Storage
import Synchronization
import Telemetry
import Testing

@testable import App

@Suite struct ExplanationTests {
  private struct Bug: Error {}

  @Test(
    arguments: [
      (DatabaseError.unavailable("no route to host"), 503, "database_unavailable"),
      (DatabaseError.statement("syntax"), 500, "internal_error"), (BlockingPoolError.full, 503, "overloaded"),
      (Bug(), 500, "internal_error"),
    ] as [(any Error, Int, String)])
  func whatIsAwayIsNoBug(error: any Error, status: Int, code: String) {
    let lines = Mutex<[String]>([])
    let logger = Logger(
      LogOutput(level: .info, time: ManualTime()) { line in
        lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
      })
    let request = Request(
      method: .get, path: "/", peer: Peer(address: "::1", isTLS: false),
      context: CallContext(requestID: "call-1", trace: TraceContext(random: SeededRandom(seed: 1))))
    let problem = Explanation(logger: logger)(error, request)
    #expect(problem.status == status)
    #expect(problem.code == code)
    #expect((problem.retryAfter != nil) == (status == 503))
    #expect(lines.withLock { $0.count == 1 && $0[0].contains("\"request_id\":\"call-1\"") })
  }
}
