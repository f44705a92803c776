import Core
import HTTPMessages

/// An answer. `Content-Length`, `Date`, `X-Request-ID` and `Connection` are the server's to add.
package struct Response: Sendable {
  package var status: Int
  package var headers: Headers
  package var body: [UInt8]
  /// What the connection does with this answer.
  package var disposition: Disposition = .normal

  package enum Disposition: Sendable, Hashable {
    case normal
    /// Close the connection without writing a byte of the answer. Only simulated vendors ask for it.
    case drop
  }
  /// The pattern of the route that answered, for metrics and logs. Set by the router.
  package var route: String?

  package init(status: Int, headers: Headers = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  package static func json(_ body: [UInt8], status: Int = 200, headers: Headers = [:]) -> Response {
    var response = Response(status: status, headers: headers, body: body)
    response.headers["content-type"] = "application/json"
    return response
  }

  package static func json(_ value: JSONValue, status: Int = 200, headers: Headers = [:]) -> Response {
    .json(value.bytes, status: status, headers: headers)
  }

  package static func text(_ text: String, status: Int = 200, type: String = "text/plain; charset=utf-8") -> Response {
    Response(status: status, headers: ["content-type": type], body: Array(text.utf8))
  }

  /// RFC 9457.
  package init(_ problem: Problem, requestID: String) {
    var members: [JSONValue.Member] = [
      .init("type", .string("/problems/\(problem.code)")),
      .init("title", .string(problem.title)),
      .init("status", .integer(problem.status)),
      .init("code", .string(problem.code)),
      .init("detail", .string(problem.detail)),
      .init("request_id", .string(requestID)),
    ]
    members += problem.extensions.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
    self.init(
      status: problem.status, headers: ["content-type": "application/problem+json"],
      body: JSONValue.object(members).bytes)
    for (name, value) in problem.headers { headers[name] = value }
    if let wait = problem.retryAfter { headers["retry-after"] = String(max(1, wait.secondsRoundedUp)) }
  }
}
