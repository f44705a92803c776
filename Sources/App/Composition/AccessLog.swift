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
      logger.info(
        "request",
        [
          "request_id": .string(exchange.requestID), "method": .string(method),
          "route": .string(exchange.route ?? "unmatched"), "status": .integer(exchange.status),
          "ms": .number(exchange.duration.millisecondsText), "bytes": .integer(exchange.bytes),
          "trace_id": exchange.request.map { .string($0.context.trace.traceID) } ?? .null,
        ])
    }
  }
}

extension Duration {
  /// Milliseconds with three places, without going through floating point.
  var millisecondsText: String {
    let microseconds = wholeMicroseconds
    return "\(microseconds / 1_000).\((microseconds % 1_000).padded(to: 3))"
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
