/// What rewards and the portal tell whoever counts.
package struct RewardsObserver: Sendable {
  /// What came of a wish for a reward.
  package enum Redemption: String, Sendable, CaseIterable {
    /// It has a receipt.
    case confirmed
    /// The same was asked for before, and its receipt shown again.
    case repeated
    /// It could not be fulfilled, after it had been confirmed: the points are back.
    case givenBack = "given_back"
    // Refused: as the codes of the problems, and one for what the ledger itself refuses.
    case sessionEnded = "session_ended"
    case rewardNotFound = "reward_not_found"
    case notAvailable = "reward_not_available"
    case methodUnknown = "fulfillment_method_unknown"
    case priceChanged = "price_changed"
    case tierTooLow = "tier_too_low"
    case outOfStock = "out_of_stock"
    case limitReached = "limit_reached"
    case insufficientPoints = "insufficient_points"
    case balanceChanged = "balance_changed"
    case ledgerRefused = "ledger_refused"
  }

  package enum Session: String, Sendable, CaseIterable {
    case opened
    /// Ended before its time.
    case revoked
    /// A token was shown that is over, ended or none, or too many of those came from there.
    case refused
  }

  package var redemption: @Sendable (Redemption) -> Void = { _ in }
  package var session: @Sendable (Session) -> Void = { _ in }

  package init() {}
}

extension RewardsObserver.Redemption {
  init(_ refusal: Redeem.Refusal) {
    self =
      switch refusal {
      case .sessionEnded: .sessionEnded
      case .rewardNotFound: .rewardNotFound
      case .notAvailable: .notAvailable
      case .methodUnknown: .methodUnknown
      case .priceChanged: .priceChanged
      case .tierTooLow: .tierTooLow
      case .tooLate(.outOfStock): .outOfStock
      case .tooLate(.limitReached): .limitReached
      case .tooLate: .insufficientPoints
      case .balanceChanged: .balanceChanged
      case .ledger: .ledgerRefused
      }
  }
}
