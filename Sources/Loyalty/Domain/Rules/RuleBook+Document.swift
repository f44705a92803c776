import Core
import YAML

extension RuleBook {
  /// Reads a rules document, in YAML or as the same in JSON (which is YAML as well): docs/reference/loyalty-rules.md.
  ///
  /// - Throws: `RuleProblems` with all that is wrong, each with its line and column.
  package init(parsing text: String, version: Int64 = 0) throws(RuleProblems) {
    self.init(version: version)
    let root: YAMLNode
    do throws(YAMLError) {
      root = try YAMLDocument(parsing: text, depth: 8, maximumSize: 256 << 10).root
    } catch {
      throw RuleProblems(problems: [RuleProblem(position: error.position, message: "\(error.reason).")])
    }
    var draft = RuleDraft()
    draft.read(root)
    let problems = draft.reader.problems.sorted { $0.position < $1.position }
    guard problems.isEmpty else { throw RuleProblems(problems: problems) }
    tiers = TierLadder(draft.tiers)
    expiry = draft.expiry
    reinstatementGrace = draft.grace
    rules = draft.rules
    campaigns = draft.campaigns
    campaignsPerEvent = draft.campaignsPerEvent
  }
}

/// A rule book as far as it has been read.
private struct RuleDraft {
  /// Of points, amounts and thresholds: far from where anything could overflow.
  private static let most: Int64 = 1_000_000_000_000

  var reader = RuleReader()
  var tiers: [TierLadder.Tier] = []
  var rules: [EarningRule] = []
  var campaigns: [Campaign] = []
  var expiry = LotExpiry.never
  var grace = Duration.seconds(30 * 86_400)
  var campaignsPerEvent = 1
  /// The lines of the rules and campaigns, which share their ids as they share the count of what a customer was given.
  private var lines: [String: Int] = [:]
  /// That a rule is for, even one that is wrong elsewhere.
  private var eventTypes: Set<String> = []

  mutating func read(_ root: YAMLNode) {
    let keys = ["tiers", "rules", "campaigns", "campaigns_per_event", "expiry", "reinstatement_grace"]
    guard reader.isMapping(root, "the rules", of: keys) else { return }
    expiry = reader.value("expiry", of: root, RuleText.expiryExpectation, RuleText.expiry) ?? .never
    let days = reader.value("reinstatement_grace", of: root, "days, for example \"30d\", at most 3650d") { node in
      node.string.flatMap(CalendarPeriod.init).flatMap { $0.unit == .day && $0.count <= 3_650 ? $0.count : nil }
    }
    if let days { grace = .seconds(days * 86_400) }
    campaignsPerEvent = Int(reader.number("campaigns_per_event", of: root, 1...10) ?? 1)
    for node in reader.items("tiers", of: root, atMost: 20) { tier(node) }
    if tiers.isEmpty { tiers = TierLadder().tiers }
    for node in reader.items("rules", of: root, atMost: 1_000) { rule(node) }
    for node in reader.items("campaigns", of: root, atMost: 1_000) { campaign(node) }
    if rules.isEmpty, campaigns.isEmpty, reader.problems.isEmpty {
      reader.refuse(root, "there are no rules: nobody would earn anything. Give at least one under \"rules\".")
    }
  }

  // MARK: Tiers

  private mutating func tier(_ node: YAMLNode) {
    guard reader.isMapping(node, "a tier", of: ["id", "threshold", "names"]) else { return }
    let id = reader.required("id", of: node, RuleText.idExpectation, RuleText.id)
    let threshold = reader.number("threshold", of: node, 0...Self.most)
    if let last = tiers.last {
      if let id, tiers.contains(where: { $0.id == id }) { reader.refuse(node, "there are two tiers \"\(id)\".") }
      if node["threshold"] == nil {
        reader.refuse(
          node, "threshold is missing; it takes the points of a rolling year from which the tier is reached.")
      } else if let threshold, threshold <= last.threshold {
        reader.refuse(node, "the threshold \(threshold) is not above \(last.threshold), that of the tier before.")
      }
    } else if let threshold, threshold != 0 {
      reader.refuse(node, "the first tier is everybody's: its threshold is 0.")
    }
    guard let id else { return }
    tiers.append(TierLadder.Tier(id: id, threshold: threshold ?? tiers.last?.threshold ?? 0, names: names(node)))
  }

