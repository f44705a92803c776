import Core

/// The points that Shopify lets one app spend at one shop: a bucket that fills steadily. Nothing is hard-coded; all is
/// learnt from the answers. A pure state machine on `TimeSource.uptime`.
struct ShopifyBudget {
  /// `extensions.cost` of an answer.
  struct Cost: Hashable {
    let requested: Double
    let available: Double
    let maximum: Double
    /// Points a second.
    let restoreRate: Double
  }

  private struct Bucket {
    var available: Double
    var maximum: Double
    var restoreRate: Double
    var at: Duration

    func points(now: Duration) -> Double {
      min(maximum, available + max(0, (now - at).secondsApproximately) * restoreRate)
    }
  }

  private var bucket: Bucket?
  /// What each query asks for, as Shopify counts it.
  private var costs: [String: Double] = [:]

  mutating func observe(_ cost: Cost, of query: String, now: Duration) {
    costs[query] = cost.requested
    guard cost.restoreRate > 0 else { return }
    bucket = Bucket(available: cost.available, maximum: cost.maximum, restoreRate: cost.restoreRate, at: now)
  }

  /// How long to wait before the query is made; zero while nothing is known. Takes the points when the wait is no longer
  /// than `longest`, so that several look-ups at once do not count on the same ones.
  mutating func reserve(_ query: String, longest: Duration, now: Duration) -> Duration {
    let wait = wait(for: [query], now: now)
    if wait <= longest, let cost = costs[query], let bucket {
      self.bucket?.available = bucket.points(now: now) - cost
      self.bucket?.at = now
    }
    return wait
  }

  /// How long until the points for all of these are there, or the bucket is full.
  func wait(for queries: [String], now: Duration) -> Duration {
    guard let bucket else { return .zero }
    let needed = queries.reduce(0) { $0 + (costs[$1] ?? 0) }
    let missing = min(needed, bucket.maximum) - bucket.points(now: now)
    // A little more than needed, as Shopify counts whole points.
    return missing > 0 ? .milliseconds(Int64(missing / bucket.restoreRate * 1_000) + 20) : .zero
  }
}
