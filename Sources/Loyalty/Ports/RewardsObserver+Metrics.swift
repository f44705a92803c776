import Telemetry

extension RewardsObserver {
  /// Counts everything in Prometheus metrics. All series exist from the start.
  package init(_ metrics: Metrics) {
    self.init()
    let redemptions = metrics.counter(
      "ringback_loyalty_redemptions_total", help: "Rewards that were asked for, by what came of it.",
      labels: ["outcome"])
    for outcome in Redemption.allCases { redemptions.with(outcome.rawValue).increment(by: 0) }
    redemption = { redemptions.with($0.rawValue).increment() }

    let sessions = metrics.counter(
      "ringback_loyalty_sessions_total", help: "Sessions of the portal.", labels: ["outcome"])
    for outcome in Session.allCases { sessions.with(outcome.rawValue).increment(by: 0) }
    session = { sessions.with($0.rawValue).increment() }
  }
}
