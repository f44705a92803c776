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
