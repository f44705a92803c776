import Core
import Synchronization

/// What the simulated vendors allow. The defaults are the vendors' own where they publish one.
package struct SandboxLimits: Sendable, Hashable {
  /// The guide names no figure; 600 a token bites within a second of a loop without limits and lets a contact centre live.
  package var guideShopRequestsPerMinute = 600
  /// After how long the merchant allows a return and gives it an RMA number. A return that is to be decided by hand
  /// needs a long time.
  package var guideShopDecidesAfterMilliseconds = 2_000
  /// 0: the shop knows the guide's fields alone, no `external_reference` and no `Idempotency-Key`.
  package var guideShopKeepsReferences = 1
  /// Genesys Cloud: `client.credentials.token.rate.per.minute`.
  package var genesysRequestsPerMinute = 300
  /// `accessTokenValiditySeconds` of an OAuth client of Genesys Cloud, for tokens from now on.
  package var genesysTokenSeconds = 86_400
  /// Shopify's GraphQL throttle on a standard plan: 100 points a second, 2,000 at most.
  package var shopifyPoints = 2_000
  package var shopifyPointsPerSecond = 100
  /// Shopify's legacy REST: a bucket of 40 calls that empties by 2 a second.
  package var shopifyCalls = 40
  package var shopifyCallsPerSecond = 2
  /// So many of the next updates of a commercetools order come too late: somebody else has changed it just before.
  package var commercetoolsConflicts = 0

  package init() {}
}

/// The limits in force; may be changed while vendors serve.
final class LimitBoard: Sendable {
  private let limits: Mutex<SandboxLimits>

  init(_ limits: SandboxLimits) {
    self.limits = Mutex(limits)
  }

  var value: SandboxLimits {
    get { limits.withLock { $0 } }
    set { limits.withLock { $0 = newValue } }
  }

  /// Counts one down.
  ///
  /// - Returns: whether there was one.
  func take(_ field: WritableKeyPath<SandboxLimits, Int>) -> Bool {
    limits.withLock { limits in
      guard limits[keyPath: field] > 0 else { return false }
      limits[keyPath: field] -= 1
      return true
    }
  }
}

extension SandboxLimits {
  static let fields: KeyValuePairs<String, any WritableKeyPath<SandboxLimits, Int> & Sendable> = [
    "guide_shop_requests_per_minute": \.guideShopRequestsPerMinute,
    "guide_shop_decides_after_ms": \.guideShopDecidesAfterMilliseconds,
    "guide_shop_keeps_references": \.guideShopKeepsReferences,
    "genesys_requests_per_minute": \.genesysRequestsPerMinute,
    "genesys_token_seconds": \.genesysTokenSeconds,
    "shopify_points": \.shopifyPoints,
    "shopify_points_per_second": \.shopifyPointsPerSecond,
    "shopify_calls": \.shopifyCalls,
    "shopify_calls_per_second": \.shopifyCallsPerSecond,
    "commercetools_conflicts": \.commercetoolsConflicts,
  ]

  private static let mayBeZero: Set<String> = [
    "guide_shop_decides_after_ms", "guide_shop_keeps_references", "commercetools_conflicts",
  ]

  var json: JSONValue { .object(Self.fields.map { .init($0.key, .integer(self[keyPath: $0.value])) }) }

  /// Sets the members that are given.
  ///
  /// - Throws: `Problem` 422 naming the member that is wrong.
  mutating func apply(_ json: JSONValue) throws(Problem) {
    guard let members = json.members else { throw .badLimit("The body must be a JSON object.") }
    for member in members {
      guard let field = Self.fields.first(where: { $0.key == member.name })?.value else {
        throw .badLimit("\"\(member.name)\" is not known. Known: \(Self.fields.map(\.key).joined(separator: ", ")).")
      }
      let least: Int64 = Self.mayBeZero.contains(member.name) ? 0 : 1
      guard let value = member.value.integer, (least...1_000_000_000).contains(value) else {
        throw .badLimit("\"\(member.name)\" is a whole number from \(least) to 1000000000.")
      }
      self[keyPath: field] = Int(value)
    }
  }
}

extension Problem {
  fileprivate static func badLimit(_ detail: String) -> Problem {
    Problem(status: 422, code: "limit_invalid", title: "This is no limit that can be set", detail: detail)
  }
}
