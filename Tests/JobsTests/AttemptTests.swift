import Core
import DatabaseTesting
import Resilience
import Storage
import Testing

@testable import Jobs

@Suite struct AttemptTests {
  @Test(arguments: Engine.available)
  func everyRunThatDoesNotSucceedIsKeptUntilTheJobIsSwept(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let handler = ScriptedHandler { job, _ in
        switch job.attempt {
        case 1: .retry(reason: "shopify 503: try later, jo@example.com")
        case 2: .retry(reason: "shopify 429")
        default: .failed(reason: "shopify 422 INVALID_STATE: return 17 is closed")
        }
      }
      let id = try await bench.enqueue(NewJob("a"))[0]
      try await bench.running(bench.runner(handler)) {
        try await bench.eventually {
          bench.time.advance(by: .seconds(1))
          return try await bench.status(id).state == .failed
        }
      }
      let attempts = try await bench.attempts(id)
      #expect(attempts.map(\.attempt) == [1, 2, 3])
      #expect(attempts.map(\.outcome) == [.ready, .ready, .failed])
      #expect(attempts.map(\.cause) == ["shopify 503", "shopify 429", "shopify 422 INVALID_STATE"])
      #expect(attempts[0].reason?.contains("jo@example.com") == false)
      #expect(attempts.allSatisfy { $0.startedAt <= $0.endedAt && $0.actor == nil })
      #expect(try await bench.status(id).cause == "shopify 422 INVALID_STATE")

      bench.time.advance(by: .seconds(8 * 86_400))
      let queue = bench.queue
      #expect(try await bench.database.write { try queue.sweep(olderThan: .seconds(7 * 86_400), in: $0) } == 1)
      #expect(try await bench.attempts(id) == [])
    }
  }

  @Test(arguments: Engine.available)
  func successLeavesNoRow(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let handler = ScriptedHandler { _, _ in .done() }
      let id = try await bench.enqueue(NewJob("a"))[0]
      try await bench.running(bench.runner(handler)) { try await bench.eventually(id, is: .done) }
      #expect(try await bench.attempts(id) == [])
    }
  }

  @Test(arguments: [
    ("shopify 422 INVALID_STATE: return already closed", "shopify 422 INVALID_STATE"),
    ("genesys 404 participant not found", "genesys 404 participant not found"),
    ("no order ORD-839201 at the shop", "no order ORD-# at the shop"),
    ("return ret_01KAGX3V8N0123456789ABCDEF is closed", "return # is closed"),
    ("conversation 550e8400-e29b-41d4-a716-446655440000 is over", "conversation # is over"),
    ("waited 12 s", "waited # s"), ("waited 7 s", "waited # s"), ("HTTP 503", "HTTP 503"), ("error 700", "error #"),
    ("called +49 30 1234567", "called [phone …#]"), ("", ""), (": nothing before", "nothing before"),
  ])
  func equalFailuresFallTogether(reason: String, cause: String) {
    #expect(FailureText(reason).cause == cause)
  }

  @Test(arguments: [
    ("a", "a", true), ("a", "ab", false), ("a*", "ab", true), ("*", "", true), ("", "", true), ("", "a", false),
    ("*b", "ab", true), ("a*c*e", "abcde", true), ("a*c*e", "abde", false), ("ab*bc", "abc", false),
    ("shopify 422*", "shopify 422 INVALID_STATE", true), ("a**", "a", true),
  ])
  func aStarStandsForAnyText(pattern: String, text: String, matches: Bool) {
    #expect(Glob(pattern).matches(text) == matches)
  }

  // MARK: - When the next attempt is

  private func wait(
    _ outcome: JobOutcome, attempt: Int = 1,
    backoff: Backoff = .schedule([.seconds(10), .seconds(20)], jitterPercent: 0)
  ) -> Set<Duration> {
    let now = Timestamp(seconds: 1_000)
    let job = JobTable.Claimed(
      id: "job_1", kind: "test", lane: nil, payload: [], attempt: attempt, maxAttempts: 10, requestID: nil,
      createdAt: now, fence: 1, interruption: .none, startedAt: now)
    let random = SeededRandom(seed: 1)
    return Set(
      (0..<500).compactMap { _ in
        let ending = JobTable.Ending(of: job, outcome, marked: false, now: now, backoff: backoff, random: random)
        return ending.state == .ready ? ending.runAt - now : nil
      })
  }

  /// A vendor that says "in 120 seconds" to a thousand is not asked by all of them in the 121st.
  @Test func whatAVendorAsksForIsObeyedAndSpread() throws {
    let waits = wait(.retry(after: .seconds(120), reason: "429"))
    #expect(try #require(waits.min()) >= .seconds(120))
    #expect(try #require(waits.max()) <= .seconds(132))
    #expect(waits.max()! - waits.min()! > .seconds(10))
  }

  @Test func theLongerOfTheScheduleAndTheVendorsWishCounts() {
    #expect(wait(.retry(after: .seconds(3), reason: "429")) == [.seconds(10)])
    #expect(wait(.retry(reason: "503")) == [.seconds(10)])
    #expect(wait(.retry(reason: "503"), attempt: 2) == [.seconds(20)])
  }

  @Test func aDayIsTheMostThatAVendorMayAskFor() throws {
    let waits = wait(.retry(after: .seconds(1_000_000), reason: "429"))
    #expect(try #require(waits.min()) >= .seconds(86_400))
    #expect(try #require(waits.max()) <= .seconds(86_400) * 11 / 10)
  }

  @Test func whereTheScheduleEndsNoAttemptFollows() {
    #expect(wait(.retry(after: .seconds(3), reason: "429"), attempt: 3) == [])
  }

  @Test func aKindMayHaveItsOwnBackoff() async throws {
    struct Patient: JobHandler {
      let kind = "test"
      let backoff: Backoff? = .schedule([.seconds(3_600)], jitterPercent: 0)
      func run(_ job: Job, in context: JobContext) async -> JobOutcome { .retry(reason: "503") }
    }
    try await Bench.with(.sqlite) { bench in
      let start = bench.time.now
      let id = try await bench.enqueue(NewJob("a"))[0]
      try await bench.running(bench.runner(Patient())) {
        try await bench.eventually { try await bench.status(id).lastError == "503" }
      }
      #expect(try await bench.status(id).runAt == start + .seconds(3_600))
    }
  }
}
