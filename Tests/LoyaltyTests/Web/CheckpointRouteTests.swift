import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Loyalty
import Security
import Testing

struct CheckpointRouteTests {
  private static let path = "/v1/ledger/checkpoint"

  private func withLedger(
    _ engine: Engine = .sqlite, _ body: (LedgerWebFixture, PublicKey) async throws -> Void
  ) async throws {
    let key = try PrivateKey(ed25519Seed: Redacted([UInt8](repeating: 1, count: 32)))
    try await engine.withDatabase(schemas: [LoyaltySchema.schema]) {
      try await body(LedgerWebFixture($0, checkpoints: key), key.publicKey)
    }
  }

  private func earn(_ count: Int, _ fixture: LedgerWebFixture) async {
    for index in 0..<count {
      let body = #"{"idempotency_key":"k\#(index)","type":"accrual","customer_id":"u-\#(index % 3)","points":5}"#
      #expect([200, 201].contains(await fixture.process(body).status))
    }
  }

  @Test(arguments: Engine.available)
  func whatIsAnsweredIsSignedAndProvesTheJournal(_ engine: Engine) async throws {
    try await withLedger(engine) { fixture, key in
      await earn(5, fixture)
      let answer = await fixture.get(Self.path)
      #expect(answer.status == 200 && answer.response.headers["cache-control"] == "no-store")
      let checkpoint = try LedgerCheckpoint(try #require(answer.json["checkpoint"]?.string), by: key)
      #expect(checkpoint.programme == "test" && checkpoint.at == fixture.time.now)
      let members: JSONValue = [
        "checkpoint": answer.json["checkpoint"] ?? .null, "sequence": .integer(checkpoint.sequence),
        "journal": .integer(checkpoint.journal), "root": .string(checkpoint.root.hex),
        "at": .string("\(checkpoint.at)"),
      ]
      #expect(answer.json == members, "the same in the clear")
      let proof = try await VerifyLedger(fixture.database)(against: [checkpoint])
      #expect(proof.transactions == 5 && checkpoint.sequence == 5 && checkpoint.root == proof.root)
      // It stays true of what comes after.
      await earn(9, fixture)
      #expect(try await VerifyLedger(fixture.database)(against: [checkpoint]).transactions == 9)
    }
  }

  @Test func aJournalCutOffAfterwardsIsFound() async throws {
    try await withLedger { fixture, key in
      await earn(5, fixture)
      let before = try await LedgerTables(of: fixture.database)
      await earn(6, fixture)
      let answer = await fixture.get(Self.path)
      let checkpoint = try LedgerCheckpoint(try #require(answer.json["checkpoint"]?.string), by: key)
      try await before.restore(fixture.database)
      _ = try await VerifyLedger(fixture.database)()
      let found = await #expect(throws: LedgerBreak.self) {
        try await VerifyLedger(fixture.database)(against: [checkpoint])
      }
      #expect(found?.table == "loyalty_journal" && found?.what == "the end")
    }
  }

  @Test func anEmptyJournalIsSignedToo() async throws {
    try await withLedger { fixture, key in
      let answer = await fixture.get(Self.path)
      let checkpoint = try LedgerCheckpoint(try #require(answer.json["checkpoint"]?.string), by: key)
      #expect(checkpoint.sequence == 0 && checkpoint.journal == 0)
      _ = try await VerifyLedger(fixture.database)(against: [checkpoint])
    }
  }

  @Test func itIsForTheScopeAndWaitsForTheDatabase() async throws {
    try await withLedger { fixture, _ in
      let route = try #require(fixture.feature.routes.first { $0.pattern == Self.path })
      guard case .scope("ledger:read") = route.access else {
        Issue.record("\(route.access)")
        return
      }
      fixture.database.isAway = true
      let answer = await fixture.get(Self.path)
      #expect(answer.status == 503 && answer.code == "ledger_unavailable")
      #expect(answer.response.headers["retry-after"] != nil)
    }
  }
}
