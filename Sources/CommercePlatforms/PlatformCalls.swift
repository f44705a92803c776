import Core
import HTTPClient
import HTTPMessages
import Orders
import Resilience

/// How a connector calls its platform: the headers that go with every call, the time limits, the access token, and what
/// a failure means. Bodies and headers are never logged.
struct PlatformCalls: Sendable {
  private let requests: AuthorizedRequests
  private let timeout: Duration
  private let time: any TimeSource
  private let random: any RandomSource

  /// - Parameter place: puts the token into the headers.
  init(
    http: any HTTPRequesting, tokens: AccessTokenSource, timeout: Duration, time: any TimeSource,
    random: any RandomSource,
    place: @escaping @Sendable (String, inout Headers) -> Void = { $1["authorization"] = "Bearer \($0)" }
  ) {
    requests = AuthorizedRequests(RetryingUnsent(http, time: time), tokens: tokens, time: time, place: place)
    self.timeout = timeout
    self.time = time
    self.random = random
  }

  /// When the call has to end: the connector's own limit from now, or the caller's if that is sooner.
  func deadline(of context: CallContext) -> Duration {
    min(time.uptime + timeout, context.deadline ?? .seconds(Int64.max))
  }

  /// - Returns: an answer with a status below 300, or 404.
  func send(
    _ method: Method, _ url: String, body: [UInt8]? = nil, maximumBodySize: Int, context: CallContext,
    by deadline: Duration
  ) async throws(OrderPlatformError) -> IncomingResponse {
    let response: IncomingResponse
    do throws(AuthorizedRequestError) {
      response = try await exchange(
        method, url, body: body, maximumBodySize: maximumBodySize, context: context, by: deadline)
    } catch {
      throw Self.meaning(of: error)
    }
    return try accepted(response)
  }

  /// One request, signed in, and its answer whatever that says.
  ///
  /// - Throws: `token(.timedOut)` when the deadline has passed already: nothing was sent.
  func exchange(
    _ method: Method, _ url: String, body: [UInt8]?, maximumBodySize: Int, context: CallContext, by deadline: Duration
  ) async throws(AuthorizedRequestError) -> IncomingResponse {
    let left = deadline - time.uptime
    guard left > .zero else { throw .token(.timedOut) }
    var headers: Headers = [
      "accept": "application/json", "x-request-id": context.requestID,
      "traceparent": context.trace.child(random: random).traceparent,
    ]
    if body != nil { headers["content-type"] = "application/json" }
    return try await requests.send(
      OutgoingRequest(method, url, headers: headers, body: body, timeout: left, maximumBodySize: maximumBodySize))
  }

  private func accepted(_ response: IncomingResponse) throws(OrderPlatformError) -> IncomingResponse {
    switch response.status {
    case 200..<300, 404: return response
    case 401: throw .unauthorized(reason: "it answered 401 to a fresh access token")
    case 403: throw .unauthorized(reason: "it answered 403: the client lacks a permission")
    case 429: throw .throttled(retryAfter: retryAfter(of: response))
    default: throw .unavailable(reason: "it answered \(response.status)")
    }
  }

  func retryAfter(of response: IncomingResponse) -> Duration? {
    response.headers["retry-after"].flatMap { RetryAfter.duration($0, now: time.now) }
  }

  static func meaning(of error: AuthorizedRequestError) -> OrderPlatformError {
    switch error {
    case .http(.timedOut), .token(.timedOut): .timedOut
    case .http(.notSent(let reason)): .unavailable(reason: "it cannot be reached: \(reason)")
    case .http(.interrupted(let reason)): .unavailable(reason: "the connection broke: \(reason)")
    case .http(.bodyTooLarge): .unavailable(reason: "its answer is too large")
    case .http(.refused(let reason)): .unavailable(reason: "its URL may not be called: \(reason)")
    case .http(.cancelled), .token(.cancelled): .unavailable(reason: "the call was cancelled")
    case .token(.unavailable(let reason, _)): .unavailable(reason: reason)
    case .token(.rejected(let status, let code)):
      .unauthorized(reason: "the token endpoint refuses the client: \(status) \(code ?? "without a code")")
    }
  }
}

/// What is wrong with an answer. The text names a field and never its value.
struct UnreadableAnswer: Error, Hashable {
  let field: String

  init(_ field: String) {
    self.field = field
  }

  var platformError: OrderPlatformError { .unavailable(reason: "unreadable answer: \(field)") }
}
