import Core
import DatabaseTesting
import Loyalty
import Storage
import Testing

/// Rows of accounts that are older than the journal: nobody who asks may notice.
struct RowsBehindTests {
  private static func withLedgers(
    _ engine: Engine, _ count: Int = 1, _ body: ([LedgerFixture]) async throws -> Void
  ) async throws {
    try await engine.withDatabases(count: count, schemas: [LoyaltySchema.schema]) { databases in
      let time = ManualTime()
      try await body(
        databases.enumerated().map { LedgerFixture($1, time: time, seed: UInt64($0 + 1), rowsBehind: 1_000) })
    }
  }

  private static func row(_ fixture: LedgerFixture, _ column: String = "available") async throws -> Int64 {
    try await fixture.database.rows("SELECT \(column) FROM loyalty_accounts WHERE id = 1000")[0].get(0)
  }

  private static func behind(_ fixture: LedgerFixture) async throws -> Int64 {
    try await fixture.database.rows("SELECT behind FROM loyalty_head")[0].get(0)
  }

  @Test(arguments: Engine.available)
  func aLookUpSaysWhatTheRowDoesNot(_ engine: Engine) async throws {
    try await Self.withLedgers(engine) { fixtures in
      for _ in 0..<5 { try await fixtures[0].post(.accrue(points: 10, expiresAt: nil)) }
      #expect(try await Self.row(fixtures[0]) == 10)
      #expect(try await Self.behind(fixtures[0]) == 5)
      let found = try await fixtures[0].ledger.read(LedgerFixture.customer("anna")).0
      #expect(found?.available == 50)
      #expect(found?.version == 5)
      #expect(try await VerifyLedger(fixtures[0].database)().owned == 50)
    }
  }

  /// As after a crash: what was in memory is gone.
  @Test(arguments: Engine.available)
  func whoComesNextReadsTheRestOfTheJournal(_ engine: Engine) async throws {
    try await Self.withLedgers(engine, 3) { fixtures in
      for _ in 0..<5 { try await fixtures[0].post(.accrue(points: 10, expiresAt: nil)) }
      #expect(try await fixtures[1].ledger.read(LedgerFixture.customer("anna")).0?.available == 50)
      #expect(try await fixtures[2].post(.redeem(points: 45)).available == 5)
      #expect(try await fixtures[1].ledger.read(LedgerFixture.customer("anna")).0?.available == 5)
      #expect(try await fixtures[0].refusal(.redeem(points: 6)) == .insufficientPoints(available: 5))
      #expect(try await VerifyLedger(fixtures[0].database)().transactions == 6)
    }
  }

  @Test(arguments: Engine.available)
  func allRowsAreWrittenAtTheEnd(_ engine: Engine) async throws {
    try await Self.withLedgers(engine) { fixtures in
      for name in ["anna", "ben", "cleo"] {
        for _ in 0..<4 { try await fixtures[0].post(.accrue(points: 10, expiresAt: nil), name) }
      }
      try await fixtures[0].ledger.writeRows()
      #expect(try await Self.behind(fixtures[0]) == 0)
      let rows = try await fixtures[0].database.rows("SELECT available FROM loyalty_accounts")
      #expect(try rows.map { try $0.get(0, as: Int64.self) } == [40, 40, 40])
      #expect(try await fixtures[0].books() == 0)
    }
  }

  /// What is due is looked for by the rows, by any process.
  @Test(arguments: Engine.available)
  func whatFallsDueEarlierThanTheRowSaysIsWrittenAtOnce(_ engine: Engine) async throws {
    try await Self.withLedgers(engine, 2) { fixtures in
      try await fixtures[0].post(.accrue(points: 10, expiresAt: nil))
      let end = fixtures[0].time.now + .seconds(60)
      try await fixtures[0].post(.hold(points: 4, expiresAt: end))
      #expect(try await Self.row(fixtures[0], "due_at") == end.microseconds)
      fixtures[0].time.advance(by: .seconds(61))
      #expect(try await SettleDue(fixtures[1].ledger)() == 1)
      #expect(try await fixtures[0].ledger.read(LedgerFixture.customer("anna")).0?.available == 10)
      #expect(try await SettleDue(fixtures[0].ledger)() == 0)
    }
  }

  @Test(arguments: [
    "UPDATE loyalty_accounts SET available = available + 1 WHERE id = 1000",
    "UPDATE loyalty_accounts SET head = (SELECT hash FROM loyalty_transactions WHERE sequence = 3) WHERE id = 1000",
    "UPDATE loyalty_accounts SET last_sequence = 2 WHERE id = 1000",
    "UPDATE loyalty_accounts SET due_at = 5 WHERE id = 1000",
    "UPDATE loyalty_accounts SET created_at = created_at + 1 WHERE id = 1000",
    "UPDATE loyalty_head SET behind = 2",
  ])
  func aRowThatIsBehindIsProvedToo(_ statement: String) async throws {
    try await Self.withLedgers(.sqlite) { fixtures in
      for _ in 0..<5 { try await fixtures[0].post(.accrue(points: 10, expiresAt: nil)) }
      try await fixtures[0].database.write { try $0.execute(statement) }
      let found = await #expect(throws: LedgerBreak.self) { try await VerifyLedger(fixtures[0].database)() }
      #expect(found?.table == "loyalty_accounts")
    }
  }
}
