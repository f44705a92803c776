import Core
import Glibc
import Synchronization

/// One metric with its label names. `with` resolves label values to a series once; keep the series where it is hot.
package final class MetricFamily<Series: MetricSeries>: MetricWriting {
  let labels: [String]
  private let name: String
  private let type: String
  private let help: String
  private let bound: Int
  private let make: @Sendable () -> Series
  private let series: Mutex<[[String]: Series]>

  init(
    _ name: String, _ type: String, _ help: String, _ labels: [String], _ bound: Int,
    make: @escaping @Sendable () -> Series
  ) {
    (self.name, self.type, self.help, self.labels, self.bound, self.make) = (name, type, help, labels, bound, make)
    // A metric without labels is there from the start, so that its first increase is seen as one.
    series = Mutex(labels.isEmpty ? [[]: make()] : [:])
  }

  /// The series of these label values, in the order of the names. Over the bound it is the one that is called `other`
  /// throughout, so that a mistake in a label costs precision and not memory.
  package func with(_ values: String...) -> Series { with(values) }

  package func with(_ values: [String]) -> Series {
    precondition(values.count == labels.count, "\(name) has the labels \(labels)")
    return series.withLock { series in
      if let known = series[values] { return known }
      let key = series.count < bound ? values : labels.map { _ in "other" }
      if let other = series[key] { return other }
      let made = make()
      series[key] = made
      return made
    }
  }

  package func write(to output: inout [UInt8]) {
    let series = series.withLock { $0 }
    MetricText.header(name, type, help, to: &output)
    for (values, one) in series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      one.write(name: name, labels: Array(zip(labels, values)), to: &output)
    }
  }
}

extension MetricFamily where Series == Counter {
  /// For a counter without labels.
  package func increment(by amount: Int = 1) { with([]).increment(by: amount) }
}

/// The figures of one combination of label values.
package protocol MetricSeries: AnyObject, Sendable {
  func write(name: String, labels: [(String, String)], to output: inout [UInt8])
}

/// Only rises.
package final class Counter: MetricSeries {
  private let count = Atomic<Int>(0)

  /// - Precondition: `amount` is not negative.
  package func increment(by amount: Int = 1) {
    count.wrappingAdd(amount, ordering: .relaxed)
  }

  package var value: Int { count.load(ordering: .relaxed) }

  package func write(name: String, labels: [(String, String)], to output: inout [UInt8]) {
    MetricText.sample(name, labels, String(value), to: &output)
  }
}

/// Goes up and down.
package final class Gauge: MetricSeries {
  private let bits = Atomic<UInt64>(0)

  package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

  package func set(_ value: Double) {
    bits.store(value.bitPattern, ordering: .relaxed)
  }

  package func add(_ amount: Double) {
    var old = bits.load(ordering: .relaxed)
    while true {
      let new = (Double(bitPattern: old) + amount).bitPattern
      let (exchanged, original) = bits.compareExchange(expected: old, desired: new, ordering: .relaxed)
      if exchanged { return }
      old = original
    }
  }

  package func write(name: String, labels: [(String, String)], to output: inout [UInt8]) {
    MetricText.sample(name, labels, MetricText.number(value), to: &output)
  }
}

/// Counts what falls under each of a few limits.
package final class Histogram: MetricSeries {
  private struct State {
    /// One for each limit and one for what is above all, not yet summed up.
    var counts: [Int]
    var sum = 0.0
  }

  private let buckets: [Double]
  private let state: Mutex<State>

  init(buckets: [Double]) {
    precondition(zip(buckets, buckets.dropFirst()).allSatisfy(<), "a histogram's buckets rise")
    self.buckets = buckets
    state = Mutex(State(counts: Array(repeating: 0, count: buckets.count + 1)))
  }

  package func observe(_ value: Double) {
    var index = 0
    while index < buckets.count, value > buckets[index] { index += 1 }
    state.withLock { state in
      state.counts[index] += 1
      state.sum += value
    }
  }

  /// In seconds.
  package func observe(_ duration: Duration) { observe(duration.secondsApproximately) }

  package var count: Int { state.withLock { $0.counts.reduce(0, +) } }

  package func write(name: String, labels: [(String, String)], to output: inout [UInt8]) {
    let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
    var total = 0
    for (index, count) in counts.enumerated() {
      total += count
      let limit = index < buckets.count ? MetricText.number(buckets[index]) : "+Inf"
      MetricText.sample(name + "_bucket", labels + [("le", limit)], String(total), to: &output)
    }
    MetricText.sample(name + "_sum", labels, MetricText.number(sum), to: &output)
    MetricText.sample(name + "_count", labels, String(total), to: &output)
  }
}

extension [Double] {
  /// Seconds, from half a millisecond to the longest time limit of an upstream call.
  package static let latencies = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15,
  ]
}

/// The lines of the text format (Prometheus exposition format 0.0.4).
enum MetricText {
  static func header(_ name: String, _ type: String, _ help: String, to output: inout [UInt8]) {
    output += "# HELP \(name) ".utf8
    escape(help, quotes: false, to: &output)
    output += "\n# TYPE \(name) \(type)\n".utf8
  }

  static func sample(_ name: String, _ labels: [(String, String)], _ value: String, to output: inout [UInt8]) {
    output += name.utf8
    for (index, label) in labels.enumerated() {
      output += "\(index == 0 ? "{" : ",")\(label.0)=\"".utf8
      escape(label.1, quotes: true, to: &output)
      output.append(UInt8(ascii: "\""))
    }
    if !labels.isEmpty { output.append(UInt8(ascii: "}")) }
    output += " \(value)\n".utf8
  }

  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return value == value.rounded(.towardZero) && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
  }

  private static func escape(_ text: String, quotes: Bool, to output: inout [UInt8]) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): output += "\\\\".utf8
      case 0x0A: output += "\\n".utf8
      case UInt8(ascii: "\"") where quotes: output += "\\\"".utf8
      default: output.append(byte)
      }
    }
  }
}
