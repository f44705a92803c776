import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Storage
import Testing

@testable import Webhooks

@Suite struct GenesysIntakeTests {
  private static let event = #"{"event_id":"e-1","event":"return.updated","type":"WebChat"}"#

  @Test func aTokenWithTheScopeIsAsGoodAsASignature() async throws {
    try await Bench.with(.sqlite) { bench in
      let answers = [
        await bench.post(Self.event, source: "genesys", headers: ["authorization": "Bearer good"]),
        await bench.post(Self.event, source: "genesys", headers: ["authorization": "bearer good"]),
        await bench.post(Self.event, source: "genesys", headers: ["authorization": "Bearer bad"]),
        await bench.post(Self.event, source: "genesys", headers: [:]),
        // Only where a scheme says so.
        await bench.post(headers: ["x-signature": "", "authorization": "Bearer good"]),
      ]
      #expect(answers.map(\.status) == [200, 200, 403, 401, 401])
      #expect(answers[1].isDuplicate)
      #expect(answers[2].code == "insufficient_scope")
      let entries = try await bench.entries()
      #expect(entries.map(\.deliveryID) == ["e-1"] && entries.map(\.topic) == ["return.updated"])
      #expect(bench.metric(#"ringback_webhook_deliveries_total{source="genesys",outcome="token_refused"} 1"#))
    }
  }

  /// As when the platform scales: the same event ten times within a millisecond.
  @Test(arguments: Engine.available)
  func tenDuplicatesAreOne(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let answers = await withTaskGroup(of: Answer.self) { group in
        for _ in 0..<10 {
          group.addTask { await bench.post(Self.event, source: "genesys", headers: ["authorization": "Bearer good"]) }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.allSatisfy { $0.status == 200 })
      #expect(answers.count { $0.isDuplicate } == 9)
      let jobs = try await bench.jobCount()
      #expect(jobs == 1)
    }
  }

  @Test(arguments: Engine.available)
  func tooManyThatWaitAsForLess(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      var settings = Bench.settings()
      settings.backlog = 3
      bench.inbox.apply(settings)
      for id in 1...3 { #expect(await bench.post(id: "d-\(id)").status == 200) }
      let refused = await bench.post(id: "d-4")
      #expect(refused.status == 429)
      #expect(refused.code == "webhooks_overloaded")
      #expect(refused.response.headers["retry-after"] == "30")
      let entries = try await bench.entries()
      #expect(entries.count == 3)
      #expect(bench.metric(#"ringback_webhook_deliveries_total{source="guide-shop",outcome="overloaded"} 1"#))
      // Counted anew a second later: what waits is three still, until it is worked on.
      bench.time.advance(by: .seconds(1))
      #expect(await bench.post(id: "d-4").status == 429)
      try await bench.work { try await $0.entries().allSatisfy { $0.state == .applied } }
      bench.time.advance(by: .seconds(1))
      #expect(await bench.post(id: "d-4").status == 200)
    }
  }

  /// Whoever is told that the queue is full slows down; whoever is told that the database is away comes back.
  @Test(arguments: [
    (DatabaseError.queueIsFull, 429, "webhooks_overloaded"), (.unavailable("no route"), 503, "database_unavailable"),
  ])
  func aFullQueueIsNotAnAbsentDatabase(_ error: DatabaseError, _ status: Int, _ code: String) async throws {
    let bench = Bench(FailingDatabase(error: error))
    let answer = await bench.post()
    #expect(answer.status == status)
    #expect(answer.code == code)
    #expect(answer.response.headers["retry-after"] != nil)
  }
}

private struct FailingDatabase: Database {
  let error: DatabaseError

  func read<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Result
  ) async throws -> Result { throw error }

  func write<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Result
  ) async throws -> Result { throw error }

  func close() async {}
}
