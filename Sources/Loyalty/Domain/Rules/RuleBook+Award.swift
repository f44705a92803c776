import Core

extension RuleBook {
  /// What an event earns.
  package struct Award: Sendable, Hashable {
    package var points: Int64
    package var qualifying: Int64
    package var rules: [RuleAward]
    package var expiresAt: Timestamp?
  }

  /// Counts what an event earns: first every rule of its type, then the campaigns in their order, up to
  /// `campaignsPerEvent` of them. A multiplier is of what the rules gave together, so two campaigns add up and do not
  /// multiply each other. Each division rounds down; a cap cuts what is above it.
  ///
  /// - Parameter now: the time of the transaction: caps and the tier are of its day. Campaigns ask when the event occurred.
  /// - Throws: `LedgerRefusal.noRule` where nothing is given, `.outOfRange` for more than an account holds.
  package func award(
    _ event: EarningEvent, to account: LedgerAccount, at now: Timestamp
  ) throws(LedgerRefusal) -> Award {
    let day = now.day
    let tier = tiers.tier(for: account.earned(inYearTo: day)).id
    var award = Award(points: 0, qualifying: 0, rules: [], expiresAt: expiry(of: event.type).date(of: now))
    for rule in rules where rule.isFor(event) {
      let points = try rule.points(for: event, tier: tier)
      try award.add(points, by: rule.id, rule.caps, isQualifying: rule.isQualifying, account, on: day)
    }
    let base = award.points
    var rest = campaignsPerEvent
    for campaign in campaigns where rest > 0 && campaign.isFor(event, tier: tier) {
      let points = try campaign.points(on: base)
      if try award.add(
        points, by: campaign.id, campaign.caps, isQualifying: campaign.isQualifying, account, on: day)
      {
        rest -= 1
      }
    }
    guard award.points > 0 else { throw .noRule }
    return award
  }

  /// The same for all rules of an event type, as the points of a transaction are one lot.
  private func expiry(of eventType: String) -> LotExpiry {
    rules.first { $0.eventType == eventType && $0.expiry != nil }?.expiry ?? expiry
  }
}

extension RuleBook.Award {
  /// - Returns: whether anything was left to give.
  @discardableResult
  fileprivate mutating func add(
    _ given: Int64, by rule: String, _ caps: PointCaps, isQualifying: Bool, _ account: LedgerAccount, on day: Int64
  ) throws(LedgerRefusal) -> Bool {
    let given = caps.limit(given, after: account.uses.first { $0.rule == rule }, on: day)
    guard given > 0 else { return false }
    let (sum, overflows) = points.addingReportingOverflow(given)
    guard !overflows, sum <= 1 << 53 else { throw .outOfRange }
    points = sum
    if isQualifying { qualifying += given }
    rules.append(RuleAward(rule: rule, points: given))
    return true
  }
}

extension EarningRule {
  fileprivate func isFor(_ event: EarningEvent) -> Bool {
    guard event.type == eventType else { return false }
    if let amounts { return event.amount.map(amounts.contains) ?? false }
    return true
  }

  fileprivate func points(for event: EarningEvent, tier: String) throws(LedgerRefusal) -> Int64 {
    let base: Int64?
    switch points {
    case .fixed(let points): base = points
    case .perAmount(let fraction): base = fraction.of(max(0, event.amount ?? 0))
    }
    guard let base, let points = (multipliers[tier] ?? .one).of(base) else { throw .outOfRange }
    return points
  }
}

extension Campaign {
  fileprivate func isFor(_ event: EarningEvent, tier: String) -> Bool {
    times.contains(event.occurredAt) && eventTypes.contains(event.type) && tiers?.contains(tier) ?? true
  }

  fileprivate func points(on base: Int64) throws(LedgerRefusal) -> Int64 {
    switch gift {
    case .bonus(let points): return points
    case .extra(let fraction):
      guard let points = fraction.of(base) else { throw .outOfRange }
      return points
    }
  }
}
