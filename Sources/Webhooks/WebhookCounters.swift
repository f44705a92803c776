import Telemetry

/// The metrics of this room. Sources are ours, never what stood in a path.
struct WebhookCounters: Sendable {
  private let deliveries: MetricFamily<Counter>
  private let consumptions: MetricFamily<Counter>

  init(_ metrics: Metrics) {
    deliveries = metrics.counter(
      "ringback_webhook_deliveries_total", help: "Webhooks that came, by what they were answered.",
      labels: ["source", "outcome"])
    consumptions = metrics.counter(
      "ringback_webhook_consumptions_total", help: "Webhooks that were worked on, by what came of it.",
      labels: ["source", "outcome"])
  }

  func delivered(_ source: String, _ outcome: String) { deliveries.with(source, outcome).increment() }

  func consumed(_ source: String, _ outcome: String) { consumptions.with(source, outcome).increment() }
}
