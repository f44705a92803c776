import Glibc
import Synchronization

/// Where time comes from. Everything that asks what time it is, or waits, is given one of these.
package protocol TimeSource: Sendable {
  /// Wall-clock time. May jump when the machine's clock is set.
  var now: Timestamp { get }
  /// Time since an arbitrary start. Never goes back; the measure of deadlines, leases and durations.
  var uptime: Duration { get }
  /// Waits on `uptime`. Throws `CancellationError` when the task is cancelled.
  func sleep(for duration: Duration) async throws
}

/// The machine's clocks.
package struct SystemTime: TimeSource {
  package init() {}

  package var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }

  package var uptime: Duration {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Duration(
      secondsComponent: Int64(time.tv_sec), attosecondsComponent: Int64(time.tv_nsec) * 1_000_000_000)
  }

  package func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration)
  }
}

/// Time that moves only when told to, for tests and for vendors simulated by seed.
package final class ManualTime: TimeSource {
  private struct State {
    var now: Timestamp
    var uptime: Duration = .zero
    var sleepers: [(id: UInt64, due: Duration, wake: CheckedContinuation<Void, any Error>)] = []
    var nextID: UInt64 = 0
  }

  private let state: Mutex<State>

  package init(now: Timestamp = Timestamp(seconds: 1_795_000_000)) {
    state = Mutex(State(now: now))
  }

  package var now: Timestamp { state.withLock { $0.now } }
  package var uptime: Duration { state.withLock { $0.uptime } }
  /// How many tasks wait, so that a test can advance only once they do.
  package var sleeperCount: Int { state.withLock { $0.sleepers.count } }

  package func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.now = state.now + duration
      state.uptime += duration
      let uptime = state.uptime
      let due = state.sleepers.filter { $0.due <= uptime }
      state.sleepers.removeAll { $0.due <= uptime }
      return due
    }
    for sleeper in due { sleeper.wake.resume() }
  }

  /// Sets the wall clock alone, as an operator or NTP would: `uptime` does not move.
  package func jump(to now: Timestamp) {
    state.withLock { $0.now = now }
  }

  package func sleep(for duration: Duration) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (wake: CheckedContinuation<Void, any Error>) in
        let resumeNow: Result<Void, any Error>? = state.withLock { state in
          if Task.isCancelled { return .failure(CancellationError()) }
          if duration <= .zero { return .success(()) }
          state.sleepers.append((id, state.uptime + duration, wake))
          return nil
        }
        if let resumeNow { wake.resume(with: resumeNow) }
      }
    } onCancel: {
      let cancelled = state.withLock { state in
        state.sleepers.firstIndex { $0.id == id }.map { state.sleepers.remove(at: $0) }
      }
      cancelled?.wake.resume(throwing: CancellationError())
    }
  }
}
