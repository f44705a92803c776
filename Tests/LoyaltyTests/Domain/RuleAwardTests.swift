import Core
import Testing

@testable import Loyalty

/// What events earn.
@Suite struct RuleAwardTests {
  private static let noon = Timestamp("2026-11-21T12:00:00Z")!
  private static let document = """
    tiers: [{id: member}, {id: silver, threshold: 1000}, {id: gold, threshold: 5000}]
    expiry: end_of_month after 12 months
    campaigns_per_event: 2
    rules:
    - {id: purchase, event_type: purchase, points_per: {points: 3, amount: 200}, tier_multipliers: {silver: 1.25, gold: 1.5}}
    - {id: large, event_type: purchase, points: 7, minimum_amount: 10000, maximum_amount: 20000, qualifying: false}
    - {id: survey, event_type: survey, points: 50, caps: {per_day: 80, per_customer: 200}, expiry: never}
    - {id: call, event_type: call, points: 10, caps: {per_event: 8}}
    campaigns:
    - {id: double, event_types: [purchase], from: 2026-12-01, until: 2026-12-02, multiplier: 2}
    - {id: half, event_types: [purchase], from: 2026-12-02, until: 2026-12-03, multiplier: 1.5, tiers: [gold], qualifying: true}
    - {id: gift, from: 2026-12-02T08:00:00+01:00, until: 2026-12-02T09:00:00+01:00, bonus: 30, caps: {per_customer: 40}}
    - {id: hello, event_types: [visit], from: 2026-12-05, until: 2026-12-05, bonus: 3}
    """

  private let book: RuleBook
  private var account = LedgerAccount(id: 1_000, tag: 1, createdAt: Self.noon)

  init() throws {
    book = try RuleBook(parsing: Self.document, version: 3)
  }

  private func award(
    _ type: String, _ amount: Int64? = nil, earned: Int64 = 0, at time: String = "2026-11-21T12:00:00Z"
  ) throws -> RuleBook.Award {
    let now = try #require(Timestamp(time))
    var account = account
    if earned > 0 { account.earned = [LedgerAccount.Day(day: now.day, points: earned)] }
    return try book.award(EarningEvent(type: type, amount: amount, occurredAt: now), to: account, at: now)
  }

  @Test(
    arguments: [
      (66, 0, nil), (67, 0, 1), (199, 0, 2), (200, 0, 3), (399, 0, 5),
      // 149 is 2 points, 2.5 with the multiplier: each step rounds down.
      (149, 1_000, 2), (267, 1_000, 5), (267, 999, 4), (267, 5_000, 6),
      (9_999, 0, 149), (10_000, 0, 157), (20_000, 0, 307), (20_001, 0, 300),
      (0, 0, nil), (-500, 0, nil), (Int64.min, 0, nil),
    ] as [(Int64, Int64, Int64?)])
  func countsAmounts(amount: Int64, earned: Int64, points: Int64?) throws {
    guard let points else {
      #expect(throws: LedgerRefusal.noRule) { try award("purchase", amount, earned: earned) }
      return
    }
    #expect(try award("purchase", amount, earned: earned).points == points)
  }

  @Test func saysWhatEachRuleGave() throws {
    let given = try award("purchase", 10_000)
    #expect(given.rules == [RuleAward(rule: "purchase", points: 150), RuleAward(rule: "large", points: 7)])
    #expect(given.qualifying == 150)
    #expect(given.expiresAt == Timestamp("2027-11-30T23:59:59.999Z"))
    #expect(try award("survey").expiresAt == nil)
  }

  @Test(arguments: ["unknown", "Survey", "purchase", "visit"])
  func withoutARuleThereIsNothing(type: String) {
    #expect(throws: LedgerRefusal.noRule) { try award(type) }
  }

  @Test(arguments: [Int64.max, 1 << 60])
  func whatNoAccountHoldsIsRefused(amount: Int64) {
    #expect(throws: LedgerRefusal.outOfRange) { try award("purchase", amount, earned: 5_000) }
    #expect(throws: LedgerRefusal.outOfRange) { try award("purchase", amount) }
  }

  @Test(
    arguments: [
      ([], 50), ([0, 30, 30], 50), ([0, 31, 31], 49), ([0, 79, 79], 1), ([0, 80, 80], nil), ([0, 90, 90], nil),
      // The day before does not count, what was given ever does.
      ([-1, 80, 80], 50), ([-1, 80, 180], 20), ([-1, 80, 200], nil), ([1, 80, 150], 50),
    ] as [([Int64], Int64?)])
  func capsCut(use: [Int64], points: Int64?) throws {
    var test = self
    if !use.isEmpty {
      test.account.uses = [
        LedgerAccount.RuleUse(rule: "survey", day: Self.noon.day + use[0], onDay: use[1], total: use[2])
      ]
    }
    let given = try? test.award("survey")
    #expect(given?.points == points)
    #expect(given?.qualifying == points)
    #expect(try test.award("call").points == 8)
  }

