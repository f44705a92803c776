import Core
import DatabaseTesting
import Loyalty
import Storage
import Testing

struct LedgerTests {
  @Test(arguments: Engine.available)
  func pointsComeAndGoAndTheBooksAreZero(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      let earned = try await fixture.post(.accrue(points: 500, expiresAt: nil))
      #expect(earned.available == 500 && earned.version == 1 && !earned.isReplay)
      let spent = try await fixture.post(.redeem(points: 200))
      #expect(spent.available == 300 && spent.version == 2)
      #expect(spent.detail.lots == [LotMove(lot: 1, points: 200, expiresAt: nil)])
      #expect(try await fixture.refusal(.redeem(points: 301)) == .insufficientPoints(available: 300))
      #expect(try await fixture.books() == 0)
    }
  }

  @Test(arguments: Engine.available)
  func theSameKeyIsAnsweredWithTheFirstAnswer(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      let first = try await fixture.post(.accrue(points: 500, expiresAt: nil), key: "c/1")
      try await fixture.post(.accrue(points: 7, expiresAt: nil), key: "c/2")
      var again = try await fixture.post(.accrue(points: 500, expiresAt: nil), key: "c/1")
      #expect(again.isReplay)
      again.isReplay = false
      #expect(again == first)
      #expect(try await fixture.refusal(.accrue(points: 501, expiresAt: nil), key: "c/1") == .keyReused)
      // What was refused once stays refused, whatever came since.
      #expect(try await fixture.refusal(.redeem(points: 600), key: "c/3") == .insufficientPoints(available: 507))
      try await fixture.post(.accrue(points: 500, expiresAt: nil))
      #expect(try await fixture.refusal(.redeem(points: 600), key: "c/3") == .insufficientPoints(available: 507))
      #expect(try await fixture.books() == 0)
    }
  }

  @Test(
    arguments: Engine.available,
    [
      { LedgerCommand.Action.accrue(points: 5, expiresAt: $0) }, { .adjust(points: 5, expiresAt: $0) },
      { .hold(points: 5, expiresAt: $0) },
    ] as [@Sendable (Timestamp) -> LedgerCommand.Action])
  func whatHasItsAnswerIsGivenItWhenItsEndHasPassed(
    _ engine: Engine, action: @Sendable (Timestamp) -> LedgerCommand.Action
  ) async throws {
    try await LedgerFixture.on(engine) { fixture in
      try await fixture.post(.accrue(points: 10, expiresAt: nil))
      let end = fixture.time.now + .seconds(100)
      let first = try await fixture.post(action(end), key: "c/1")
      fixture.time.advance(by: .seconds(100))
      let again = try await fixture.post(action(end), key: "c/1")
      #expect(again.isReplay && again.entry == first.entry)
      #expect(try await fixture.refusal(action(end), key: "c/2") == .endHasPassed)
    }
  }

  @Test(arguments: Engine.available)
  func tenAtOnceWithOneKeyAreOne(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      let postings = try await withThrowingTaskGroup(of: Posting.self) { group in
        for _ in 0..<10 { group.addTask { try await fixture.post(.accrue(points: 5, expiresAt: nil), key: "event/x") } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(postings.map(\.entry)).count == 1)
      #expect(postings.filter { !$0.isReplay }.count == 1)
      #expect(postings.allSatisfy { $0.available == 5 })
    }
  }

  @Test(arguments: Engine.available)
  func twoWhoSpendTheSamePointsAtOnceOneWins(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      try await fixture.post(.accrue(points: 100, expiresAt: nil))
      let outcomes = try await withThrowingTaskGroup(of: LedgerRefusal?.self) { group in
        for _ in 0..<2 { group.addTask { try await fixture.refusal(.redeem(points: 80)) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.compactMap(\.self) == [.insufficientPoints(available: 20)])
    }
  }

  @Test(arguments: Engine.available)
  func aVersionThatHasMovedOnIsAConflict(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      try await fixture.post(.accrue(points: 100, expiresAt: nil))
      #expect(try await fixture.refusal(.redeem(points: 1), key: "c/1", version: 0) == .versionConflict(current: 1))
      // A conflict does not use the key up.
      #expect(try await fixture.post(.redeem(points: 1), key: "c/1", version: 1).version == 2)
    }
  }

  @Test(arguments: Engine.available)
  func lotsAreSpentAndExpireInTheOrderOfTheirEnds(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      let start = fixture.time.now
      try await fixture.post(.accrue(points: 10, expiresAt: nil))
      try await fixture.post(.accrue(points: 20, expiresAt: start + .seconds(200)))
      try await fixture.post(.accrue(points: 30, expiresAt: start + .seconds(100)))
      let spent = try await fixture.post(.redeem(points: 40))
      #expect(spent.detail.lots.map(\.lot) == [3, 2])
      fixture.time.advance(by: .seconds(200))
      let next = try await fixture.post(.redeem(points: 1))
      // The expiry of what was left of the second lot comes before it.
      #expect(next.version == 6 && next.available == 9)
      #expect(try await fixture.refusal(.redeem(points: 10)) == .insufficientPoints(available: 9))
      #expect(try await fixture.books() == 0)
    }
  }

  @Test(arguments: Engine.available)
  func aHoldIsCapturedInPartAndTheRestReleased(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      try await fixture.post(.accrue(points: 100, expiresAt: nil))
      let hold = try await fixture.post(.hold(points: 60, expiresAt: fixture.time.now + .seconds(60)))
      #expect(hold.available == 40 && hold.held == 60 && hold.balance == 100)
      let captured = try await fixture.post(.capture(hold: hold.id, points: 50), key: "c/1")
      #expect(captured.entry.type == .redemption && captured.available == 50 && captured.held == 0)
      #expect(captured.version == 4)
      #expect(try await fixture.refusal(.release(hold: hold.id)) == .holdNotOpen)
      #expect(try await fixture.post(.capture(hold: hold.id, points: 50), key: "c/1").available == 50)
      #expect(try await fixture.books() == 0)
    }
  }

  @Test(arguments: Engine.available)
  func aHoldEndsByItself(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      try await fixture.post(.accrue(points: 100, expiresAt: nil))
      let hold = try await fixture.post(.hold(points: 60, expiresAt: fixture.time.now + .seconds(60)))
      fixture.time.advance(by: .seconds(60))
      #expect(try await fixture.refusal(.capture(hold: hold.id, points: nil)) == .holdNotOpen)
      #expect(try await fixture.post(.redeem(points: 100)).available == 0)
    }
  }

  @Test(arguments: Engine.available)
  func aTransactionIsReversedOnce(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      let earned = try await fixture.post(.accrue(points: 100, expiresAt: nil))
      let spent = try await fixture.post(.redeem(points: 30))
      #expect(try await fixture.refusal(.reverse(earned.id)) == .insufficientPoints(available: 70))
      #expect(try await fixture.post(.reverse(spent.id)).available == 100)
      #expect(try await fixture.refusal(.reverse(spent.id)) == .notReversible)
      #expect(try await fixture.post(.reverse(earned.id)).available == 0)
      #expect(try await fixture.refusal(.reverse(earned.id), "ben") == .transactionNotFound)
      #expect(try await fixture.books() == 0)
    }
  }

  /// Two processes over one database: each finds that the other has posted, and forgets what it knew.
  @Test(arguments: Engine.available)
  func twoProcessesShareOneLedger(_ engine: Engine) async throws {
    try await engine.withDatabases(count: 2, schemas: [LoyaltySchema.schema]) { databases in
      let fixtures = databases.enumerated().map { LedgerFixture($1, seed: UInt64($0)) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<60 {
          group.addTask { try await fixtures[index % 2].post(.accrue(points: 1, expiresAt: nil), "c\(index % 3)") }
        }
        try await group.waitForAll()
      }
      for customer in 0..<3 {
        let posting = try await fixtures[0].post(.redeem(points: 20), "c\(customer)")
        #expect(posting.available == 0 && posting.version == 21)
      }
      #expect(try await fixtures[0].books() == 0)
      let count = try await databases[0].rows("SELECT COUNT(*), MAX(sequence) FROM loyalty_transactions")
      #expect(count == [Row([.integer(63), .integer(63)])])
    }
  }

  /// Each finds the journal further on than it left it, all the time, and has several commits on their way.
  @Test(arguments: Engine.available)
  func manyPostThroughTwoProcessesAtOnce(_ engine: Engine) async throws {
    try await engine.withDatabases(count: 2, schemas: [LoyaltySchema.schema]) { databases in
      let fixtures = databases.indices.map { LedgerFixture(databases[$0], seed: UInt64($0 + 1)) }
      try await withThrowingTaskGroup(of: [String: TransactionID].self) { group in
        for client in 0..<32 {
          group.addTask {
            var posted: [String: TransactionID] = [:]
            for number in 0..<20 {
              // Each key goes to both.
              let (pair, key) = (client / 2, "\(client / 2)-\(number)")
              let posting = try await fixtures[client % 2].post(
                .accrue(points: 1, expiresAt: nil), "c\((pair + number) % 10)", key: key)
              posted[key] = posting.id
            }
            return posted
          }
        }
        var all: [String: TransactionID] = [:]
        for try await posted in group {
          all.merge(posted) { first, second in
            #expect(first == second)
            return first
          }
        }
        #expect(Set(all.values).count == 320)
      }
      let rows = try await databases[0].rows("SELECT COUNT(*), COUNT(DISTINCT key) FROM loyalty_transactions")
      #expect(rows == [Row([.integer(320), .integer(320)])])
      #expect(try await VerifyLedger(databases[0])().owned == 320)
      #expect(try await fixtures[0].books() == 0)
    }
  }

  @Test(arguments: Engine.available)
  func aBatchIsAllOrNothingWhereThatIsAsked(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      let earn = LedgerCommand(.accrue(points: 10, expiresAt: nil), for: LedgerFixture.customer("anna"), key: "b/1")
      let spend = LedgerCommand(.redeem(points: 11), for: LedgerFixture.customer("anna"), key: "b/2")
      await #expect(throws: BatchRefusal(index: 1, refusal: .insufficientPoints(available: 10))) {
        try await fixture.ledger.postAll([earn, spend])
      }
      #expect(try await fixture.database.rows("SELECT 1 FROM loyalty_transactions").isEmpty)
      let answers = try await fixture.ledger.post([earn, spend, earn])
      #expect(try answers[0].get().available == 10)
      #expect(answers[1] == .failure(.insufficientPoints(available: 10)))
      #expect(try answers[2].get().isReplay)
    }
  }
}
