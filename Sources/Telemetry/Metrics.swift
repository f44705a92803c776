import Core
import Synchronization

/// Counters, gauges and histograms, written in the Prometheus text format. Label values come from fixed sets (routes,
/// statuses, vendors), never from what a caller sent.
///
/// Registering a name again answers the same family, so that two users of one metric need not know each other.
package final class Metrics: Sendable {
  /// The media type of what `render` answers.
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private struct State {
    var families: [String: any MetricWriting] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// - Parameters:
  ///   - name: ends in `_total`.
  ///   - help: one sentence.
  ///   - bound: how many combinations of label values are kept apart; more are counted under `other`.
  package func counter(
    _ name: String, help: String, labels: [String] = [], bound: Int = 500
  ) -> MetricFamily<Counter> {
    family(name, labels) { MetricFamily(name, "counter", help, labels, bound) { Counter() } }
  }

  package func gauge(_ name: String, help: String, labels: [String] = [], bound: Int = 500) -> MetricFamily<Gauge> {
    family(name, labels) { MetricFamily(name, "gauge", help, labels, bound) { Gauge() } }
  }

  /// - Parameter buckets: upper limits, rising; the one for everything is added.
  package func histogram(
    _ name: String, help: String, labels: [String] = [], buckets: [Double] = .latencies, bound: Int = 500
  ) -> MetricFamily<Histogram> {
    family(name, labels) { MetricFamily(name, "histogram", help, labels, bound) { Histogram(buckets: buckets) } }
  }

  /// A counter that something else keeps, read when the metrics are.
  package func counter(_ name: String, help: String, read: @escaping @Sendable () -> Double) {
    observe(MetricReading(name, "counter", help, labels: []) { [([], read())] })
  }

  /// A gauge that is read when the metrics are.
  package func gauge(_ name: String, help: String, read: @escaping @Sendable () -> Double) {
    observe(MetricReading(name, "gauge", help, labels: []) { [([], read())] })
  }

  /// A gauge for each of a few things, such as the state of each platform's breaker.
  ///
  /// - Parameter read: values of `labels` in their order, and the figure.
  package func gauge(
    _ name: String, help: String, labels: [String], read: @escaping @Sendable () -> [(labels: [String], value: Double)]
  ) {
    observe(MetricReading(name, "gauge", help, labels: labels, read: read))
  }

  /// Everything, by name, as Prometheus reads it.
  package func render() -> [UInt8] {
    let families = state.withLock { $0.families }
    var output: [UInt8] = []
    for (_, family) in families.sorted(by: { $0.key < $1.key }) { family.write(to: &output) }
    return output
  }

  private func family<Series>(
    _ name: String, _ labels: [String], make: () -> MetricFamily<Series>
  ) -> MetricFamily<Series> {
    precondition(Self.isName(name) && labels.allSatisfy(Self.isName), "\(name) is no metric with labels \(labels)")
    return state.withLock { state in
      guard let known = state.families[name] else {
        let made = make()
        state.families[name] = made
        return made
      }
      guard let family = known as? MetricFamily<Series>, family.labels == labels else {
        preconditionFailure("\(name) was registered with another type or other labels")
      }
      return family
    }
  }

  private func observe(_ reading: MetricReading) {
    precondition(Self.isName(reading.name), "\(reading.name) is no metric")
    state.withLock { state in state.families[reading.name] = reading }
  }

  private static func isName(_ text: String) -> Bool {
    !text.isEmpty && !text.utf8.first!.isDecimalDigit
      && text.utf8.allSatisfy {
        $0.isDecimalDigit || $0 == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
      }
  }
}

/// What `Metrics` can write.
protocol MetricWriting: Sendable {
  func write(to output: inout [UInt8])
}

/// Figures that are fetched when they are asked for.
struct MetricReading: MetricWriting {
  let name: String
  private let type: String
  private let help: String
  private let labels: [String]
  private let read: @Sendable () -> [(labels: [String], value: Double)]

  init(
    _ name: String, _ type: String, _ help: String, labels: [String],
    read: @escaping @Sendable () -> [(labels: [String], value: Double)]
  ) {
    (self.name, self.type, self.help, self.labels, self.read) = (name, type, help, labels, read)
  }

  func write(to output: inout [UInt8]) {
    MetricText.header(name, type, help, to: &output)
    for (values, figure) in read() {
      MetricText.sample(name, Array(zip(labels, values)), MetricText.number(figure), to: &output)
    }
  }
}
