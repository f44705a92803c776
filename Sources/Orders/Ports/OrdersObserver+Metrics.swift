import Resilience
import Telemetry

extension OrdersObserver {
  /// Counts everything in Prometheus metrics. All series exist from the start, at zero, so that a rate can be told from
  /// the first event on.
  ///
  /// - Parameter platform: the name of the platform that is asked.
  package init(_ metrics: Metrics, platform: String) {
    let lookUps = metrics.counter(
      "ringback_order_lookups_total", help: "Order look-ups, by where the answer came from.", labels: ["result"])
    let series = LookUp.allCases.map { lookUps.with($0.rawValue) }
    lookedUp = { series[$0.index].increment() }

    let calls = metrics.counter(
      "ringback_order_platform_calls_total", help: "Calls of the shop platform, by what they ended with.",
      labels: ["platform", "outcome"])
    let durations = metrics.histogram(
      "ringback_order_platform_call_duration_seconds", help: "How long the shop platform took.", labels: ["platform"])
    for outcome in UpstreamCall.allCases { calls.with(platform, outcome.rawValue).increment(by: 0) }
    called = { platform, outcome, duration in
      calls.with(platform, outcome.rawValue).increment()
      durations.with(platform).observe(duration)
    }

    let states = metrics.gauge(
      "ringback_circuit_breaker_state", help: "1 for the state that the breaker is in.", labels: ["platform", "state"])
    let transitions = metrics.counter(
      "ringback_circuit_breaker_transitions_total", help: "How often a breaker entered a state.",
      labels: ["platform", "state"])
    for state in CircuitBreaker.State.allCases {
      states.with(platform, state.rawValue).set(state == .closed ? 1 : 0)
      transitions.with(platform, state.rawValue).increment(by: 0)
    }
    breakerMoved = { platform, state in
      for each in CircuitBreaker.State.allCases { states.with(platform, each.rawValue).set(each == state ? 1 : 0) }
      transitions.with(platform, state.rawValue).increment()
    }

    let errands = metrics.counter(
      "ringback_order_errands_total", help: "Call-backs and texts, by the state that they entered.",
      labels: ["errand", "state"])
    for errand in Errand.allCases {
      for state in ErrandState.allCases { errands.with(errand.rawValue, state.rawValue).increment(by: 0) }
    }
    errandMoved = { errands.with($0.rawValue, $1.rawValue).increment() }
  }
}

extension OrdersObserver.LookUp {
  fileprivate var index: Int {
    switch self {
    case .live: 0
    case .cached: 1
    case .shared: 2
    case .stale: 3
    case .unknown: 4
    case .refused: 5
    case .failed: 6
    }
  }
}
