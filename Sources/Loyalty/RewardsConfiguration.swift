import Core
import Synchronization

/// What an operator may set of rewards and the portal.
package struct RewardsConfiguration: Sendable, Hashable {
  /// How long a session of the portal lasts (guide 3, section 4: short-lived).
  package var sessionLifetime = Duration.seconds(15 * 60)
  /// The pages that may show the portal, such as `https://shop.example`.
  package var portalOrigins: [String] = []

  package init() {}

  /// Whether it has the form of an origin, as browsers send it.
  package static func isOrigin(_ text: String) -> Bool { PortalCORS.isOrigin(text) }
}

/// The configuration as it is now.
final class LiveRewardsConfiguration: Sendable {
  private let state: Mutex<RewardsConfiguration>

  init(_ configuration: RewardsConfiguration) {
    state = Mutex(configuration)
  }

  var current: RewardsConfiguration { state.withLock { $0 } }

  func apply(_ next: RewardsConfiguration) {
    state.withLock { $0 = next }
  }
}
