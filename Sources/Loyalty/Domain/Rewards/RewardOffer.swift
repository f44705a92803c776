import Core

/// A reward as one customer may have it.
package struct RewardOffer: Sendable, Hashable {
  /// Why not, in the order in which it is said.
  package enum Obstacle: String, Sendable, Hashable, CaseIterable {
    case over
    case notYet = "not_yet"
    case tierTooLow = "tier_too_low"
    case outOfStock = "out_of_stock"
    case limitReached = "limit_reached"
    case insufficientPoints = "insufficient_points"
  }

  package enum StockLevel: String, Sendable, Hashable {
    case plenty, low, out
  }

  /// Up to so many, it is said that there are few.
  static let lowStock: Int64 = 20

  package let reward: Reward
  /// What is left: of the reward, and of its codes where it cannot be had without; nil for no limit.
  package let stock: Int64?
  /// How many more this customer may have; nil for no limit.
  package let limitLeft: Int64?
  /// Those of the reward that this session can use.
  package let methods: [FulfilmentMethod]
  package let obstacle: Obstacle?

  /// - Parameters:
  ///   - freeCodes: of its pool.
  ///   - taken: how many this customer has had.
  ///   - hasAddress: whether the session can be sent mail.
  init(
    _ reward: Reward, freeCodes: Int64, taken: Int64, available: Int64, tier: String, ladder: TierLadder,
    hasAddress: Bool, now: Timestamp
  ) {
    self.reward = reward
    methods = reward.methods.filter { $0 != .email || hasAddress }
    let needsCode = methods.allSatisfy { reward.takesCode(by: $0) }
    stock = needsCode ? min(reward.stock ?? freeCodes, freeCodes) : reward.stock
    limitLeft = reward.limitPerCustomer.map { max(0, $0 - taken) }
    obstacle =
      if let end = reward.availableUntil, end <= now {
        .over
      } else if let start = reward.availableFrom, start > now {
        .notYet
      } else if let wanted = reward.tier, !ladder.isAtLeast(tier, wanted) {
        .tierTooLow
      } else if stock == 0 {
        .outOfStock
      } else if limitLeft == 0 {
        .limitReached
      } else if available < reward.pointCost {
        .insufficientPoints
      } else {
        nil
      }
  }

  package var stockLevel: StockLevel {
    switch stock {
    case 0: .out
    case let left? where left <= Self.lowStock: .low
    default: .plenty
    }
  }
}
