import Core
import HTTPMessages

/// The parts of a body whose length nobody knows beforehand: each call gives the next one, nil the end.
///
/// The next part is asked for once the system has taken the one before, on the connection's loop, so it must not block. The
/// task is cancelled when the client goes away. To throw cuts the connection, which tells the client that it did not get
/// everything. Released when nobody asks any more, at the latest with the connection.
package typealias BodyStream = @Sendable () async throws -> [UInt8]?

/// An answer. `Content-Length`, `Date`, `X-Request-ID` and `Connection` are the server's to add.
package struct Response: Sendable {
  package var status: Int
  package var headers: Headers
  package var body: [UInt8]
  /// Written in place of `body`, part by part, as it comes.
  package var stream: BodyStream?
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

  package static func stream(type: String, _ stream: @escaping BodyStream) -> Response {
    var response = Response(status: 200, headers: ["content-type": type])
    response.stream = stream
    return response
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
