import Core
import HTTPMessages
import HTTPServer
import Synchronization

/// One commercetools project: orders with their returns by the HTTP API, and its token endpoint.
///
/// Paths, members and errors are those of commercetools' published RAML. What that leaves open is decided here: which
/// payment state follows a shipment state, and that every update raises the version by one.
final class CommercetoolsProject: SimulatedVendor {
  /// Two days.
  static let tokenLifetime = Duration.seconds(172_800)

  struct State {
    var tokens = TokenDesk()
    /// By the number of the order.
    var orders: [String: CommercetoolsOrderState] = [:]
  }

  let orders: [SimulatedOrder]
  let projectKey: String
  private let client: SandboxClient
  let limits: LimitBoard
  let time: any TimeSource
  let identities: Identities
  let emit: WebhookSender.Emit
  let state = Mutex(State())

  init(
    orders: [SimulatedOrder], projectKey: String, client: SandboxClient, limits: LimitBoard, time: any TimeSource,
    identities: Identities, emit: @escaping WebhookSender.Emit
  ) {
    self.orders = orders
    self.projectKey = projectKey
    self.client = client
    self.limits = limits
    self.time = time
    self.identities = identities
    self.emit = emit
  }

  func answer(_ request: VendorRequest) -> Response {
    do throws(CommercetoolsError) {
      if request.segments == ["oauth", "token"] { return try token(request) }
      return .json(try serve(request, request.segments))
    } catch {
      return error.response
    }
  }

  private func serve(_ request: VendorRequest, _ path: [String]) throws(CommercetoolsError) -> JSONValue {
    guard path.count == 3, path[0] == projectKey, path[1] == "orders" else {
      throw CommercetoolsError(
        status: 404, code: "ResourceNotFound", message: "URI not found: /\(path.joined(separator: "/"))")
    }
    switch request.method {
    case .get:
      try admit(request, anyOf: ["manage_orders", "view_orders"])
      let order = try order(path[2])
      return state.withLock { orderJSON(order, $0.orders[order.number] ?? CommercetoolsOrderState()) }
    case .post:
      try admit(request, anyOf: ["manage_orders"])
      return try update(try order(path[2]), request.body)
    default: throw CommercetoolsError(status: 405, code: "InvalidOperation", message: "Method not allowed.")
    }
  }

  /// - Parameter segment: an id, or `order-number=` and a number.
  private func order(_ segment: String) throws(CommercetoolsError) -> SimulatedOrder {
    let prefix = "order-number="
    if segment.hasPrefix(prefix) {
      let number = String(segment.dropFirst(prefix.count))
      guard let order = orders.first(where: { $0.number == number }) else {
        throw .noResource("orderNumber", number)
      }
      return order
    }
    guard let order = orders.first(where: { $0.commercetoolsID == segment }) else { throw .noResource("ID", segment) }
    return order
  }

  // MARK: - Who calls

  /// - Parameter scopes: without the project.
  private func admit(_ request: VendorRequest, anyOf scopes: [String]) throws(CommercetoolsError) {
    let token = request.bearerToken
    guard let grant = state.withLock({ try? $0.tokens.admit(token, now: time.uptime) }) else { throw .invalidToken }
    guard !grant.scopes.isDisjoint(with: scopes.map { "\($0):\(projectKey)" }) else { throw .scopeMissing(scopes) }
  }

  private func token(_ request: VendorRequest) throws(CommercetoolsError) -> Response {
    guard let credentials = request.basicCredentials, credentials.id == client.id, credentials.secret == client.secret
    else { throw .invalidClient }
    let fields = request.fields ?? [:]
    guard request.method == .post, fields["grant_type"] == "client_credentials" else {
      throw CommercetoolsError(
        status: 400, code: "unsupported_grant_type", message: "Invalid parameter: grant_type")
    }
    let granted: Set = ["manage_orders:\(projectKey)", "view_orders:\(projectKey)"]
    let scopes = fields["scope"].map { Set($0.split(separator: " ").map(String.init)) } ?? granted
    guard !scopes.isEmpty, scopes.isSubset(of: granted) else {
      throw CommercetoolsError(
        status: 400, code: "invalid_scope", message: "Permissions exceeded. Please contact an administrator.")
    }
    let token = identities.hex(24)
    state.withLock {
      $0.tokens.issue(token, to: client.id, scopes: scopes, lifetime: Self.tokenLifetime, now: time.uptime)
    }
    return .json(
      [
        "access_token": .string(token), "token_type": "Bearer",
        "expires_in": .integer(Self.tokenLifetime.components.seconds),
        "scope": .string(scopes.sorted().joined(separator: " ")),
      ], headers: ["cache-control": "no-store"])
  }
}
