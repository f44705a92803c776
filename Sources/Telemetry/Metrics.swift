import Core
import Synchronization

/// Counters, gauges and histograms, written in the Prometheus text format. Label values come from fixed sets (routes,
/// statuses, vendors), never from what a caller sent.
package final class Metrics: Sendable {
  package init() {}
}
