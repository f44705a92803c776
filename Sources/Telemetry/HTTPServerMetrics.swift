import Core
import Synchronization

/// What a server tells of the requests it answered.
package struct HTTPServerMetrics: Sendable {
  private struct Key: Hashable {
    let route: String
    var method: String
    let status: Int
  }

  private final class Cache: Sendable {
    let series = Mutex<[Key: (Counter, Histogram)]>([:])
  }

  private let requests: MetricFamily<Counter>
  private let durations: MetricFamily<Histogram>
  private let cache = Cache()

  private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

  package init(_ metrics: Metrics) {
    requests = metrics.counter(
      "ringback_http_requests_total", help: "Requests answered.", labels: ["route", "method", "status"])
    durations = metrics.histogram(
      "ringback_http_request_duration_seconds", help: "From the last byte of a request to its answer.",
      labels: ["route", "method"])
  }

  /// - Parameters:
  ///   - route: the pattern, such as `/v1/orders/{order_id}`; nil when no route matched. Never the path.
  ///   - method: any other than the usual ones is counted as `other`.
  package func record(route: String?, method: String, status: Int, duration: Duration) {
    let (requests, durations) = series(Key(route: route ?? "unmatched", method: method, status: status))
    requests.increment()
    durations.observe(duration)
  }

  private func series(_ asked: Key) -> (Counter, Histogram) {
    cache.series.withLock { series in
      if let known = series[asked] { return known }
      var key = asked
      if !Self.methods.contains(key.method) { key.method = "other" }
      if let known = series[key] { return known }
      let made = (
        requests.with(key.route, key.method, String(key.status)), durations.with(key.route, key.method)
      )
      if series.count < 2_000 { series[key] = made }
      return made
    }
  }
}

/// What a connector tells of the calls it made.
package struct UpstreamMetrics: Sendable {
  private let requests: MetricFamily<Counter>
  private let durations: Histogram
  private let upstream: String

  /// - Parameter upstream: the platform's name, such as `shopify`.
  package init(_ metrics: Metrics, upstream: String) {
    self.upstream = upstream
    requests = metrics.counter(
      "ringback_upstream_requests_total", help: "Calls to other systems, by how they ended.",
      labels: ["upstream", "outcome"])
    durations = metrics.histogram(
      "ringback_upstream_request_duration_seconds",
      help: "Time until another system answered or the call was given up.",
      labels: ["upstream"]
    ).with(upstream)
  }

  /// - Parameter outcome: the status (`200`), or `timeout`, `not_sent`, `interrupted` and the like: a fixed set.
  package func record(outcome: String, duration: Duration) {
    requests.with(upstream, outcome).increment()
    durations.observe(duration)
  }
}
