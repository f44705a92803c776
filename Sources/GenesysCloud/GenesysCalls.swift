import Core
import HTTPClient
import HTTPMessages
import Resilience
import Synchronization
import Telemetry

/// Calls of the Genesys Cloud API with its token, its rate limit, and what its refusals mean.
///
/// | what happened | meaning | why |
/// |---|---|---|
/// | no token, no connection, no time left | `notDone` | not a byte of the request was sent |
/// | 401 with a fresh token, 403 | `notDone` | an operator can mend roles and secrets, and the job is tried again |
/// | 429 | `notDone` with `Retry-After` | refused before it was looked at |
/// | 503 | `notDone` | RFC 9110: the server cannot handle the request |
/// | 409 | `notDone` | it clashes with what goes on now, such as a conversation under way |
/// | 400, 404, 413, 422 and other 4xx | `refused` | the same request will be refused for ever |
/// | time limit, broken connection, 408, 500, 502, 504 | `unknown` | it may have been done before the answer was lost |
/// | 2xx that cannot be read | `unknown` | it was done, and under which id is not known |
struct GenesysCalls: Sendable {
  private let requests: AuthorizedRequests
  private let api: String
  private let timeout: Duration
  private let longestWait: Duration
  private let time: any TimeSource
  private let random: any RandomSource
  private let logger: Logger
  private let limit = Limit()

  private final class Limit: Sendable {
    let state = Mutex(GenesysRateLimit())
  }

  init(
    _ configuration: GenesysClient.Configuration, http: any HTTPRequesting, tokens: AccessTokenSource,
    time: any TimeSource, random: any RandomSource, logger: Logger
  ) {
    requests = AuthorizedRequests(RetryingUnsent(http, time: time), tokens: tokens, time: time)
    api = configuration.hosts.api
    timeout = configuration.timeout
    longestWait = configuration.longestWait
    self.time = time
    self.random = random
    self.logger = logger
  }

  /// - Returns: the body of a 2xx.
  func post(_ path: String, _ body: JSONValue, context: CallContext) async throws(GenesysCallError) -> JSONValue {
    let answer = try await call(.post, path, body, context: context)
    guard let json = try? JSONValue(parsing: answer) else { throw .unreadable }
    return json
  }

  /// For what may be said again without harm. Genesys Cloud answers some of these without a body.
  func write(
    _ method: Method, _ path: String, _ body: JSONValue, context: CallContext
  ) async throws(GenesysCallError) {
    _ = try await call(method, path, body, context: context)
  }

  /// Asking again is always safe: what would leave a change in doubt is not done.
  func get(_ path: String, context: CallContext) async throws(GenesysCallError) -> JSONValue {
    do throws(GenesysCallError) {
      let answer = try await call(.get, path, nil, context: context)
      guard let json = try? JSONValue(parsing: answer) else { throw .unreadable }
      return json
    } catch {
      throw error.ofReading
    }
  }

  private func call(
    _ method: Method, _ path: String, _ body: JSONValue?, context: CallContext
  ) async throws(GenesysCallError) -> [UInt8] {
    let deadline = min(time.uptime + timeout, context.deadline ?? .seconds(Int64.max))
    try await waitForTurn(deadline)
    let left = deadline - time.uptime
    guard left > .zero else { throw .notDone("there is no time left") }
    var headers: Headers = [
      "accept": "application/json", "x-request-id": context.requestID,
      "traceparent": context.trace.child(random: random).traceparent,
    ]
    if body != nil { headers["content-type"] = "application/json" }
    let request = OutgoingRequest(
      method, api + path, headers: headers, body: body?.bytes, timeout: left, maximumBodySize: 2 << 20)
    let response: IncomingResponse
    do throws(AuthorizedRequestError) {
      response = try await requests.send(request)
    } catch {
      throw GenesysCallError(error)
    }
    observe(response)
    guard (200..<300).contains(response.status) else { throw refusal(response, path, context) }
    return response.body
  }

  // MARK: - Rate limit

  private func waitForTurn(_ deadline: Duration) async throws(GenesysCallError) {
    while true {
      let wait = limit.state.withLock { $0.admit(now: time.uptime) }
      guard wait > .zero else { return }
      guard wait <= longestWait, time.uptime + wait < deadline else {
        throw .notDone("the rate limit of Genesys Cloud is used up", retryAfter: wait)
      }
      do {
        try await time.sleep(for: wait)
      } catch {
        throw .notDone("the call was cancelled")
      }
    }
  }

  private func observe(_ response: IncomingResponse) {
    func number(_ name: String) -> Int? { response.headers[name]?.utf8.decimalNumber.map { Int($0) } }
    let now = time.uptime
    limit.state.withLock { limit in
      if let count = number("inin-ratelimit-count"), let allowed = number("inin-ratelimit-allowed"),
        let reset = number("inin-ratelimit-reset"), reset <= 3_600
      {
        limit.observe(count: count, allowed: allowed, reset: .seconds(reset), now: now)
      }
      if response.status == 429 { limit.pause(for: retryAfter(response) ?? .seconds(1), now: now) }
    }
  }

  private func retryAfter(_ response: IncomingResponse) -> Duration? {
    response.headers["retry-after"].flatMap { RetryAfter.duration($0, now: time.now) }
  }

  // MARK: - Refusals

  /// The error's codes and the correlation id are told; its message is not, since it repeats numbers and names.
  private func refusal(_ response: IncomingResponse, _ path: String, _ context: CallContext) -> GenesysCallError {
    let codes = Self.codes(in: (try? JSONValue(parsing: response.body)) ?? .null)
    logger.with(requestID: context.requestID).warning(
      "Genesys Cloud refused a call",
      [
        "path": .string(path), "status": .integer(response.status), "codes": .array(codes.map { .string($0) }),
        "correlation_id": response.headers["inin-correlation-id"].map { .string($0) } ?? .null,
      ])
    let reason = "Genesys Cloud answered \(response.status) \(codes.first ?? "without a code")"
    var error: GenesysCallError
    switch response.status {
    case 401, 403, 409: error = .notDone(reason)
    case 429, 503: error = .notDone(reason, retryAfter: retryAfter(response))
    case 400..<500 where response.status != 408: error = .refused(reason)
    default: error = .unknown(reason)
    }
    error.status = response.status
    error.codes = codes
    return error
  }

  /// `code` of the SDK's `ErrorBody`, then those of its details.
  private static func codes(in body: JSONValue) -> [String] {
    let details = (body["details"]?.array ?? []).map { $0["errorCode"] }
    return ([body["code"]] + details).compactMap { $0?.string }.filter(isCode)
  }

  private static func isCode(_ text: String) -> Bool {
    text.utf8.count <= 64 && text.utf8.allSatisfy { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || $0.isLetter }
  }
}

extension UInt8 {
  /// Of ASCII.
  var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}