  private mutating func names(_ tier: YAMLNode) -> [String: String] {
    guard let node = tier["names"] else { return [:] }
    guard let entries = node.entries else {
      reader.refuse(node, "names takes a name for each language, for example {en: Silver, de: Silber}.")
      return [:]
    }
    for entry in entries where !RuleText.language(entry.key) {
      reader.refuse(entry.keyNode, "\"\(entry.key)\" is no language; it takes for example \"en\" or \"de-AT\".")
    }
    return entries.reduce(into: [:]) { names, entry in
      names[entry.key] = reader.value(entry.key, of: node, "a name of up to 60 characters") { value in
        value.string.flatMap { (1...60).contains($0.count) ? $0 : nil }
      }
    }
  }

  // MARK: Rules

  private mutating func rule(_ node: YAMLNode) {
    let keys = [
      "id", "event_type", "points", "points_per", "minimum_amount", "maximum_amount", "tier_multipliers", "caps",
      "qualifying", "expiry",
    ]
    guard reader.isMapping(node, "a rule", of: keys) else { return }
    let id = newID(node)
    let type = reader.required("event_type", of: node, RuleText.eventTypeExpectation, RuleText.eventType)
    if let type { eventTypes.insert(type) }
    let points = points(node)
    let amounts = amounts(node)
    let multipliers = multipliers(node)
    let caps = caps(node)
    let isQualifying = reader.value("qualifying", of: node, "true or false", \.bool)
    let expiry = reader.value("expiry", of: node, RuleText.expiryExpectation, RuleText.expiry)
    guard let id, let type, let points else { return }
    var rule = EarningRule(id: id, eventType: type, points: points)
    rule.amounts = amounts
    rule.multipliers = multipliers
    rule.caps = caps
    rule.isQualifying = isQualifying ?? true
    rule.expiry = expiry
    if let other = rules.first(where: { $0.eventType == type && $0.expiry != expiry }) {
      reader.refuse(
        node["expiry"] ?? node,
        "the points of one event expire together: the rules \"\(other.id)\" and \"\(id)\" for \"\(type)\" need the same expiry."
      )
    }
    rules.append(rule)
  }

  private mutating func newID(_ node: YAMLNode) -> String? {
    guard let id = reader.required("id", of: node, RuleText.idExpectation, RuleText.id) else { return nil }
    if let line = lines.updateValue(node.position.line, forKey: id) {
      reader.refuse(node["id"] ?? node, "the id \"\(id)\" is taken by the one on line \(line).")
    }
    return id
  }

  private mutating func points(_ node: YAMLNode) -> EarningRule.Points? {
    switch reader.either("points", or: "points_per", of: node, "a rule") {
    case "points": return reader.number("points", of: node, 1...Self.most).map { .fixed($0) }
    case "points_per":
      guard let per = node["points_per"], reader.isMapping(per, "points_per", of: ["points", "amount"]) else {
        return nil
      }
      for key in ["points", "amount"] where per[key] == nil {
        reader.refuse(per, "\(key) is missing; points_per takes for example {points: 1, amount: 100}.")
      }
      guard let points = reader.number("points", of: per, 1...Self.most),
        let amount = reader.number("amount", of: per, 1...Self.most)
      else { return nil }
      return .perAmount(Fraction(UInt64(points), of: UInt64(amount)))
    default: return nil
    }
  }

  private mutating func amounts(_ node: YAMLNode) -> ClosedRange<Int64>? {
    let minimum = reader.number("minimum_amount", of: node, 0...Self.most)
    let maximum = reader.number("maximum_amount", of: node, 0...Self.most)
    guard minimum != nil || maximum != nil else { return nil }
    let (least, most) = (minimum ?? 0, maximum ?? Int64.max)
    guard least <= most else {
      reader.refuse(node["maximum_amount"] ?? node, "maximum_amount \(most) is below minimum_amount \(least).")
      return nil
    }
    return least...most
  }

