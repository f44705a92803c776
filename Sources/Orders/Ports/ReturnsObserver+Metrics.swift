import Telemetry

extension ReturnsObserver {
  /// Counts everything in Prometheus metrics. All series but those of refused moves exist from the start.
  package init(_ metrics: Metrics) {
    let intake = metrics.counter(
      "ringback_returns_requests_total", help: "Returns asked for, by what came of it.", labels: ["result"])
    for result in Intake.allCases { intake.with(result.rawValue).increment(by: 0) }
    asked = { intake.with($0.rawValue).increment() }

    let moves = metrics.counter(
      "ringback_returns_transitions_total", help: "Returns that entered a state, by what moved them.",
      labels: ["state", "cause"])
    for state in ReturnState.allCases where state != .requested {
      for cause in ReturnCause.allCases { moves.with(state.rawValue, cause.rawValue).increment(by: 0) }
    }
    moved = { moves.with($0.rawValue, $1.rawValue).increment() }

    let refused = metrics.counter(
      "ringback_returns_refused_transitions_total",
      help: "Moves of a return that were against the rules, and not made.",
      labels: ["from", "to"])
    refusedMove = { refused.with($0.rawValue, $1.rawValue).increment() }

    let messages = metrics.counter(
      "ringback_returns_messages_total", help: "Messages to customers about returns, by the state that they entered.",
      labels: ["channel", "state"])
    for channel in [NotificationChannel.email, .sms] {
      for state in ErrandState.allCases { messages.with(channel.rawValue, state.rawValue).increment(by: 0) }
    }
    messageMoved = { messages.with($0.rawValue, $1.rawValue).increment() }
  }
}
