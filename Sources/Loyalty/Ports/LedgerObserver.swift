import Resilience

/// What the ledger tells whoever counts.
package struct LedgerObserver: Sendable {
  /// A commit, with how many transactions of each type it carried.
  package var committed: @Sendable ([EntryType: Int]) -> Void = { _ in }
  /// Somebody was sent away because too many wait.
  package var overloaded: @Sendable () -> Void = {}
  /// The breaker between the ledger and its database entered a state.
  package var breakerMoved: @Sendable (CircuitBreaker.State) -> Void = { _ in }

  package init() {}
}
