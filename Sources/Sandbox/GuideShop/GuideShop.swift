import Core
import HTTPMessages
import HTTPServer
import Synchronization

/// The shop of the guide: OAuth 2.0 client credentials, `GET /orders/{id}` and `POST /returns`.
final class GuideShop: SimulatedVendor {
  static let scopes: Set<String> = ["orders:read", "returns:create"]
  static let tokenLifetime = Duration.seconds(3_600)

  struct State {
    var tokens = TokenDesk()
    var rate = RateWindow()
    var returns = GuideShopReturnBook()
  }

  let orders: [String: SimulatedOrder]
  private let client: SandboxClient
  let limits: LimitBoard
  let time: any TimeSource
  let identities: Identities
  let emit: WebhookSender.Emit
  /// Rings when the merchant decides on a return.
  let merchant: Alarm
  let state = Mutex(State())

  init(
    orders: [SimulatedOrder], client: SandboxClient, limits: LimitBoard, time: any TimeSource, identities: Identities,
    emit: @escaping WebhookSender.Emit
  ) {
    self.orders = Dictionary(orders.map { ($0.number, $0) }) { first, _ in first }
    self.client = client
    self.limits = limits
    self.time = time
    self.identities = identities
    self.emit = emit
    merchant = Alarm(time: time)
  }

  func answer(_ request: VendorRequest) -> Response {
    switch (request.method, request.segments.count, request.segments.first) {
    case (.post, 2, "oauth") where request.segments[1] == "token": token(request)
    case (.get, 2, "orders"): order(request.segments[1], request)
    case (.post, 1, "returns"): createReturn(request)
    case (.get, 1, "returns"): listReturns(request)
    case (.get, 2, "returns"): readReturn(request.segments[1], request)
    case (_, 2, "oauth"), (_, 2, "orders"), (_, 1...2, "returns"):
      Self.error(405, "method_not_allowed", "This method does not apply here.")
    default: Self.error(404, "not_found", "No such resource.")
    }
  }

  // MARK: - Token

  private func token(_ request: VendorRequest) -> Response {
    guard let fields = request.fields, let grant = fields["grant_type"] else {
      return Self.oauthError(400, "invalid_request", "grant_type is missing.")
    }
    guard let id = request.basicCredentials?.id ?? fields["client_id"],
      let secret = request.basicCredentials?.secret ?? fields["client_secret"], id == client.id, secret == client.secret
    else {
      var response = Self.oauthError(401, "invalid_client", "Client authentication failed.")
      response.headers["www-authenticate"] = "Basic realm=\"guide-shop\""
      return response
    }
    guard grant == "client_credentials" else {
      return Self.oauthError(400, "unsupported_grant_type", "Only client_credentials.")
    }
    let scopes = fields["scope"].map { Set($0.split(separator: " ").map(String.init)) } ?? Self.scopes
    guard !scopes.isEmpty, scopes.isSubset(of: Self.scopes) else {
      return Self.oauthError(400, "invalid_scope", "Known: \(Self.scopes.sorted().joined(separator: " ")).")
    }
    let token = "gs_" + identities.hex(24)
    state.withLock {
      $0.tokens.issue(token, to: id, scopes: scopes, lifetime: Self.tokenLifetime, now: time.uptime)
    }
    return .json(
      [
        "access_token": .string(token), "token_type": "Bearer",
        "expires_in": .integer(Self.tokenLifetime.components.seconds),
        "scope": .string(scopes.sorted().joined(separator: " ")),
      ], headers: ["cache-control": "no-store"])
  }

  // MARK: - Orders

  private func order(_ id: String, _ request: VendorRequest) -> Response {
    if let refused = admit(request, anyOf: ["orders:read"]) { return refused }
    guard let order = orders[id] else { return Self.error(404, "order_not_found", "There is no order \(id).") }
    return .json(order.guideShopJSON)
  }

  // MARK: - Who may ask

  /// - Returns: the refusal; nil for a request that may go on.
  func admit(_ request: VendorRequest, anyOf scopes: Set<String>) -> Response? {
    let token = request.bearerToken
    let allowed = limits.value.guideShopRequestsPerMinute
    let verdict = state.withLock { state -> Result<(TokenDesk.Grant, RateWindow.Reading), TokenDesk.Refusal> in
      do throws(TokenDesk.Refusal) {
        let grant = try state.tokens.admit(token, now: time.uptime)
        return .success((grant, state.rate.count(token ?? "", allowed: allowed, now: time.uptime)))
      } catch { return .failure(error) }
    }
    switch verdict {
    case .failure(let refusal): return Self.unauthorized(refusal)
    case .success((let grant, let rate)):
      guard !rate.isOver else {
        var response = Self.error(429, "rate_limited", "More than \(rate.allowed) requests in a minute.")
        response.headers["retry-after"] = String(max(1, rate.reset.secondsRoundedUp))
        return response
      }
      guard !grant.scopes.isDisjoint(with: scopes) else {
        return Self.error(
          403, "insufficient_scope", "This token lacks the scope \(scopes.sorted().joined(separator: " or ")).")
      }
      return nil
    }
  }

  private static func unauthorized(_ refusal: TokenDesk.Refusal) -> Response {
    let text =
      switch refusal {
      case .missing: "A bearer token is required."
      case .unknown: "The access token is not valid."
      case .expired: "The access token has expired."
      }
    var response = error(401, "invalid_token", text)
    response.headers["www-authenticate"] =
      refusal == .missing ? "Bearer" : "Bearer error=\"invalid_token\", error_description=\"\(text)\""
    return response
  }

  static func error(_ status: Int, _ code: String, _ message: String) -> Response {
    .json(["error": .string(code), "message": .string(message)], status: status)
  }

  /// RFC 6749, section 5.2.
  private static func oauthError(_ status: Int, _ code: String, _ description: String) -> Response {
    .json(
      ["error": .string(code), "error_description": .string(description)], status: status,
      headers: ["cache-control": "no-store"])
  }
}
