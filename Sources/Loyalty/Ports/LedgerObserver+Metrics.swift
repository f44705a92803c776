import Resilience
import Telemetry

extension LedgerObserver {
  /// Counts everything in Prometheus metrics. All series exist from the start.
  package init(_ metrics: Metrics) {
    self.init()
    let transactions = metrics.counter(
      "ringback_ledger_transactions_total", help: "Transactions of the ledger, by type.", labels: ["type"])
    for type in EntryType.allCases { transactions.with(type.name).increment(by: 0) }
    let commits = metrics.counter(
      "ringback_ledger_commits_total", help: "Commits of the ledger; one may carry many transactions.")
    commits.increment(by: 0)
    committed = { posted in
      commits.increment()
      for (type, count) in posted { transactions.with(type.name).increment(by: count) }
    }
    let refused = metrics.counter(
      "ringback_ledger_overloaded_total", help: "Requests sent away because too many transactions waited.")
    refused.increment(by: 0)
    overloaded = { refused.increment() }

    let states = metrics.gauge(
      "ringback_circuit_breaker_state", help: "1 for the state that the breaker is in.", labels: ["platform", "state"])
    let transitions = metrics.counter(
      "ringback_circuit_breaker_transitions_total", help: "How often a breaker entered a state.",
      labels: ["platform", "state"])
    for state in CircuitBreaker.State.allCases {
      states.with("ledger", state.rawValue).set(state == .closed ? 1 : 0)
      transitions.with("ledger", state.rawValue).increment(by: 0)
    }
    breakerMoved = { state in
      for each in CircuitBreaker.State.allCases { states.with("ledger", each.rawValue).set(each == state ? 1 : 0) }
      transitions.with("ledger", state.rawValue).increment()
    }
  }
}
