import Core
import DatabaseTesting
import Loyalty
import Storage
import Testing

struct SettleDueTests {
  @Test(arguments: Engine.available)
  func whatIsOverIsBookedOutOnAccountsThatNobodyAsksFor(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      let start = fixture.time.now
      for index in 0..<7 {
        try await fixture.post(.accrue(points: 10, expiresAt: start + .seconds(Int64(index) + 10)), "c\(index)")
      }
      try await fixture.post(.accrue(points: 50, expiresAt: nil), "holder")
      try await fixture.post(.hold(points: 20, expiresAt: start + .seconds(12)), "holder")
      let settle = SettleDue(fixture.ledger, atOnce: 2)
      #expect(try await settle() == 0)
      fixture.time.advance(by: .seconds(14))
      #expect(try await settle() == 6)
      #expect(try await settle() == 0)
      let balances = try await fixture.database.rows("SELECT available, held FROM loyalty_accounts ORDER BY id")
      #expect(balances.map(\.values) == [0, 0, 0, 0, 0, 10, 10, 50].map { [.integer($0), .integer(0)] })
      #expect(try await VerifyLedger(fixture.database)().books[.breakage] == 50)
    }
  }

  /// Every instance does it: together they do it once.
  @Test(arguments: Engine.available)
  func twoInstancesSettleOnce(_ engine: Engine) async throws {
    try await engine.withDatabases(count: 2, schemas: [LoyaltySchema.schema]) { databases in
      let time = ManualTime()
      let fixtures = databases.map { LedgerFixture($0, time: time) }
      for index in 0..<40 {
        try await fixtures[0].post(.accrue(points: 10, expiresAt: time.now + .seconds(1)), "c\(index)")
      }
      time.advance(by: .seconds(1))
      let settled = try await withThrowingTaskGroup(of: Int.self) { group in
        for fixture in fixtures { group.addTask { try await SettleDue(fixture.ledger, atOnce: 8)() } }
        return try await group.reduce(0, +)
      }
      #expect(settled == 40)
      #expect(try await VerifyLedger(databases[0])().transactions == 80)
    }
  }

  @Test(arguments: Engine.available)
  func keysAreForgottenWhenTheirTimeIsOver(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      func earn(_ key: String, keptFor seconds: Int64?) async throws {
        let until = seconds.map { fixture.time.now + .seconds($0) }
        _ = try await fixture.ledger.post(
          LedgerCommand(
            .accrue(points: 1, expiresAt: nil), for: LedgerFixture.customer("anna"), key: key, keptUntil: until))
      }
      try await earn("k/1", keptFor: 10)
      try await earn("k/2", keptFor: 20)
      try await earn("k/3", keptFor: nil)
      fixture.time.advance(by: .seconds(10))
      #expect(try await SweepLedgerKeys(fixture.ledger)() == 1)
      try await earn("k/2", keptFor: 20)
      try await earn("k/1", keptFor: 20)
      #expect(try await VerifyLedger(fixture.database)().transactions == 4)
    }
  }
}
