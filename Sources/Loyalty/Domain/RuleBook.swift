import Core

/// One version of the programme's rules: what earns how many points, which tiers there are, when points expire.
package struct RuleBook: Sendable, Hashable {
  /// From 1; 0 for the rules of a ledger that was given none.
  package var version: Int64
  package var tiers = TierLadder()
  package var expiry = LotExpiry.never
  /// How long points that come back (a reversal, a hold that is released) can be spent at least.
  package var reinstatementGrace = Duration.seconds(30 * 86_400)
  /// All that are for an event give, each on its own.
  package var rules: [EarningRule] = []
  /// In the order in which they are tried.
  package var campaigns: [Campaign] = []
  /// How many campaigns may give for one event.
  package var campaignsPerEvent = 1

  package init(version: Int64 = 0) {
    self.version = version
  }
}

/// How many points a kind of event earns, always.
package struct EarningRule: Sendable, Hashable {
  package enum Points: Sendable, Hashable {
    case fixed(Int64)
    /// So many points for each unit of the amount, rounded down.
    case perAmount(Fraction)
  }

  package let id: String
  package let eventType: String
  package var points: Points
  /// Amounts it is for; an event without an amount is none of them.
  package var amounts: ClosedRange<Int64>?
  /// By tier; 1 where there is none.
  package var multipliers: [String: Fraction] = [:]
  package var caps = PointCaps()
  /// Whether its points count for the tier.
  package var isQualifying = true
  /// Instead of the programme's; the same for all rules of an event type.
  package var expiry: LotExpiry?

  package init(id: String, eventType: String, points: Points) {
    self.id = id
    self.eventType = eventType
    self.points = points
  }
}

/// More points for a time.
package struct Campaign: Sendable, Hashable {
  package enum Gift: Sendable, Hashable {
    /// On top of what the rules give, so many times that again: 1 doubles it.
    case extra(Fraction)
    case bonus(Int64)
  }

  package let id: String
  package var eventTypes: Set<String>
  /// From the first moment, up to the second and without it.
  package var times: Range<Timestamp>
  package var gift: Gift
  /// Nil for all.
  package var tiers: Set<String>?
  package var caps = PointCaps()
  package var isQualifying = false

  package init(id: String, eventTypes: Set<String>, times: Range<Timestamp>, gift: Gift) {
    self.id = id
    self.eventTypes = eventTypes
    self.times = times
    self.gift = gift
  }
}

/// The most that a rule or a campaign gives to one customer; nil for no limit.
package struct PointCaps: Sendable, Hashable {
  package var perEvent: Int64?
  /// By the day in UTC on which the points are given.
  package var perDay: Int64?
  /// Ever.
  package var perCustomer: Int64?

  package init(perEvent: Int64? = nil, perDay: Int64? = nil, perCustomer: Int64? = nil) {
    self.perEvent = perEvent
    self.perDay = perDay
    self.perCustomer = perCustomer
  }

  /// What is left of `points` under the caps, after what was used before.
  func limit(_ points: Int64, after use: LedgerAccount.RuleUse?, on day: Int64) -> Int64 {
    let today = use.map { $0.day == day ? $0.onDay : 0 } ?? 0
    let rest = [perEvent, perDay.map { $0 - today }, perCustomer.map { $0 - (use?.total ?? 0) }].compactMap { $0 }
    return max(0, rest.reduce(points, min))
  }
}
