import Core
import HTTPClient
import HTTPMessages
import Orders
import Synchronization

/// The Admin API's GraphQL endpoint, within the points that the shop gives. A query that is throttled waits for its
/// points and is made once more: Shopify has not run it.
struct ShopifyCalls: Sendable {
  private let configuration: Shopify.Configuration
  private let calls: PlatformCalls
  private let time: any TimeSource
  private let budget = Budget()

  private final class Budget: Sendable {
    let state = Mutex(ShopifyBudget())
  }

  /// Why a query was not made.
  private enum Held: Error {
    case throttled(Duration)
    case cancelled

    var orderError: OrderPlatformError {
      switch self {
      case .throttled(let wait): .throttled(retryAfter: wait)
      case .cancelled: .unavailable(reason: "the call was cancelled")
      }
    }

    var returnError: ReturnPlatformError {
      switch self {
      case .throttled(let wait): .notDone(reason: "the points of the app are used up", retryAfter: wait)
      case .cancelled: .notDone(reason: "the call was cancelled before it was sent", retryAfter: nil)
      }
    }
  }

  init(
    _ configuration: Shopify.Configuration, http: any HTTPRequesting, tokens: AccessTokenSource, time: any TimeSource,
    random: any RandomSource
  ) {
    self.configuration = configuration
    self.time = time
    calls = PlatformCalls(
      http: http, tokens: tokens, timeout: configuration.timeout, time: time, random: random,
      place: { $1["x-shopify-access-token"] = $0 })
  }

  func deadline(of context: CallContext) -> Duration { calls.deadline(of: context) }

  /// How long until the points for all of these are there.
  func wait(for queries: ShopifyQuery...) -> Duration {
    budget.state.withLock { $0.wait(for: queries.map(\.name), now: time.uptime) }
  }

  // MARK: - Orders

  /// - Returns: an answer of which nothing that matters is missing.
  func run(
    _ query: ShopifyQuery, _ variables: JSONValue, _ context: CallContext, _ deadline: Duration
  ) async throws(OrderPlatformError) -> ShopifyAnswer {
    var answer = try await attempt(query, variables, context, deadline)
    if answer.isThrottled { answer = try await attempt(query, variables, context, deadline) }
    guard !answer.isThrottled else { throw .throttled(retryAfter: wait(for: query)) }
    return try answer.checked()
  }

  private func attempt(
    _ query: ShopifyQuery, _ variables: JSONValue, _ context: CallContext, _ deadline: Duration
  ) async throws(OrderPlatformError) -> ShopifyAnswer {
    do throws(Held) {
      try await waitForPoints(query, deadline)
    } catch {
      throw error.orderError
    }
    let response = try await calls.send(
      .post, url, body: query.body(variables), maximumBodySize: configuration.maximumBodySize, context: context,
      by: deadline)
    guard response.status != 404 else {
      throw .unavailable(reason: "it answered 404: the shop or the API version does not exist")
    }
    guard let answer = read(response, query) else { throw UnreadableAnswer("no JSON").platformError }
    return answer
  }

  // MARK: - Returns

  /// - Returns: an answer without errors; `userErrors` are in its data.
  func runReturn(
    _ query: ShopifyQuery, _ variables: JSONValue, _ context: CallContext, _ deadline: Duration
  ) async throws(ReturnPlatformError) -> JSONValue {
    var answer = try await attemptReturn(query, variables, context, deadline)
    if answer.isThrottled { answer = try await attemptReturn(query, variables, context, deadline) }
    guard !answer.isThrottled else { throw Held.throttled(wait(for: query)).returnError }
    try answer.checkReturn(isRead: query.isRead)
    return answer.data
  }

  private func attemptReturn(
    _ query: ShopifyQuery, _ variables: JSONValue, _ context: CallContext, _ deadline: Duration
  ) async throws(ReturnPlatformError) -> ShopifyAnswer {
    do throws(Held) {
      try await waitForPoints(query, deadline)
    } catch {
      throw error.returnError
    }
    let response = try await calls.sendReturn(
      .post, url, body: query.body(variables), maximumBodySize: configuration.maximumBodySize, isRead: query.isRead,
      context: context, by: deadline)
    // What GraphQL does is answered with 200; any other status comes from before it: a shop that is gone, frozen, locked.
    guard (200..<300).contains(response.status) else {
      throw .notDone(reason: "it answered \(response.status)", retryAfter: nil)
    }
    guard let answer = read(response, query) else {
      throw ReturnPlatformError.unanswered("unreadable answer: no JSON", isRead: query.isRead)
    }
    return answer
  }

  // MARK: - What both share

  private var url: String { "\(configuration.baseURL)/admin/api/\(configuration.version)/graphql.json" }

  private func read(_ response: IncomingResponse, _ query: ShopifyQuery) -> ShopifyAnswer? {
    guard let answer = ShopifyAnswer(response.body) else { return nil }
    if let cost = answer.cost {
      budget.state.withLock { $0.observe(cost, of: query.name, now: time.uptime) }
    }
    return answer
  }

  private func waitForPoints(_ query: ShopifyQuery, _ deadline: Duration) async throws(Held) {
    let wait = budget.state.withLock { $0.reserve(query.name, longest: configuration.longestWait, now: time.uptime) }
    guard wait > .zero else { return }
    guard wait <= configuration.longestWait, time.uptime + wait < deadline else { throw .throttled(wait) }
    do {
      try await time.sleep(for: wait)
    } catch {
      throw .cancelled
    }
  }
}
