import Core
import Foundation
import Testing

@testable import Loyalty

/// What a rules document may hold, and what is said of what it may not.
@Suite struct RuleDocumentTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private func said(of document: String) -> [String] {
    do throws(RuleProblems) {
      _ = try RuleBook(parsing: document)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  @Test func readsAll() throws {
    let book = try RuleBook(
      parsing: """
        tiers:
          - {id: member, names: {en: Member}}
          - {id: gold, threshold: 5000, names: {en: Gold, de-AT: Gold}}
        expiry: end_of_year after 1 year
        reinstatement_grace: 14d
        campaigns_per_event: 2
        rules:
          - id: purchase
            event_type: purchase
            points_per: {points: 3, amount: 200}
            minimum_amount: 1000
            maximum_amount: 100000
            tier_multipliers: {gold: 1.5}
            caps: {per_event: 500, per_day: 1000, per_customer: 9000}
            qualifying: false
            expiry: {after: 365d}
        campaigns:
          - id: friday
            from: 2026-11-27T00:00:00+01:00
            until: 2026-11-29
            multiplier: 2.5
            tiers: [gold]
            qualifying: true
        """, version: 7)
    #expect(book.version == 7)
    #expect(book.tiers.tiers.map(\.threshold) == [0, 5_000])
    #expect(book.tiers.tier(for: 5_000).names == ["en": "Gold", "de-AT": "Gold"])
    #expect(book.expiry == .after(CalendarPeriod(1, .year), endOf: .year))
    #expect(book.reinstatementGrace == .seconds(14 * 86_400))
    #expect(book.campaignsPerEvent == 2)
    let rule = try #require(book.rules.first)
    #expect(rule.points == .perAmount(Fraction(3, of: 200)))
    #expect(rule.amounts == 1_000...100_000)
    #expect(rule.multipliers == ["gold": Fraction(15, of: 10)])
    #expect(rule.caps == PointCaps(perEvent: 500, perDay: 1_000, perCustomer: 9_000))
    #expect(!rule.isQualifying)
    #expect(rule.expiry == .after(CalendarPeriod(365, .day), endOf: .day))
    let campaign = try #require(book.campaigns.first)
    #expect(campaign.eventTypes == ["purchase"])
    #expect(campaign.times.lowerBound == Timestamp("2026-11-26T23:00:00Z"))
    #expect(campaign.times.upperBound == Timestamp("2026-11-30T00:00:00Z"))
    #expect(campaign.gift == .extra(Fraction(15, of: 10)))
    #expect(campaign.tiers == ["gold"])
    #expect(campaign.isQualifying)
  }

  @Test func jsonIsReadAlike() throws {
    let yaml = "tiers: [{id: a}, {id: b, threshold: 10}]\nrules: [{id: r, event_type: e, points: 5}]"
    let json = """
      {"tiers":[{"id":"a"},{"id":"b","threshold":10}],
      \t"rules":[{"id":"r","event_type":"e","points":5}]}
      """
    #expect(try RuleBook(parsing: json) == RuleBook(parsing: yaml))
    #expect(said(of: #"{"rules": [{"id": "r", "event_type": "e", "points": 0}]}"#).first?.hasPrefix("1:53: ") == true)
  }

  @Test(arguments: [
    ("", "1:1: the rules is nothing; it takes a mapping of tiers, rules, campaigns,"),
    ("rules: []", "1:1: there are no rules: nobody would earn anything."),
    ("rules: [", "1:9: "),
    ("ruels: []", "1:1: unknown key \"ruels\" in the rules. Did you mean \"rules\"?"),
    ("expiry: soon", "1:9: expiry is \"soon\"; it takes \"never\", \"after 365d\","),
    ("expiry: end_of_month", "1:9: expiry is \"end_of_month\";"),
    ("expiry: end_of_day after 3 days", "1:9: expiry is"),
    ("expiry: after 0d", "1:9: expiry is"),
    ("expiry: after 101 years", "1:9: expiry is"),
    ("reinstatement_grace: 1 month", "1:22: reinstatement_grace is \"1 month\"; it takes days"),
    ("campaigns_per_event: 0", "1:22: campaigns_per_event is \"0\"; it takes a whole number from 1 to 10."),
    ("tiers: gold", "1:8: tiers is \"gold\"; it takes a list of at most 20."),
    ("tiers: [{id: a, threshold: 5}]", "1:9: the first tier is everybody's: its threshold is 0."),
    ("tiers:\n- id: a\n- id: b", "3:3: threshold is missing;"),
    ("tiers:\n- id: a\n- {id: b, threshold: 9}\n- {id: c, threshold: 9}", "4:3: the threshold 9 is not above 9,"),
    ("tiers:\n- id: a\n- {id: a, threshold: 9}", "3:3: there are two tiers \"a\"."),
    ("tiers: [{id: -a}]", "1:14: id is \"-a\"; it takes up to 40 letters,"),
    ("tiers: [{id: a, names: {x_y: A}}]", "1:25: \"x_y\" is no language;"),
    ("tiers: [{id: a, names: {en: ''}}]", "1:29: en is the text \"\"; it takes a name of up to 60 characters."),
  ])
  func refusesTheWhole(document: String, message: String) {
    #expect(said(of: document).contains { $0.hasPrefix(message) }, "\(said(of: document))")
  }

  @Test(arguments: [
    ("id: r, event_type: e, points: 0", "3:34: points is \"0\"; it takes a whole number from 1 to 1000000000000."),
    ("id: r, event_type: e, points: 1.5", "3:34: points is \"1.5\"; it takes a whole number"),
    ("id: r, event_type: e, points: '5'", "3:34: points is the text \"5\"; it takes a whole number"),
    ("id: r, event_type: e, points: 99999999999999999999", "3:34: points is"),
    ("id: r, event_type: e", "3:3: a rule needs points or points_per."),
    ("id: r, event_type: e, points: 5, points_per: {points: 1, amount: 1}", "3:49: a rule has points and points_per;"),
    ("id: r, event_type: e, points_per: {points: 1}", "3:38: amount is missing; points_per takes for example"),
    ("id: r, event_type: e, points_per: {points: 1, amount: 0}", "3:58: amount is \"0\"; it takes"),
    ("event_type: e, points: 5", "3:3: id is missing;"),
    ("id: r, points: 5", "3:3: event_type is missing;"),
    ("id: r, event_type: e, poinst: 5", "3:26: unknown key \"poinst\" in a rule. Did you mean \"points\"?"),
    ("id: r, event_type: a b, points: 5", "3:23: event_type is \"a b\";"),
    ("id: other, event_type: e, points: 5", "4:8: the id \"other\" is taken by the one on line 3."),
    (
      "id: r, event_type: e, points: 5, tier_multipliers: {glod: 2}",
      "3:56: there is no tier \"glod\"; there are member, gold. Did you mean \"gold\"?"
    ),
    ("id: r, event_type: e, points: 5, tier_multipliers: {gold: 0}", "3:62: gold is \"0\"; it takes a number above 0"),
    ("id: r, event_type: e, points: 5, tier_multipliers: {gold: 1.23456}", "3:62: gold is \"1.23456\";"),
    ("id: r, event_type: e, points: 5, tier_multipliers: {gold: 100.1}", "3:62: gold is"),
    ("id: r, event_type: e, points: 5, tier_multipliers: {gold: 1e2}", "3:62: gold is"),
    ("id: r, event_type: e, points: 5, tier_multipliers: {gold: -1}", "3:62: gold is"),
    (
      "id: r, event_type: e, points: 5, minimum_amount: 9, maximum_amount: 8",
      "3:72: maximum_amount 8 is below minimum_amount 9."
    ),
    ("id: r, event_type: e, points: 5, caps: {per_week: 5}", "3:44: unknown key \"per_week\" in caps."),
    ("id: r, event_type: e, points: 5, caps: 5", "3:43: caps is \"5\"; it takes a mapping of per_event,"),
    ("id: r, event_type: e, points: 5, qualifying: yes", "3:49: qualifying is \"yes\"; it takes true or false."),
    (
      "id: r, event_type: other, points: 5, expiry: never",
      "4:3: the points of one event expire together: the rules \"r\" and \"other\""
    ),
  ])
  func refusesARule(rule: String, message: String) {
    let document = """
      tiers: [{id: member}, {id: gold, threshold: 10}]
      rules:
      - {\(rule)}
      - {id: other, event_type: other, points: 5}
      """
    #expect(said(of: document).contains { $0.hasPrefix(message) }, "\(said(of: document))")
  }

  @Test(arguments: [
    ("from: 2026-02-29, until: 2026-03-01, bonus: 5", "5:17: from is \"2026-02-29\"; it takes a day or a time,"),
    ("from: 2026-11-27, until: 2026-11-26, bonus: 5", "5:36: the campaign is over before it begins."),
    ("from: 2026-11-27, bonus: 5", "5:3: until is missing;"),
    ("from: 2026-11-27, until: 2026-11-27", "5:3: a campaign needs multiplier or bonus."),
    ("from: 2026-11-27, until: 2026-11-27, bonus: 5, multiplier: 2", "5:55: a campaign has multiplier and bonus;"),
    ("from: 2026-11-27, until: 2026-11-27, multiplier: 1", "5:60: multiplier is \"1\"; it takes a number above 1"),
    ("from: 2026-11-27, until: 2026-11-27, multiplier: 0.5", "5:60: multiplier is \"0.5\";"),
    ("from: 2026-11-27, until: 2026-11-27, bonus: -5", "5:55: bonus is \"-5\";"),
    ("from: 2026-11-27, until: 2026-11-27, bonus: 5, tiers: [silver]", "5:66: there is no tier \"silver\";"),
    (
      "from: 2026-11-27, until: 2026-11-27, multiplier: 2, event_types: [purchas]",
      "5:77: no rule gives points for \"purchas\" that could be multiplied. Did you mean \"purchase\"?"
    ),
    ("from: 2026-11-27, until: 2026-11-27, bonus: 5, event_types: purchase", "5:71: event_types is \"purchase\";"),
    ("from: 2026-11-27, until: 2026-11-27, bonus: 5, event_types: ['']", "5:72: an event type takes up to 64"),
  ])
  func refusesACampaign(campaign: String, message: String) {
    let document = """
      tiers: [{id: member}, {id: gold, threshold: 10}]
      rules:
      - {id: r, event_type: purchase, points: 5}
      campaigns:
      - {id: c, \(campaign)}
      """
    #expect(said(of: document).contains { $0.hasPrefix(message) }, "\(said(of: document))")
  }

  @Test func allThatIsWrongIsSaidInTheOrderOfTheText() {
    let problems = said(
      of: "rules:\n- {id: a, event_type: e, points: 0}\n- {id: b, evnt_type: e, points: 1}\nexpiry: x")
    #expect(problems.map { $0.prefix { $0 != ":" } } == ["2", "3", "3", "4"])
  }

  @Test func theBuiltInRulesAreGood() throws {
    let book = try RuleBook(parsing: RuleBook.defaultDocument, version: 1)
    #expect(book.tiers.tiers.map(\.id) == ["member", "silver", "gold"])
    #expect(Set(book.rules.map(\.eventType)) == ["purchase", "survey", "call", "chat", "email"])
    #expect(book.expiry.date(of: Timestamp("2026-11-21T10:00:00Z")!) == Timestamp("2028-11-30T23:59:59.999Z"))
  }

  @Test func theExampleIsGood() throws {
    let text = try String(contentsOf: Self.root.appending(path: "examples/loyalty-rules.yaml"), encoding: .utf8)
    #expect(try !RuleBook(parsing: text).campaigns.isEmpty)
  }

  @Test func everyExampleOfTheReferenceIsGood() throws {
    let page = try String(contentsOf: Self.root.appending(path: "docs/reference/loyalty-rules.md"), encoding: .utf8)
    let blocks = page.components(separatedBy: "```yaml").dropFirst().compactMap { part in
      part.components(separatedBy: "```").first?.split(separator: "\n", maxSplits: 1).last
    }
    #expect(blocks.count >= 5)
    for block in blocks { #expect(said(of: String(block)) == [], "\(block)") }
    #expect(blocks.contains { $0 == RuleBook.defaultDocument }, "the page shows other built-in rules")
  }
}
