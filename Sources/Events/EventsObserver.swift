import Telemetry

/// What may be counted of events.
package struct EventsObserver: Sendable {
  package enum Delivery: String, Sendable, CaseIterable {
    case taken, failed
    /// 410: it wants no more.
    case gone
  }

  var delivered: @Sendable (_ subscriber: String, Delivery) -> Void = { _, _ in }

  package init() {}

  /// Counts in Prometheus metrics.
  package init(_ metrics: Metrics, subscribers: [Subscriber]) {
    let deliveries = metrics.counter(
      "ringback_event_deliveries_total", help: "Attempts to send an event to a subscriber, by how they ended.",
      labels: ["subscriber", "outcome"])
    for subscriber in subscribers {
      for outcome in Delivery.allCases { deliveries.with(subscriber.name, outcome.rawValue).increment(by: 0) }
    }
    delivered = { deliveries.with($0, $1.rawValue).increment() }
  }
}
