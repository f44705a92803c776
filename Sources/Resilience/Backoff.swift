import Core

/// How long to wait before the next attempt.
package enum Backoff: Sendable, Hashable {
  /// Full jitter: anything between nothing and `base` doubled with every failure, up to `cap`. Spreads many callers best
  /// (AWS Architecture Blog, "Exponential Backoff and Jitter").
  case fullJitter(base: Duration, cap: Duration)
  /// These delays in order, each up to so many percent shorter or longer; none after the last.
  case schedule([Duration], jitterPercent: Int = 20)
  /// `base` doubled with every failure up to `cap`, each 0.8 to 1.2 times as long: never almost nothing.
  case exponential(base: Duration, cap: Duration)

  /// - Parameter failures: how many attempts have failed; 1 after the first.
  /// - Returns: nil when there is to be no further attempt. Whole microseconds.
  package func delay(afterFailures failures: Int, random: any RandomSource) -> Duration? {
    switch self {
    case .fullJitter(let base, let cap):
      let most = Self.doubled(base, failures - 1, cap).wholeMicroseconds
      return .microseconds(Int64(random.number(below: UInt64(max(0, most)) + 1)))
    case .schedule(let delays, let jitter):
      guard delays.indices.contains(failures - 1) else { return nil }
      return Self.spread(delays[failures - 1], jitter, random)
    case .exponential(let base, let cap):
      return Self.spread(Self.doubled(base, failures - 1, cap), 20, random)
    }
  }

  private static func doubled(_ base: Duration, _ times: Int, _ cap: Duration) -> Duration {
    var delay = base
    // Sixty doublings exceed any cap.
    for _ in 0..<max(0, min(times, 60)) where delay < cap { delay *= 2 }
    return min(delay, cap)
  }

  private static func spread(_ delay: Duration, _ percent: Int, _ random: any RandomSource) -> Duration {
    let permille = min(max(0, percent), 100) * 10
    let factor = 1_000 - permille + Int(random.number(below: UInt64(2 * permille + 1)))
    return .microseconds(delay.wholeMicroseconds / 1_000 * Int64(factor))
  }
}
