import Core
import HTTPMessages
import HTTPServer
import Telemetry

/// One line and two figures for each answer. Never a body, never a header; the route's pattern and not the path, which
/// may hold what a caller typed.
struct AccessLog: Sendable {
  let metrics: HTTPServerMetrics
  let logger: Logger

  init(metrics: Metrics, logger: Logger) {
    self.metrics = HTTPServerMetrics(metrics)
    self.logger = logger
  }

  var observe: Server.Observer {
    { [self] exchange in
      let method = exchange.request?.method.name ?? "none"
      metrics.record(route: exchange.route, method: method, status: exchange.status, duration: exchange.duration)
      logger.info("request") { line in
        line.add("request_id", exchange.requestID, isOurs: exchange.hasOwn("x-request-id"))
        line.add("bytes", exchange.bytes)
        // Of a route that answered, the method is one of ours too.
        line.add("method", method, isOurs: exchange.route != nil)
        line.add("ms", exchange.duration)
        line.add("route", ours: exchange.route ?? "unmatched")
        line.add("status", exchange.status)
        if let trace = exchange.request?.context.trace {
          line.add("trace_id", trace.traceID, isOurs: exchange.hasOwn("traceparent"))
        }
      }
    }
  }
}

extension Exchange {
  /// The server made this up, as the client sent none.
  fileprivate func hasOwn(_ name: String) -> Bool {
    request.map { $0.headers.count(of: name) == 0 } ?? false
  }
}

extension LogLine {
  fileprivate mutating func add(_ name: StaticString, _ text: String, isOurs: Bool) {
    if isOurs { add(name, ours: text) } else { add(name, text) }
  }
}

extension Metrics {
  func observeServer(_ server: Server) {
    gauge("ringback_http_connections_open", help: "Connections that are open.") { Double(server.counters.open) }
    counter("ringback_http_connections_total", help: "Connections accepted.") { Double(server.counters.accepted) }
    counter("ringback_http_connections_turned_away_total", help: "Connections turned away because of a limit.") {
      Double(server.counters.turnedAway)
    }
    counter(
      "ringback_http_refused_requests_total",
      help: "Requests that never reached a handler: bad framing, limits, deadlines."
    ) {
      Double(server.counters.refusals.values.reduce(0, +))
    }
  }
}
