import Core
import HTTPMessages
import HTTPServer
import Synchronization

/// One Adobe Commerce shop: orders, shipments and returns of the REST API, and Adobe's identity service for the paths of a
/// Cloud Service.
///
/// Paths, members, refusals and the ids of the attribute options are those of a fresh installation of 2.4; the texts of
/// errors about returns are of its source.
final class AdobeCommerceShop: SimulatedVendor {
  /// Tells of a change, as Adobe I/O Events does.
  ///
  /// - Parameters:
  ///   - topic: such as `com.adobe.commerce.observer.rma_save_commit_after`.
  ///   - eventID: the same whenever it is delivered again.
  typealias Emit = @Sendable (_ topic: String, _ payload: JSONValue, _ eventID: String) -> Void

  /// A day; Adobe's identity service answers a second less.
  static let tokenLifetime = Duration.seconds(86_399)

  struct State {
    var tokens = TokenDesk()
    var nonces = AdobeCommerceNonces()
    var returns = AdobeCommerceReturns()
  }

  let orders: [SimulatedOrder]
  let clients: AdobeCommerceClients
  let options: AdobeCommerceOptions
  let time: any TimeSource
  let identities: Identities
  let emit: Emit
  let state = Mutex(State())

  init(
    orders: [SimulatedOrder], clients: AdobeCommerceClients, options: AdobeCommerceOptions, time: any TimeSource,
    identities: Identities, emit: @escaping Emit = { _, _, _ in }
  ) {
    self.orders = orders
    self.clients = clients
    self.options = options
    self.time = time
    self.identities = identities
    self.emit = emit
  }

  func answer(_ request: VendorRequest) -> Response {
    do throws(AdobeCommerceError) {
      if request.segments == ["ims", "token", "v3"] { return try token(request) }
      guard let path = Self.resource(request.segments) else { throw .noRoute }
      return .json(try serve(request, path))
    } catch {
      return error.response
    }
  }

  /// What stands behind `/rest/V1`, `/rest/{store}/V1` or, on a Cloud Service, `/V1`.
  private static func resource(_ segments: [String]) -> [String]? {
    var path = segments[...]
    if path.first == "rest" {
      path = path.dropFirst()
      if path.first != "V1" { path = path.dropFirst() }
    }
    return path.first == "V1" && path.count > 1 ? Array(path.dropFirst()) : nil
  }

  private func serve(_ request: VendorRequest, _ path: [String]) throws(AdobeCommerceError) -> JSONValue {
    switch (request.method, path[0], path.count) {
    case (.get, "orders", 1):
      try admit(request, to: "Magento_Sales::actions_view")
      return try search(request, in: state.withLock { state in orders.map { orderJSON($0, state.returns) } })
    case (.get, "orders", 2):
      try admit(request, to: "Magento_Sales::actions_view")
      guard let order = order(path[1]) else { throw .noEntity }
      return state.withLock { orderJSON(order, $0.returns) }
    case (.get, "shipments", 1):
      try admit(request, to: "Magento_Sales::shipment")
      return try search(request, in: orders.compactMap(\.adobeCommerceShipment))
    case (_, "returns", _), (.get, "returnsAttributeMetadata", _):
      // Magento Open Source has no such routes, and says so before it asks who calls.
      guard options.hasReturns else { throw .noRoute }
      try admit(request, to: "Magento_Rma::magento_rma")
      return try returns(request, Array(path.dropFirst()), isMetadata: path[0] == "returnsAttributeMetadata")
    default: throw .noRoute
    }
  }

  func order(_ entityID: String) -> SimulatedOrder? { orders.first { "\($0.adobeCommerceID)" == entityID } }

  func search(_ request: VendorRequest, in items: [JSONValue]) throws(AdobeCommerceError) -> JSONValue {
    guard let criteria = AdobeCommerceSearchCriteria(request.query) else {
      throw .invalid("\"%fieldName\" is required. Enter and try again.", ["fieldName": "searchCriteria"])
    }
    let found = items.filter(criteria.matches)
    return [
      "items": .array(criteria.page(of: found)), "search_criteria": criteria.json,
      "total_count": .integer(found.count),
    ]
  }

