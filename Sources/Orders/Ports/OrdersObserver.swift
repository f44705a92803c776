import Resilience

/// What is counted. Closures, so that this feature knows no metric format; each is called on the path of a request and
/// must be quick.
package struct OrdersObserver: Sendable {
  package enum LookUp: String, Sendable, CaseIterable {
    case live, cached, shared, stale, unknown, refused, failed
  }

  package enum UpstreamCall: String, Sendable, CaseIterable {
    case found, unknown, timedOut = "timed_out", unavailable, throttled, unauthorized, abandoned
  }

  package enum Errand: String, Sendable, CaseIterable {
    case callback, text
  }

  /// One look-up was answered, from where.
  package var lookedUp: @Sendable (LookUp) -> Void = { _ in }
  /// One call of a platform ended, after how long.
  package var called: @Sendable (_ platform: String, UpstreamCall, Duration) -> Void = { _, _, _ in }
  package var breakerMoved: @Sendable (_ platform: String, CircuitBreaker.State) -> Void = { _, _ in }
  package var errandMoved: @Sendable (Errand, ErrandState) -> Void = { _, _ in }

  package init() {}
}
