import Core

/// One version of the programme's rules: what earns how many points, which tiers there are, when points expire.
package struct RuleBook: Sendable, Hashable {
  /// From 1; 0 for the rules of a ledger that was given none.
  package var version: Int64
  package var tiers = TierLadder()
  package var expiry = LotExpiry.never
  /// How long points that come back (a reversal, a hold that is released) can be spent at least.
  package var reinstatementGrace = Duration.seconds(30 * 86_400)

  package init(version: Int64 = 0) {
    self.version = version
  }

  /// What an event earns.
  package struct Award: Sendable, Hashable {
    package var points: Int64
    package var qualifying: Int64
    package var rules: [RuleAward]
    package var expiresAt: Timestamp?
  }

  /// - Throws: `LedgerRefusal.noRule`.
  package func award(
    _ event: EarningEvent, to account: LedgerAccount, at now: Timestamp
  ) throws(LedgerRefusal) -> Award {
    throw .noRule
  }
}

/// When points expire that come at a time.
package enum LotExpiry: Sendable, Hashable {
  case never

  package func date(of arrival: Timestamp) -> Timestamp? { nil }
}

/// The tiers, by points earned in a rolling year.
package struct TierLadder: Sendable, Hashable {
  package struct Tier: Sendable, Hashable {
    package var id: String
    /// Points of a rolling year from which it is reached.
    package var threshold: Int64
    /// By language.
    package var names: [String: String]

    package init(id: String, threshold: Int64, names: [String: String] = [:]) {
      self.id = id
      self.threshold = threshold
      self.names = names
    }
  }

  /// By threshold; the first is everybody's and has 0.
  package let tiers: [Tier]

  package init(_ tiers: [Tier] = []) {
    let sorted = tiers.sorted { $0.threshold < $1.threshold }
    self.tiers = sorted.first?.threshold == 0 ? sorted : [Tier(id: "member", threshold: 0)] + sorted
  }

  package func tier(for earned: Int64) -> Tier { tiers.last { $0.threshold <= earned } ?? tiers[0] }

  package func next(after earned: Int64) -> Tier? { tiers.first { $0.threshold > earned } }

  /// Whether `id` is at least as high as `other`; a tier that is not known is below all.
  package func isAtLeast(_ id: String, _ other: String) -> Bool {
    guard let wanted = tiers.firstIndex(where: { $0.id == other }) else { return false }
    return (tiers.firstIndex { $0.id == id } ?? -1) >= wanted
  }
}