  // MARK: - Who calls

  /// - Parameter resource: of the access control list that an administrator gives an integration.
  private func admit(_ request: VendorRequest, to resource: String) throws(AdobeCommerceError) {
    if let signature = AdobeCommerceSignature(request) {
      let now = time.now
      return try state.withLock { (state) throws(AdobeCommerceError) in
        try signature.check(clients, nonces: &state.nonces, now: now)
      }
    }
    guard let token = request.bearerToken else { throw .unauthorized(resource) }
    if options.allowsBearer, token == clients.token.id { return }
    let isKnown = state.withLock { (try? $0.tokens.admit(token, now: time.uptime)) != nil }
    guard isKnown else { throw .unauthorized(resource) }
  }

  /// `POST /ims/token/v3`, as Adobe's identity service takes it: a form with the secret in it.
  private func token(_ request: VendorRequest) throws(AdobeCommerceError) -> Response {
    guard request.method == .post else { throw .noRoute }
    let fields = request.fields ?? [:]
    guard fields["grant_type"] == "client_credentials" else { return Self.oauthError("unsupported_grant_type") }
    guard fields["client_id"] == clients.ims.id, fields["client_secret"] == clients.ims.secret else {
      return Self.oauthError("invalid_client")
    }
    let scopes = Set((fields["scope"] ?? "").split { $0 == "," || $0 == " " }.map(String.init))
    guard scopes.contains("commerce.accs") else { return Self.oauthError("invalid_scope") }
    let token = "eyJhbGciOiJSUzI1NiJ9." + identities.hex(24)
    state.withLock {
      $0.tokens.issue(token, to: clients.ims.id, scopes: scopes, lifetime: Self.tokenLifetime, now: time.uptime)
    }
    return .json([
      "access_token": .string(token), "token_type": "bearer",
      "expires_in": .integer(Self.tokenLifetime.components.seconds),
    ])
  }

  private static func oauthError(_ code: String) -> Response {
    .json(["error": .string(code), "error_description": "The request was refused."], status: 400)
  }
}

/// How the simulated shop is set up.
package struct AdobeCommerceOptions: Sendable, Hashable {
  /// False as in Magento Open Source, which answers 404.
  package var hasReturns = true
  /// `oauth/consumer/enable_integration_as_bearer`, which is off in the product.
  package var allowsBearer = false
  /// Whether a new return keeps the comments that it is made with.
  package var keepsComments = true

  package init() {}
}

/// What an administrator gets when an integration is activated, and the credential of a Cloud Service.
package struct AdobeCommerceClients: Sendable, Hashable {
  package var consumer = SandboxClient(
    id: "k3f9x1q7w5z2m8c4v6b0n3h7j1d5s9a2", secret: "adobe-consumer-secret-0123456789")
  package var token = SandboxClient(
    id: "p8t2r6y4u0i3o7e5w1q9a2s6d4f8g0h1", secret: "adobe-token-secret-0123456789abc")
  package var ims = SandboxClient(id: "ringback-adobe-ims", secret: "adobe-ims-secret")

  package init() {}
}

/// `{"message": "… %1 …", "parameters": […]}`.
struct AdobeCommerceError: Error {
  let status: Int
  let message: String
  var parameters: JSONValue?

  static let noRoute = Self(status: 404, message: "Request does not match any route.")
  static let noEntity = Self(
    status: 404, message: "The entity that was requested doesn't exist. Verify the entity and try again.")

  static func unauthorized(_ resource: String) -> Self {
    Self(
      status: 401, message: "The consumer isn't authorized to access %resources.",
      parameters: ["resources": .string(resource)])
  }

  static func invalid(_ message: String, _ parameters: JSONValue? = Optional.none) -> Self {
    Self(status: 400, message: message, parameters: parameters)
  }

  var response: Response {
    var members: [JSONValue.Member] = [.init("message", .string(message))]
    if let parameters { members.append(.init("parameters", parameters)) }
    return .json(.object(members), status: status)
  }
}
