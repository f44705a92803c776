import Core
import HTTPClient
import HTTPMessages
import Orders
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
  func post(_ path: String, _ body: JSONValue, context: CallContext) async throws(ContactCentreError) -> JSONValue {
    let deadline = min(time.uptime + timeout, context.deadline ?? .seconds(Int64.max))
    try await waitForTurn(deadline)
    let left = deadline - time.uptime
    guard left > .zero else { throw .notDone(reason: "there is no time left", retryAfter: nil) }
    let request = OutgoingRequest(
      .post, api + path,
      headers: [
        "accept": "application/json", "content-type": "application/json", "x-request-id": context.requestID,
        "traceparent": context.trace.child(random: random).traceparent,
      ], body: body.bytes, timeout: left, maximumBodySize: 2 << 20)
    let response: IncomingResponse
    do throws(AuthorizedRequestError) {
      response = try await requests.send(request)
    } catch {
      throw Self.meaning(of: error)
    }
    observe(response)
    guard (200..<300).contains(response.status) else { throw refusal(response, path, context) }
    guard let json = try? JSONValue(parsing: response.body) else { throw Self.unreadable }
    return json
  }

  static let unreadable = ContactCentreError.unknown(
    reason: "Genesys Cloud accepted it with an answer that cannot be read")

  // MARK: - Rate limit

  private func waitForTurn(_ deadline: Duration) async throws(ContactCentreError) {
    while true {
      let wait = limit.state.withLock { $0.admit(now: time.uptime) }
      guard wait > .zero else { return }
      guard wait <= longestWait, time.uptime + wait < deadline else {
        throw .notDone(reason: "the rate limit of Genesys Cloud is used up", retryAfter: wait)
      }
      do {
        try await time.sleep(for: wait)
      } catch {
        throw .notDone(reason: "the call was cancelled", retryAfter: nil)
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

  /// The error's `code` and the correlation id are told; its message is not, since it repeats numbers and names.
  private func refusal(_ response: IncomingResponse, _ path: String, _ context: CallContext) -> ContactCentreError {
    let code = (try? JSONValue(parsing: response.body))?["code"]?.string.flatMap { Self.isCode($0) ? $0 : nil }
    logger.with(requestID: context.requestID).warning(
      "Genesys Cloud refused a call",
      [
        "path": .string(path), "status": .integer(response.status), "code": code.map { .string($0) } ?? .null,
        "correlation_id": response.headers["inin-correlation-id"].map { .string($0) } ?? .null,
      ])
    let reason = "Genesys Cloud answered \(response.status) \(code ?? "without a code")"
    switch response.status {
    case 401, 403, 409: return .notDone(reason: reason, retryAfter: nil)
    case 429, 503: return .notDone(reason: reason, retryAfter: retryAfter(response))
    case 408, 500...: return .unknown(reason: reason)
    case 400..<500: return .refused(reason: reason)
    default: return .unknown(reason: reason)
    }
  }

  private static func isCode(_ text: String) -> Bool {
    text.utf8.count <= 64 && text.utf8.allSatisfy { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || $0.isLetter }
  }

  static func meaning(of error: AuthorizedRequestError) -> ContactCentreError {
    switch error {
    case .token(.rejected(let status, let code)):
      .notDone(reason: "sign-in to Genesys Cloud is refused: \(status) \(code ?? "without a code")", retryAfter: nil)
    case .token(.unavailable(let reason, let retryAfter)): .notDone(reason: reason, retryAfter: retryAfter)
    case .token(.timedOut): .notDone(reason: "sign-in to Genesys Cloud did not answer in time", retryAfter: nil)
    case .token(.cancelled): .notDone(reason: "the call was cancelled", retryAfter: nil)
    case .http(.notSent(let reason)): .notDone(reason: "Genesys Cloud cannot be reached: \(reason)", retryAfter: nil)
    case .http(.refused(let reason)): .notDone(reason: "its URL may not be called: \(reason)", retryAfter: nil)
    case .http(.timedOut): .unknown(reason: "Genesys Cloud did not answer in time")
    case .http(.interrupted(let reason)): .unknown(reason: "the connection to Genesys Cloud broke: \(reason)")
    case .http(.bodyTooLarge): .unknown(reason: "the answer of Genesys Cloud is too large")
    case .http(.cancelled): .unknown(reason: "the call was cancelled on its way")
    }
  }
}

extension UInt8 {
  fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}
