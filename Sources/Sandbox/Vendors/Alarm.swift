import Core
import Synchronization

/// Rings once, at the soonest of the moments it was set to. One task waits at most, and none once it is gone.
final class Alarm: Sendable {
  private struct State {
    var due: Duration?
    var waiting: Task<Void, Never>?
    var isStopped = false
  }

  private let time: any TimeSource
  private let state = Mutex(State())

  init(time: any TimeSource) {
    self.time = time
  }

  deinit { stop() }

  /// - Parameters:
  ///   - due: on `TimeSource.uptime`. Later than what it is set to already: nothing happens, as `ring` is expected to set
  ///     it anew.
  ///   - ring: must not keep whoever owns the alarm.
  func set(_ due: Duration, ring: @escaping @Sendable () -> Void) {
    state.withLock { state in
      guard !state.isStopped, due < state.due ?? .seconds(Int64.max) else { return }
      state.waiting?.cancel()
      state.due = due
      state.waiting = Task { [weak self, time] in
        do { try await time.sleep(for: due - time.uptime) } catch { return }
        if self?.isDue(due) == true { ring() }
      }
    }
  }

  func stop() {
    state.withLock { state in
      state.isStopped = true
      state.waiting?.cancel()
      state.waiting = nil
    }
  }

  /// False when it was set to a sooner moment, or stopped, while this one was under way.
  private func isDue(_ due: Duration) -> Bool {
    state.withLock { state in
      guard state.due == due, !state.isStopped else { return false }
      state.due = nil
      state.waiting = nil
      return true
    }
  }
}
