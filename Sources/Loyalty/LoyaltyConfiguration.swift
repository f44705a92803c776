import Core
import Synchronization

/// What an operator may set of the ledger; the defaults are what most programmes want.
package struct LoyaltyConfiguration: Sendable, Hashable {
  /// How old a balance may be that is answered from memory: another instance, or a command line, may have posted since.
  package var balanceTTL = Duration.seconds(1)
  /// How long the database may take before a look-up is answered with what was known last (guide 3, section 2: below a
  /// second).
  package var lookUpPatience = Duration.milliseconds(800)
  /// How long a hold lasts that names no end, and at most.
  package var holdLifetime = Duration.seconds(86_400)
  package var longestHold = Duration.seconds(90 * 86_400)

  package init() {}
}

/// The configuration as it is now. What is read from it may change at any time.
package final class LiveLoyaltyConfiguration: Sendable {
  private let state: Mutex<LoyaltyConfiguration>

  package init(_ configuration: LoyaltyConfiguration) {
    state = Mutex(configuration)
  }

  package var current: LoyaltyConfiguration { state.withLock { $0 } }

  package func apply(_ next: LoyaltyConfiguration) {
    state.withLock { $0 = next }
  }
}