  private mutating func multipliers(_ node: YAMLNode) -> [String: Fraction] {
    guard let node = node["tier_multipliers"] else { return [:] }
    guard let entries = node.entries else {
      reader.refuse(node, "tier_multipliers takes a number for each tier, for example {silver: 1.25, gold: 1.5}.")
      return [:]
    }
    return entries.reduce(into: [:]) { multipliers, entry in
      check(tier: entry.key, at: entry.keyNode)
      multipliers[entry.key] = reader.value(
        entry.key, of: node, RuleText.multiplierExpectation, RuleText.multiplier)
    }
  }

  private mutating func check(tier: String, at node: YAMLNode) {
    let known = tiers.map(\.id)
    guard !known.contains(tier) else { return }
    reader.refuse(
      node,
      "there is no tier \"\(tier)\"; there are \(known.joined(separator: ", ")).\(nearestNameHint(for: tier, among: known))"
    )
  }

  private mutating func caps(_ node: YAMLNode) -> PointCaps {
    guard let node = node["caps"],
      reader.isMapping(node, "caps", of: ["per_event", "per_day", "per_customer"])
    else { return PointCaps() }
    return PointCaps(
      perEvent: reader.number("per_event", of: node, 1...Self.most),
      perDay: reader.number("per_day", of: node, 1...Self.most),
      perCustomer: reader.number("per_customer", of: node, 1...Self.most))
  }

  // MARK: Campaigns

  private mutating func campaign(_ node: YAMLNode) {
    let keys = ["id", "event_types", "from", "until", "multiplier", "bonus", "tiers", "caps", "qualifying"]
    guard reader.isMapping(node, "a campaign", of: keys) else { return }
    let id = newID(node)
    let types = eventTypes(node)
    let times = times(node)
    let gift = gift(node)
    for item in reader.items("tiers", of: node, atMost: 20) { check(tier: item.string ?? "", at: item) }
    let tiers = node["tiers"]?.items.map { Set($0.compactMap(\.string)) }
    let caps = caps(node)
    let isQualifying = reader.value("qualifying", of: node, "true or false", \.bool)
    guard let id, let times, let gift else { return }
    var campaign = Campaign(id: id, eventTypes: types, times: times, gift: gift)
    campaign.tiers = tiers
    campaign.caps = caps
    campaign.isQualifying = isQualifying ?? false
    campaigns.append(campaign)
  }

  /// What is multiplied has to be there: only a bonus may be for an event that no rule is for.
  private mutating func eventTypes(_ node: YAMLNode) -> Set<String> {
    let known = eventTypes
    guard node["event_types"] != nil else { return known }
    var types: Set<String> = []
    for item in reader.items("event_types", of: node, atMost: 100) {
      guard let type = RuleText.eventType(item) else {
        reader.refuse(item, "an event type takes \(RuleText.eventTypeExpectation).")
        continue
      }
      types.insert(type)
      if node["multiplier"] != nil, !known.contains(type) {
        reader.refuse(
          item,
          "no rule gives points for \"\(type)\" that could be multiplied.\(nearestNameHint(for: type, among: known))")
      }
    }
    return types
  }

  private mutating func times(_ node: YAMLNode) -> Range<Timestamp>? {
    let expectation = "a day or a time, for example 2026-11-27 or 2026-11-27T08:00:00+01:00"
    let start = reader.required("from", of: node, expectation, RuleText.time)
    let end = reader.required("until", of: node, expectation, RuleText.end)
    guard let start, let end else { return nil }
    guard start < end else {
      reader.refuse(node["until"] ?? node, "the campaign is over before it begins.")
      return nil
    }
    return start..<end
  }

  private mutating func gift(_ node: YAMLNode) -> Campaign.Gift? {
    switch reader.either("multiplier", or: "bonus", of: node, "a campaign") {
    case "multiplier":
      let factor = reader.value("multiplier", of: node, "a number above 1 and at most 100, for example 2 or 1.5") {
        RuleText.multiplier($0).flatMap { $0.isAboveOne ? $0.beyondOne : nil }
      }
      return factor.map { .extra($0) }
    case "bonus": return reader.number("bonus", of: node, 1...Self.most).map { .bonus($0) }
    default: return nil
    }
  }
}
