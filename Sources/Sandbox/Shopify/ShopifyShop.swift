import Core
import HTTPMessages
import HTTPServer
import Synchronization

/// One Shopify shop's Admin API: the token endpoint, GraphQL, and the legacy REST that the official Python library uses.
///
/// Order names are the world's numbers as they are (`ORD-839201`): a shop sets its own prefix in place of `#`.
final class ShopifyShop: SimulatedVendor {
  static let domain = "ringback-sandbox.myshopify.com"
  static let scopes = ["read_customers", "read_orders", "read_returns", "write_returns"]
  /// A day; Shopify answers a second less.
  static let tokenLifetime = Duration.seconds(86_399)

  private struct State {
    var tokens = TokenDesk()
    var points: LeakyBucket
    var calls: LeakyBucket
  }

  let orders: [SimulatedOrder]
  let returnBook: ShopifyReturns
  let time: any TimeSource
  private let client: SandboxClient
  private let granted: [String]
  private let board: LimitBoard
  private let identities: Identities
  private let state: Mutex<State>

  /// - Parameters:
  ///   - scopes: that the app was granted.
  ///   - emit: is told what a webhook would tell.
  init(
    orders: [SimulatedOrder], client: SandboxClient, limits: LimitBoard, time: any TimeSource, identities: Identities,
    scopes: [String] = ShopifyShop.scopes, emit: @escaping ShopifyReturns.Emit = { _, _, _ in }
  ) {
    self.orders = orders
    returnBook = ShopifyReturns(orders: orders, time: time, identities: identities, emit: emit)
    self.client = client
    granted = scopes
    board = limits
    self.time = time
    self.identities = identities
    state = Mutex(
      State(
        points: LeakyBucket(full: limits.value.shopifyPoints, now: time.uptime),
        calls: LeakyBucket(full: limits.value.shopifyCalls, now: time.uptime)))
  }

  var limits: SandboxLimits { board.value }

  func answer(_ request: VendorRequest) -> Response {
    let path = request.segments
    if path == ["admin", "oauth", "access_token"] {
      return request.method == .post ? token(request) : Self.error(404, "Not Found")
    }
    guard path.count >= 4, path[0] == "admin", path[1] == "api", Self.isVersion(path[2]) else {
      return Self.error(404, "Not Found")
    }
    guard let scopes = scopes(of: request) else {
      return Self.error(401, "[API] Invalid API key or access token (unrecognized login or wrong password)")
    }
    var response: Response
    if path[3] == "graphql.json", path.count == 4 {
      response =
        request.method == .post ? graphQL(request, version: path[2], scopes: scopes) : Self.error(404, "Not Found")
    } else {
      response = rest(request, Array(path[3...]))
    }
    response.headers["x-shopify-api-version"] = path[2]
    return response
  }

  /// Versions come out quarterly.
  private static func isVersion(_ text: String) -> Bool {
    text == "unstable"
      || text.utf8.count == 7 && CalendarDate(text + "-01").map { [1, 4, 7, 10].contains($0.month) } == true
  }

  static func error(_ status: Int, _ text: String) -> Response { .json(["errors": .string(text)], status: status) }

  // MARK: - Tokens

  private func token(_ request: VendorRequest) -> Response {
    guard let fields = request.fields, let id = fields["client_id"], let secret = fields["client_secret"] else {
      return Self.oauthError("invalid_request", "The request is missing a required parameter.")
    }
    guard id == client.id else {
      // Shopify answers an unknown app with a page for people.
      let text = "Oauth error application_cannot_be_found: Could not find Shopify API application with api_key \(id)"
      return .text("<html><body>\(text.escapedForHTML)</body></html>", status: 400, type: "text/html; charset=utf-8")
    }
    guard secret == client.secret else { return Self.oauthError("invalid_client", "Client authentication failed.") }
    guard fields["grant_type"] == "client_credentials" else {
      return Self.oauthError("unsupported_grant_type", "The authorization grant type is not supported.")
    }
    let token = "shpat_" + identities.hex(16)
    state.withLock {
      $0.tokens.issue(
        token, to: id, scopes: Set(granted), lifetime: Self.tokenLifetime, now: time.uptime)
    }
    return .json([
      "access_token": .string(token), "scope": .string(granted.joined(separator: ",")),
      "expires_in": .integer(Self.tokenLifetime.components.seconds),
    ])
  }

  private static func oauthError(_ code: String, _ text: String) -> Response {
    .json(["error": .string(code), "error_description": .string(text)], status: 400)
  }

  /// What the app may do; nil when it is not signed in.
  private func scopes(of request: VendorRequest) -> Set<String>? {
    let token = request.headers["x-shopify-access-token"]
    return state.withLock { try? $0.tokens.admit(token, now: time.uptime).scopes }
  }

  // MARK: - Throttles

  /// Points that are there now.
  func pointsAvailable() -> Int {
    state.withLock {
      $0.points.available(capacity: limits.shopifyPoints, perSecond: limits.shopifyPointsPerSecond, now: time.uptime)
    }
  }

  /// Takes `requested` points and gives back what `actual` says was not needed; nil when there are too few.
  func spend(requested: Int, actual: () -> Int) -> (left: Int, isThrottled: Bool) {
    let before = state.withLock { state -> Int? in
      let available = state.points.available(
        capacity: limits.shopifyPoints, perSecond: limits.shopifyPointsPerSecond, now: time.uptime)
      guard requested <= available else { return nil }
      state.points.take(requested)
      return available
    }
    guard before != nil else { return (pointsAvailable(), true) }
    let used = actual()
    state.withLock { $0.points.take(used - requested) }
    return (pointsAvailable(), false)
  }

  /// Takes one call of the legacy REST's bucket.
  ///
  /// - Returns: how many are used, or nil when there was none left.
  func takeCall() -> Int? {
    state.withLock {
      let available = $0.calls.available(
        capacity: limits.shopifyCalls, perSecond: limits.shopifyCallsPerSecond, now: time.uptime)
      guard available >= 1 else { return nil }
      $0.calls.take(1)
      return limits.shopifyCalls - available + 1
    }
  }
}
