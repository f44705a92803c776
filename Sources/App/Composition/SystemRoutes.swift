import Core
import HTTPMessages
import HTTPServer
import Telemetry

/// What every instance answers about itself: `/livez`, `/readyz`, `/metrics` and `/openapi.json`.
struct SystemRoutes: Sendable {
  let readiness: Readiness
  let metrics: Metrics
  let openAPI: [UInt8]

  var routes: [Route] {
    [
      Route(.get, "/livez", access: .open) { _ in .json(["status": "alive"]) },
      Route(.get, "/readyz", access: .open) { [readiness] _ in
        let report = await readiness.report()
        let ready = report.allSatisfy { $0.problem == nil }
        let checks = report.map { JSONValue.Member($0.name, .string($0.problem ?? "ok")) }
        return .json(
          ["status": .string(ready ? "ready" : "not_ready"), "checks": .object(checks)], status: ready ? 200 : 503,
          headers: ready ? ["cache-control": "no-store"] : ["cache-control": "no-store", "retry-after": "5"])
      },
      Route(.get, "/metrics", access: .open) { [metrics] _ in
        Response(
          status: 200, headers: ["content-type": "text/plain; version=0.0.4; charset=utf-8"], body: metrics.render())
      },
      Route(.get, "/openapi.json", access: .open) { [openAPI] _ in .json(openAPI) },
    ]
  }

  static let paths: JSONValue = [
    "/livez": ["get": operation("livez", "The process runs.", ["200": "It does."])],
    "/readyz": [
      "get": operation(
        "readyz", "This instance can answer requests.",
        ["200": "It can.", "503": "It cannot: it is being stopped, or something that it needs does not work."])
    ],
    "/metrics": ["get": operation("metrics", "Metrics in the Prometheus text format.", ["200": "The metrics."])],
    "/openapi.json": ["get": operation("openapi", "This document.", ["200": "This document."])],
  ]

  private static func operation(_ id: String, _ summary: String, _ answers: KeyValuePairs<String, JSONValue>)
    -> JSONValue
  {
    [
      "operationId": .string(id), "summary": .string(summary), "tags": ["system"], "security": [],
      "responses": .object(answers.map { .init($0.key, ["description": $0.value]) }),
    ]
  }
}