  @Test(
    arguments: [
      ("2026-11-30T23:59:59.999Z", ["purchase": 180]),
      ("2026-12-01T00:00:00Z", ["purchase": 180, "double": 180]),
      ("2026-12-02T06:59:59Z", ["purchase": 180, "double": 180, "half": 90]),
      // Two at most; the bonus is the third.
      ("2026-12-02T07:00:00Z", ["purchase": 180, "double": 180, "half": 90]),
      ("2026-12-02T23:59:59.999Z", ["purchase": 180, "double": 180, "half": 90]),
      ("2026-12-03T00:00:00Z", ["purchase": 180, "half": 90]),
      ("2026-12-04T00:00:00Z", ["purchase": 180]),
    ] as [(String, [String: Int64])])
  func campaignsAddUpBetweenTheirEdges(time: String, points: [String: Int64]) throws {
    let given = try award("purchase", 8_000, earned: 5_000, at: time)
    #expect(Dictionary(uniqueKeysWithValues: given.rules.map { ($0.rule, $0.points) }) == points)
    #expect(given.qualifying == 180 + points["half", default: 0])
  }

  @Test func aBonusIsForEventsThatRulesNameOrItNames() throws {
    #expect(try award("survey", at: "2026-12-02T07:30:00Z").rules.map(\.rule) == ["survey", "gift"])
    #expect(try award("visit", at: "2026-12-05T23:00:00Z").points == 3)
    #expect(throws: LedgerRefusal.noRule) { try award("visit", at: "2026-12-02T07:30:00Z") }
  }

  @Test func campaignsAskWhenTheEventOccurredAndTiersWhenItIsCounted() throws {
    let event = EarningEvent(type: "purchase", amount: 20_000, occurredAt: try #require(Timestamp("2026-12-01")))
    let given = try book.award(event, to: account, at: try #require(Timestamp("2026-12-20")))
    #expect(given.rules.map(\.rule) == ["purchase", "large", "double"])
    #expect(given.expiresAt == Timestamp("2027-12-31T23:59:59.999Z"))
  }

  /// A campaign whose cap is reached leaves its place to the next.
  @Test func whoGivesNothingDoesNotCount() throws {
    var test = self
    test.account.uses = [LedgerAccount.RuleUse(rule: "gift", day: 0, onDay: 0, total: 35)]
    #expect(try test.award("survey", at: "2026-12-02T07:30:00Z").points == 55)
    test.account.uses[0].total = 40
    #expect(try test.award("survey", at: "2026-12-02T07:30:00Z").rules.map(\.rule) == ["survey"])
  }

  /// The day a year ago is out, the day after it in, over a leap day as well: a year is 365 days.
  @Test(arguments: [("2026-11-21", 364, true), ("2026-11-21", 365, false), ("2028-12-01", 365, false)])
  func aYearHas365Days(day: String, ago: Int64, isSilver: Bool) throws {
    var test = self
    let now = try #require(Timestamp(day))
    test.account.earned = [LedgerAccount.Day(day: now.day - ago, points: 1_000)]
    let given = try book.award(
      EarningEvent(type: "purchase", amount: 267, occurredAt: now), to: test.account, at: now)
    #expect(given.points == (isSilver ? 5 : 4))
  }

  /// Whatever the rules and the customer, nothing is ever below zero or above a cap, and the parts are the whole.
  @Test(arguments: 0..<20)
  func noAwardIsBeyondItsCaps(seed: Int) throws {
    let random = SeededRandom(seed: UInt64(seed))
    func number(_ bound: UInt64) -> Int64 { Int64(random.number(below: bound)) }
    for _ in 0..<200 {
      var book = book
      for index in book.rules.indices {
        book.rules[index].caps = PointCaps(
          perEvent: 1 + number(50), perDay: 1 + number(90), perCustomer: 1 + number(400))
      }
      for index in book.campaigns.indices { book.campaigns[index].caps = PointCaps(perDay: 1 + number(60)) }
      book.campaignsPerEvent = 1 + Int(number(3))
      var account = LedgerAccount(id: 1_000, tag: 1, createdAt: Self.noon)
      var decision = Decision(now: Self.noon, rules: book, nextSequence: 1)
      var decided = Decisions()
      for step in 0..<20 {
        let now = try #require(Timestamp("2026-11-30")) + .seconds(step * 20_000)
        decision = Decision(now: now, rules: book, nextSequence: decision.nextSequence)
        let event = EarningEvent(
          type: ["purchase", "survey", "call", "visit"][Int(number(4))], amount: number(50_000), occurredAt: now)
        let command = LedgerCommand(.earn(event), for: .account(1_000), key: nil)
        do {
          _ = try account.apply(command, &decision, into: &decided)
        } catch {
          #expect(error == .noRule)
          continue
        }
        let last = try #require(decided.all.last)
        #expect(last.entry.points > 0)
        #expect(last.detail.rules.allSatisfy { $0.points > 0 })
        #expect(last.detail.rules.reduce(0) { $0 + $1.points } == last.entry.points)
        #expect((0...last.entry.points).contains(last.detail.qualifying ?? 0))
        #expect(
          last.detail.rules.count { given in book.campaigns.contains { $0.id == given.rule } } <= book.campaignsPerEvent
        )
      }
      let caps = book.rules.map { ($0.id, $0.caps) } + book.campaigns.map { ($0.id, $0.caps) }
      for (rule, cap) in caps {
        let given = decided.all.compactMap { one in
          one.detail.rules.first { $0.rule == rule }.map { (day: one.entry.at.day, points: $0.points) }
        }
        #expect(given.allSatisfy { $0.points <= cap.perEvent ?? .max })
        #expect(given.reduce(0) { $0 + $1.points } <= cap.perCustomer ?? .max)
        for (_, sameDay) in Dictionary(grouping: given, by: \.day) {
          #expect(sameDay.reduce(0) { $0 + $1.points } <= cap.perDay ?? .max)
        }
      }
    }
  }
}
