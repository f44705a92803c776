import Synchronization

/// Wakes one waiting task; raised while nobody waits, it lets the next one through.
package final class Signal: Sendable {
  private struct State {
    var isRaised = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  package init() {}

  package func raise() {
    let waiter = state.withLock { state in
      defer { state.waiter = nil }
      if state.waiter == nil { state.isRaised = true }
      return state.waiter
    }
    waiter?.resume()
  }

  package func wait() async {
    await withCheckedContinuation { continuation in
      let goesOn = state.withLock { state in
        defer { state.isRaised = false }
        if !state.isRaised { state.waiter = continuation }
        return state.isRaised
      }
      if goesOn { continuation.resume() }
    }
  }
}
