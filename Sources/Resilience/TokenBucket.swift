/// Allows `rate` calls per period with a burst, and says when the next one may be made.
///
/// Kept as the generic cell rate algorithm (ITU-T I.371): one time instead of a count that must be refilled, and no
/// rounding. A pure value on `TimeSource.uptime`; keep it under a `Mutex`.
package struct TokenBucket: Sendable, Hashable {
  /// What one token takes to come back.
  private let interval: Duration
  private let burst: Int
  /// When the bucket is full again.
  private var full: Duration = .zero

  /// - Parameter burst: how many tokens a full bucket holds; at least 1.
  package init(rate: Int, per period: Duration, burst: Int) {
    precondition(rate > 0 && period > .zero && burst > 0, "a bucket holds at least one token that comes back")
    interval = period / rate
    self.burst = burst
  }

  /// Takes tokens if there are enough, and otherwise none.
  ///
  /// - Parameter count: more than the bucket holds counts as all of it.
  /// - Returns: nil when they were taken; otherwise when there will be enough.
  package mutating func take(_ count: Int = 1, now: Duration) -> Duration? {
    let fullAfter = max(full, now) + interval * min(count, burst)
    let wait = fullAfter - interval * burst - now
    guard wait <= .zero else { return wait }
    full = fullAfter
    return nil
  }

  /// Whole tokens in the bucket.
  package func available(now: Duration) -> Int {
    let missing = max(full - now, .zero)
    return burst - Int((missing / interval).rounded(.up))
  }
}
