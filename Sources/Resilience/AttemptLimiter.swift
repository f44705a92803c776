/// Counts misses per key in a sliding window and refuses a key that has had too many: order numbers guessed by one
/// caller, passwords tried for one client.
///
/// Exact, because the times of the last misses are kept. The number of keys is bounded; beyond it the key whose last miss
/// is longest ago is forgotten. A pure value on `TimeSource.uptime`; keep it under a `Mutex`.
package struct AttemptLimiter<Key: Hashable & Sendable>: Sendable {
  /// This many misses within `window` refuse the key. Both may change; after a raise, a key has the misses of the lower
  /// limit against it.
  package var limit: Int {
    didSet { precondition(limit > 0, "a limiter counts something") }
  }
  package var window: Duration
  private let maximumKeys: Int
  /// The last `limit` misses of each key, oldest first.
  private var misses: [Key: [Duration]] = [:]
  /// Every key in the order of its misses. An entry that is not the last miss of its key any more is skipped.
  private var order: [(key: Key, time: Duration)] = []
  private var orderStart = 0

  /// - Parameters:
  ///   - limit: this many misses within `window` refuse the key, such as 5.
  package init(limit: Int, window: Duration, maximumKeys: Int = 10_000) {
    precondition(limit > 0 && maximumKeys > 0, "a limiter counts something")
    self.limit = limit
    self.window = window
    self.maximumKeys = maximumKeys
  }

  package var keyCount: Int { misses.count }

  /// When the key may try again; nil if it may now.
  package func check(_ key: Key, now: Duration) -> Duration? {
    guard !misses.isEmpty, let times = misses[key], times.count >= limit else { return nil }
    let wait = times[times.count - limit] + window - now
    return wait > .zero ? wait : nil
  }

  /// Counts a miss.
  package mutating func record(_ key: Key, now: Duration) {
    var times = misses[key, default: []]
    times.append(now)
    if times.count > limit { times.removeFirst(times.count - limit) }
    misses[key] = times
    order.append((key, now))
    forget(now: now)
  }

  /// Forgets a key, such as after a success.
  package mutating func clear(_ key: Key) {
    misses[key] = nil
  }

  private mutating func forget(now: Duration) {
    while orderStart < order.count {
      let (key, time) = order[orderStart]
      let isLast = misses[key]?.last == time
      guard !isLast || time + window <= now || misses.count > maximumKeys else { break }
      if isLast { misses[key] = nil }
      orderStart += 1
    }
    // One key that misses again and again leaves entries behind the first.
    if order.count - orderStart > 4 * maximumKeys { dropOutdated() }
    if orderStart > 1_024, orderStart * 2 > order.count {
      order.removeFirst(orderStart)
      orderStart = 0
    }
  }

  private mutating func dropOutdated() {
    order = order[orderStart...].filter { misses[$0.key]?.last == $0.time }
    orderStart = 0
  }
}
