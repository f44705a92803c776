import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Storage
import Testing

@testable import Loyalty

struct CloseAccountTests {
  private func id(_ customer: String, _ ledger: Ledger) async throws -> AccountID {
    let account = try await ledger.transact { try $0.account(for: LedgerFixture.customer(customer)) }
    return AccountID(try #require(account))
  }

  /// Of the tables, not of memory.
  private func row(_ database: any Database) async throws -> Row {
    try await database.rows("SELECT status, available, due_at FROM loyalty_accounts WHERE id = 1000")[0]
  }

  @Test(arguments: Engine.available)
  func nothingIsPostedAfterAClosureAndAllIsProved(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      let earned = try await fixture.post(.accrue(points: 200, expiresAt: fixture.time.now + .seconds(900)), key: "k1")
      try await fixture.post(.accrue(points: 50, expiresAt: nil))
      let spent = try await fixture.post(.redeem(points: 10))
      let entry = try await CloseAccount(fixture.ledger)(try await id("anna", fixture.ledger), because: "asked for")
        .entry
      #expect(entry.type == .closure && entry.points == 240 && entry.to == BookAccount.breakage.rawValue)
      for action in [
        .accrue(points: 1, expiresAt: nil), .redeem(points: 1), .adjust(points: 1, expiresAt: nil),
        .adjust(points: -1, expiresAt: nil), .hold(points: 1, expiresAt: fixture.time.now + .seconds(9)),
        .reverse(earned.id), .reverse(spent.id), .release(hold: spent.id), .capture(hold: spent.id, points: nil),
        .earn(EarningEvent(type: "survey", occurredAt: fixture.time.now)),
        .reverse(TransactionID(entry)),
      ] as [LedgerCommand.Action] {
        #expect(try await fixture.refusal(action) == .accountClosed, "\(action)")
      }
      // A key of before has its answer still.
      let again = LedgerCommand(
        .accrue(points: 200, expiresAt: fixture.time.now + .seconds(900)), for: LedgerFixture.customer("anna"),
        key: "k1", fingerprint: .zero)
      await #expect(throws: LedgerRefusal.keyReused) { try await fixture.ledger.post(again) }
      #expect(
        try await fixture.post(.accrue(points: 200, expiresAt: fixture.time.now + .seconds(900)), key: "k1").isReplay)
      #expect(try await row(fixture.database).get(0, as: Int64.self) == 1)
      #expect(try await row(fixture.database).get(1, as: Int64.self) == 0)
      #expect(try await row(fixture.database).get(2, as: Int64?.self) == nil, "nothing expires any more")
      #expect(try await fixture.books() == 0)
      // Another process reads it from the row.
      let other = LedgerFixture(fixture.database, time: fixture.time)
      #expect(try await other.refusal(.accrue(points: 1, expiresAt: nil)) == .accountClosed)
      try await fixture.post(.accrue(points: 7, expiresAt: nil), "ben")
      let proof = try await VerifyLedger(fixture.database)()
      #expect(proof.owned == 7 && proof.books[.breakage] == 240 && proof.transactions == 5)
      #expect(try await fixture.proved("anna") == 4)
    }
  }

  @Test func anAccountWithoutPointsIsClosedAsWell() async throws {
    try await LedgerFixture.on(.sqlite) { fixture in
      try await fixture.post(.accrue(points: 5, expiresAt: fixture.time.now + .seconds(60)))
      let id = try await id("anna", fixture.ledger)
      // They are over by then: booked out first.
      fixture.time.advance(by: .seconds(60))
      #expect(try await CloseAccount(fixture.ledger)(id, because: "asked for").entry.points == 0)
      #expect(try await VerifyLedger(fixture.database)().transactions == 3)
    }
  }

  @Test func whatCannotBeClosedStaysAsItIs() async throws {
    try await LedgerFixture.on(.sqlite) { fixture in
      try await fixture.post(.accrue(points: 50, expiresAt: nil))
      let id = try await id("anna", fixture.ledger)
      let close = CloseAccount(fixture.ledger)
      let hold = try await fixture.post(.hold(points: 20, expiresAt: fixture.time.now + .seconds(60)))
      await #expect(throws: CloseAccount.Refusal.hasHolds(points: 20)) { try await close(id, because: "x") }
      try await fixture.post(.capture(hold: hold.id, points: nil))
      let forged = AccountID(LedgerAccount(id: id.number, tag: id.tag ^ 1, createdAt: fixture.time.now))
      let unknown = AccountID(LedgerAccount(id: 4_711, tag: 1, createdAt: fixture.time.now))
      for none in [forged, unknown] {
        await #expect(throws: CloseAccount.Refusal.accountNotFound) { try await close(none, because: "x") }
      }
      #expect(try await close(id, because: "x").entry.points == 30)
      await #expect(throws: CloseAccount.Refusal.isClosed) { try await close(id, because: "x") }
      #expect(try await VerifyLedger(fixture.database)().transactions == 4)
    }
  }

  /// The status is what the transactions say: a row that somebody opened again, or closed, is found.
  @Test(arguments: Engine.available)
  func aStatusThatNoTransactionGaveIsFound(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      for name in ["anna", "ben"] { try await fixture.post(.accrue(points: 50, expiresAt: nil), name) }
      _ = try await CloseAccount(fixture.ledger)(try await id("anna", fixture.ledger), because: "x")
      for (account, forged, right) in [(1_000, 0, 1), (1_001, 1, 0)] {
        try await set(account, forged, fixture.database)
        let found = await #expect(throws: LedgerBreak.self) { try await VerifyLedger(fixture.database)() }
        #expect(found?.what == "status" && found?.row == "id \(account)")
        try await set(account, right, fixture.database)
      }
      _ = try await VerifyLedger(fixture.database)()
    }
  }

  private func set(_ account: Int, _ status: Int, _ database: any Database) async throws {
    try await database.write {
      try $0.execute("UPDATE loyalty_accounts SET status = \(status) WHERE id = \(account)")
    }
  }

  /// Where rows follow behind: the row says open still, and the proof, a ledger opened anew and one that was open know.
  @Test func aClosureThatTheRowDoesNotShowYetCounts() async throws {
    try await Engine.sqlite.withDatabase(schemas: [LoyaltySchema.schema]) { database in
      let time = ManualTime()
      func open(_ seed: UInt64) -> Ledger {
        Ledger(
          on: database, options: .oneProcess, rules: { RuleBook() }, time: time, random: SeededRandom(seed: seed))
      }
      let earn = LedgerCommand(.accrue(points: 5, expiresAt: nil), for: LedgerFixture.customer("anna"), key: nil)
      let (first, second) = (open(1), open(2))
      _ = try await first.post(earn)
      _ = try await second.post(earn)
      _ = try await first.post(earn)
      _ = try await CloseAccount(second)(try await id("anna", second), because: "x")
      #expect(try await row(database).get(0, as: Int64.self) == 0, "the row is not behind; this test says nothing")
      #expect(try await VerifyLedger(database)().owned == 0)
      for ledger in [first, second, open(3)] {
        await #expect(throws: LedgerRefusal.accountClosed) { try await ledger.post(earn) }
      }
      try await first.writeRows()
      #expect(try await row(database).get(0, as: Int64.self) == 1)
      #expect(try await VerifyLedger(database)().transactions == 4)
    }
  }

  /// Nothing follows a closure, and a closure leaves nothing, whoever wrote the journal.
  @Test func aJournalThatGoesOnIsNone() throws {
    let now = Timestamp(seconds: 1)
    var account = LedgerAccount(id: 1_000, tag: 1, createdAt: now)
    func entry(_ number: Int64, _ type: EntryType, _ points: Int64, _ from: Int64, _ to: Int64, left: Int64)
      -> LedgerEntry
    {
      LedgerEntry(
        sequence: number, account: 1_000, number: number, type: type, points: points, from: from, to: to, at: now,
        available: left, held: 0, previous: number - 1)
    }
    func detail(_ points: Int64) -> EntryDetail {
      var detail = EntryDetail()
      if points > 0 { detail.lots = [LotMove(lot: 1, points: points, expiresAt: nil)] }
      return detail
    }
    try account.record(entry(1, .accrual, 9, 1, 1_000, left: 9), detail(9))
    for (points, left) in [(8, 1), (0, 9)] as [(Int64, Int64)] {
      var tried = account
      #expect(throws: LedgerFlaw.self) {
        try tried.record(entry(2, .closure, points, 1_000, 4, left: left), detail(points))
      }
    }
    try account.record(entry(2, .closure, 9, 1_000, 4, left: 0), detail(9))
    #expect(account.status == .closed)
    #expect(throws: LedgerFlaw.self) { try account.record(entry(3, .accrual, 9, 1, 1_000, left: 9), detail(9)) }
  }

  @Test func overHTTPLookUpsAnswerAndPostsAreRefused() async throws {
    try await LedgerWebFixture.with { fixture in
      let earn = #"{"idempotency_key":"k1","type":"accrual","customer_id":"u-1","points":5}"#
      let first = await fixture.process(earn)
      let id = try #require(first.json["account_id"]?.string.flatMap(AccountID.init))
      _ = try await CloseAccount(fixture.feature.ledger)(id, because: "asked for")
      fixture.time.advance(by: .seconds(2))
      let found = await fixture.lookUp(#"{"customer_id":"u-1"}"#)
      #expect(found.status == 200 && found.json["balance"] == 0 && found.json["balance_version"] == 2)
      let history = await fixture.get("/v1/ledger/accounts/\(id)/transactions").json["transactions"]
      #expect(history?[0]?["type"] == "closure" && history?[0]?["change"] == -5)
      #expect(history?[0]?["reason"] == "asked for")
      let refused = await fixture.process(earn.replacing("k1", with: "k2"))
      #expect(refused.status == 422 && refused.code == "account_closed")
      #expect(await fixture.process(earn).response.body == first.response.body)
    }
  }
}
