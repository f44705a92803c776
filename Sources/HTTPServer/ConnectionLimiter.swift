import Synchronization

/// What a server has counted since it started, and the connections that are open now.
package struct ServerCounters: Sendable, Hashable {
  package fileprivate(set) var open = 0
  package fileprivate(set) var accepted = 0
  /// Connections turned away because of a limit.
  package fileprivate(set) var turnedAway = 0
  /// TLS handshakes that failed.
  package fileprivate(set) var failedHandshakes = 0
  /// Times that the system had no file descriptor left for a connection.
  package fileprivate(set) var acceptFailures = 0
  /// Requests that never reached a handler.
  package fileprivate(set) var refusals: [Refusal: Int] = [:]
}

/// Counts the connections of all loops, in all and of each client.
final class ConnectionLimiter: Sendable {
  private struct State {
    var counters = ServerCounters()
    var perClient: [UInt64: Int] = [:]
    var maximum: Int
    var maximumPerClient: Int
  }

  private let state: Mutex<State>

  init(_ limits: ServerLimits) {
    state = Mutex(State(maximum: limits.connections, maximumPerClient: limits.connectionsPerAddress))
  }

  /// Counts the connections to come against other limits.
  func apply(_ limits: ServerLimits) {
    state.withLock { state in
      state.maximum = limits.connections
      state.maximumPerClient = limits.connectionsPerAddress
    }
  }

  var counters: ServerCounters { state.withLock { $0.counters } }

  /// Counts a connection in; to be followed by `release` when true.
  func admit(_ client: UInt64) -> Bool {
    state.withLock { state in
      state.counters.accepted += 1
      let own = state.perClient[client, default: 0]
      guard state.counters.open < state.maximum, own < state.maximumPerClient else {
        state.counters.turnedAway += 1
        return false
      }
      state.counters.open += 1
      state.perClient[client] = own + 1
      return true
    }
  }

  func release(_ client: UInt64) {
    state.withLock { state in
      state.counters.open -= 1
      let own = state.perClient[client, default: 1] - 1
      state.perClient[client] = own == 0 ? nil : own
    }
  }

  func note(_ refusal: Refusal) { state.withLock { $0.counters.refusals[refusal, default: 0] += 1 } }

  func noteFailedHandshake() { state.withLock { $0.counters.failedHandshakes += 1 } }

  func noteAcceptFailure() { state.withLock { $0.counters.acceptFailures += 1 } }
}
