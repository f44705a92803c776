import Synchronization

final class AttemptLimiter: Sendable {
  private let limit: Int
  private let window: Duration
  private let state: Mutex<[String: [Duration]]> = Mutex([:])

  init(limit: Int, window: Duration) {
    self.limit = limit
    self.window = window
  }

  func check(_ key: String, _ now: Duration) -> Duration? {
    state.withLock { state in
      let recent = (state[key] ?? []).filter { now - $0 < window }
      state[key] = recent.isEmpty ? nil : recent
      return recent.count >= limit ? window - (now - recent[0]) : nil
    }
  }

  func record(_ key: String, _ now: Duration) { state.withLock { $0[key, default: []].append(now) } }
}
