import Core
import Testing

@testable import Loyalty

/// What other rules would have given.
@Suite struct RuleTrialTests {
  private static let start = Timestamp("2026-10-01")!

  /// A journal as the ledger writes it, page by page.
  private struct Journal: EarningHistory {
    var entries: [Decided] = []

    func entries(after sequence: Int64, limit: Int) async throws -> [Decided] {
      Array(
        entries.filter { $0.entry.sequence > sequence && [.accrual, .reversal].contains($0.entry.type) }.prefix(limit))
    }
  }

  private struct Ledger {
    var journal = Journal()
    let rules: RuleBook
    var accounts: [Int64: LedgerAccount] = [:]

    mutating func apply(_ action: LedgerCommand.Action, to id: Int64, day: Int64) throws {
      let now = RuleTrialTests.start + .seconds(day * 86_400)
      var account = accounts[id] ?? LedgerAccount(id: id, tag: 0, createdAt: now)
      var decision = Decision(now: now, rules: rules, nextSequence: Int64(journal.entries.count + 1))
      let original: Decided? =
        if case .reverse(let id) = action { journal.entries.first { $0.entry.sequence == id.sequence } } else { nil }
      var decided = Decisions()
      _ = try account.apply(
        LedgerCommand(action, for: .account(id), key: nil), reversing: original, &decision, into: &decided)
      journal.entries += decided.all
      accounts[id] = account
    }

    mutating func earn(_ type: String, _ amount: Int64? = nil, to id: Int64, day: Int64) throws {
      let now = RuleTrialTests.start + .seconds(day * 86_400)
      try apply(.earn(EarningEvent(type: type, amount: amount, occurredAt: now)), to: id, day: day)
    }
  }

  private func ledger(_ rules: String) throws -> Ledger { Ledger(rules: try RuleBook(parsing: rules, version: 1)) }

  private func trial(
    _ rules: String, days: Range<Int64> = 0..<30, of journal: Journal, pageSize: Int = 2
  ) async throws -> RuleTrial {
    let times = (Self.start + .seconds(days.lowerBound * 86_400))..<(Self.start + .seconds(days.upperBound * 86_400))
    return try await journal.run(
      RuleTrial(try RuleBook(parsing: rules), times: times), pageSize: pageSize)
  }

  private let then = """
    rules:
    - {id: buy, event_type: purchase, points_per: {points: 1, amount: 100}}
    - {id: survey, event_type: survey, points: 50, caps: {per_customer: 120}}
    """

  @Test func theSameRulesGiveTheSame() async throws {
    var ledger = try ledger(then)
    for day in -400..<29 as Range<Int64> {
      try ledger.earn("purchase", 100 + 7 * abs(day), to: 1_000 + abs(day) % 3, day: day)
    }
    try ledger.earn("survey", to: 1_000, day: 29)
    try ledger.apply(.accrue(points: 5, expiresAt: nil), to: 1_000, day: 29)
    let trial = try await trial(then, of: ledger.journal)
    #expect(trial.total.transactions == 30)
    #expect(trial.total.difference == 0)
    #expect(trial.liabilityDifference == 0)
    #expect((trial.customersThatGain, trial.customersThatLose) == (0, 0))
    #expect(trial.byRule.keys.sorted() == ["buy", "survey"])
  }

  @Test func saysWhatDiffersByRuleEventAndCustomer() async throws {
    var ledger = try ledger(then)
    try ledger.earn("purchase", 10_000, to: 1_000, day: 1)
    try ledger.earn("survey", to: 1_001, day: 2)
    try ledger.earn("survey", to: 1_001, day: 3)
    try ledger.earn("purchase", 10_000, to: 1_002, day: 31)
    try ledger.apply(.redeem(points: 60), to: 1_001, day: 3)
    let trial = try await trial(
      """
      rules:
      - {id: buy, event_type: purchase, points_per: {points: 1, amount: 50}}
      - {id: survey, event_type: survey, points: 20}
      """, of: ledger.journal)
    #expect(trial.byRule["buy"] == tally(1, 100, 200))
    #expect(trial.byRule["survey"] == tally(2, 100, 40))
    #expect(trial.byEventType["purchase"] == tally(1, 100, 200))
    #expect(trial.byEventType["survey"] == tally(2, 100, 40))
    #expect(trial.total == tally(3, 200, 240))
    #expect((trial.customersThatGain, trial.customersThatLose) == (1, 1))
    #expect(trial.liabilityDifference == 40)
  }

  @Test func whatNoRuleGivesIsLost() async throws {
    var ledger = try ledger(then)
    try ledger.earn("survey", to: 1_000, day: 1)
    let trial = try await trial("rules: [{id: new, event_type: purchase, points: 1}]", of: ledger.journal)
    #expect(trial.byRule == ["survey": tally(1, 50, 0)])
    #expect(trial.customersThatLose == 1)
  }

  /// 100 of the 120 were given before the time that is tried; a reversal gives 50 of them back.
  @Test(arguments: [(false, 20), (true, 50)])
  func capsStandAsTheyStood(isReversed: Bool, points: Int64) async throws {
    var ledger = try ledger(then.replacing("120", with: "900"))
    try ledger.earn("survey", to: 1_000, day: -2)
    try ledger.earn("survey", to: 1_000, day: -1)
    if isReversed { try ledger.apply(.reverse(TransactionID(ledger.journal.entries[0].entry)), to: 1_000, day: -1) }
    try ledger.earn("survey", to: 1_000, day: 1)
    #expect(try await trial(then, of: ledger.journal).byRule["survey"] == tally(1, 50, points))
  }

  @Test func tiersStandAsTheyStood() async throws {
    var ledger = try ledger(then)
    try ledger.earn("purchase", 100_000, to: 1_000, day: -300)
    try ledger.earn("purchase", 100_000, to: 1_001, day: -365)
    for id in [1_000, 1_001] as [Int64] { try ledger.earn("survey", to: id, day: 0) }
    let trial = try await trial(
      """
      tiers: [{id: member}, {id: gold, threshold: 1000}]
      rules: [{id: survey, event_type: survey, points: 50, tier_multipliers: {gold: 2}}]
      """, of: ledger.journal)
    #expect(trial.total == tally(2, 100, 150))
  }

  @Test func whatHasExpiredByTheEndIsOwedToNobody() async throws {
    var ledger = try ledger(then)
    try ledger.earn("survey", to: 1_000, day: 1)
    try ledger.earn("survey", to: 1_000, day: 20)
    let trial = try await trial(then + "\nexpiry: after 10d", of: ledger.journal)
    #expect(trial.total.difference == 0)
    #expect(trial.liabilityDifference == -50)
  }

  private func tally(_ transactions: Int, _ then: Int64, _ now: Int64) -> RuleTrial.Tally {
    var tally = RuleTrial.Tally()
    (tally.transactions, tally.pointsThen, tally.pointsNow) = (transactions, then, now)
    return tally
  }
}
