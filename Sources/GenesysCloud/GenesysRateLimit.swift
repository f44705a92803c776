import Core

/// How many more requests Genesys Cloud takes in the present minute, as its answers tell (`inin-ratelimit-count`,
/// `-allowed`, `-reset`). Stops short of the limit, since the rest of the organisation's use of the same client counts
/// too. A pure state machine on `TimeSource.uptime`.
struct GenesysRateLimit {
  private struct Window {
    var allowed: Int
    /// What the answers counted, and what was sent since.
    var used: Int
    var ends: Duration
  }

  private var window: Window?
  private var pausedUntil: Duration = .zero

  /// Zero when a request may be sent now, which is then counted; otherwise how long to wait.
  mutating func admit(now: Duration) -> Duration {
    if now < pausedUntil { return pausedUntil - now }
    guard let window, now < window.ends else {
      window = nil
      return .zero
    }
    guard window.used < window.allowed - Self.reserve(of: window.allowed) else { return window.ends - now }
    self.window?.used += 1
    return .zero
  }

  /// - Parameter reset: until the window ends.
  mutating func observe(count: Int, allowed: Int, reset: Duration, now: Duration) {
    guard allowed > 0 else { return }
    let ends = now + reset
    if let window, now < window.ends, abs((ends - window.ends).secondsApproximately) < 2 {
      // Answers overtake each other: the highest count is the latest.
      self.window = Window(allowed: allowed, used: max(count, window.used), ends: max(ends, window.ends))
    } else {
      window = Window(allowed: allowed, used: count, ends: ends)
    }
  }

  /// After a 429.
  mutating func pause(for wait: Duration, now: Duration) {
    pausedUntil = max(pausedUntil, now + wait)
  }

  /// One in twenty, at least one.
  private static func reserve(of allowed: Int) -> Int { allowed > 1 ? max(1, allowed / 20) : 0 }
}
