import Core

/// So many requests a minute for each key, counted in fixed windows that start with the first request: what
/// `inin-ratelimit-*` describes.
struct RateWindow: Sendable {
  struct Reading: Sendable, Hashable {
    let count: Int
    let allowed: Int
    /// Until the window ends.
    let reset: Duration
    var isOver: Bool { count > allowed }
  }

  private struct Window: Sendable {
    var start: Duration
    var count: Int
  }

  static let length = Duration.seconds(60)
  private var windows: [String: Window] = [:]

  /// Counts one request of `key`. Requests that are refused are not counted on: `count` stays at `allowed` + 1.
  mutating func count(_ key: String, allowed: Int, now: Duration) -> Reading {
    if windows.count > 1_000 { windows = windows.filter { now - $0.value.start < Self.length } }
    var window = windows[key] ?? Window(start: now, count: 0)
    if now - window.start >= Self.length { window = Window(start: now, count: 0) }
    window.count = min(window.count + 1, allowed + 1)
    windows[key] = window
    return Reading(count: window.count, allowed: allowed, reset: Self.length - (now - window.start))
  }
}

/// A bucket that fills with time: Shopify's throttle, in points or in calls.
struct LeakyBucket: Sendable {
  private var level: Double
  private var updated: Duration

  init(full capacity: Int, now: Duration) {
    level = Double(capacity)
    updated = now
  }

  mutating func available(capacity: Int, perSecond: Int, now: Duration) -> Int {
    level = min(Double(capacity), level + (now - updated).secondsApproximately * Double(perSecond))
    updated = now
    return Int(level)
  }

  mutating func take(_ amount: Int) { level -= Double(amount) }
}
