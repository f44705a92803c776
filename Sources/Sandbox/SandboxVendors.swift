import Core
import HTTPClient
import HTTPMessages
import HTTPServer
import Synchronization

/// Every simulated vendor on one port, each under its own path: `/guide-shop`, `/shopify`,
/// `/adobe-commerce`, `/commercetools`, `/genesys`, and a subscriber of our
/// events, `/subscriber`. Paths that begin with an underscore are the sandbox's own: faults, journal, inbox, orders, returns,
/// webhooks, limits, reset; `GET /` lists them all.
///
/// The same seed, the same orders and the same requests in the same order give the same answers, ids and tokens
/// included. Give it to a `Server` as its handler, with `serverLimits`; the server echoes `X-Request-ID`.
package final class SandboxVendors: RequestHandler {
  /// The credentials that the vendors know; the same for every sandbox, as there is nothing to protect.
  package struct Clients: Sendable, Hashable {
    package var guideShop = SandboxClient(id: "ringback", secret: "guide-shop-secret")
    package var shopify = SandboxClient(id: "ringback-shopify-app", secret: "shopify-secret")
    package var adobeCommerce = AdobeCommerceClients()
    package var commercetools = SandboxClient(id: "ringback-commercetools", secret: "commercetools-secret")
    package var genesys = SandboxClient(id: "7b1f0f6e-3c55-4a58-9b53-6d3f3f1f5a10", secret: "genesys-secret")

    /// What the guide's shop signs its webhooks with.
    package var guideShopWebhookSecret = "guide-shop-webhook-secret"
    /// The same of Adobe I/O Events.
    package var adobeCommerceWebhookSecret = "adobe-webhook-secret"
    /// The same of the bridge that brings commercetools' messages from a queue, by Standard Webhooks.
    package var commercetoolsBridgeSecret = "whsec_Y29tbWVyY2V0b29scyBicmlkZ2UsIG5vIHNlY3JldCE="
    /// What EventBridge and data actions show us on behalf of Genesys Cloud.
    package var genesysWebhookKey = "genesys-webhook-key-of-the-sandbox"
    /// The `outboundNotificationWebhookSignatureSecretToken` of its Open Messaging.
    package var genesysSignatureSecret = "genesys-signature-secret-token"
    package var commercetoolsProject = "northwind"

    package init() {}

    var all: [(vendor: Vendor, client: SandboxClient)] {
      [
        (.guideShop, guideShop), (.shopify, shopify), (.adobeCommerce, adobeCommerce.consumer),
        (.commercetools, commercetools), (.genesys, genesys),
      ]
    }
  }

  /// How long a fault of `hang` holds a request.
  package static let hangLimit = Duration.seconds(120)

  /// The limits of the server in front: it must be more patient than the longest fault, or it would answer instead.
  package static var serverLimits: ServerLimits {
    var limits = ServerLimits()
    limits.answerDeadline = .seconds(1_500)
    return limits
  }

  private let seed: UInt64
  private let time: any TimeSource
  private let orders: [SimulatedOrder]
  let clients: Clients
  private let initialLimits: SandboxLimits
  private let http: (any HTTPRequesting)?
  private let webhookTargets = Mutex<[Vendor: String]>([:])
  private let adobeCommerce: AdobeCommerceOptions
  private let world: Mutex<SandboxWorld>

  /// - Parameters:
  ///   - seed: of ids, tokens, and of the dice of faults.
  ///   - time: of tokens' lives, rate limits, delivery of messages, the merchant's decisions, webhooks and faults' waits.
  ///   - orders: `.defaults`, or what `OrdersFile` read.
  ///   - http: sends the vendors' webhooks; nil: they are only recorded.
  package init(
    seed: UInt64, time: any TimeSource, orders: [SimulatedOrder] = .defaults, clients: Clients = Clients(),
    limits: SandboxLimits = SandboxLimits(), adobeCommerce: AdobeCommerceOptions = AdobeCommerceOptions(),
    http: (any HTTPRequesting)? = nil
  ) {
    self.seed = seed
    self.time = time
    self.orders = orders
    self.clients = clients
    self.http = http
    initialLimits = limits
    self.adobeCommerce = adobeCommerce
    world = Mutex(
      SandboxWorld(
        seed: seed, time: time, orders: orders, clients: clients, limits: limits,
        adobeCommerce: adobeCommerce, http: http, webhookTargets: [:]))
  }

  /// Points a vendor's webhooks at a URL, as its console would. Unlike `PUT /_webhooks/{vendor}` it outlives a reset.
  package func sendWebhooks(of vendor: Vendor, to url: String) {
    webhookTargets.withLock { $0[vendor] = url }
    current.webhooks.setTarget(url, of: vendor)
  }

  /// Ends what runs in the background: no webhook goes out any more.
  package func stop() { current.webhooks.stop() }

  package func respond(to request: Request) async -> Response {
    guard let segments = request.path.decodedSegments else {
      return Response(.notInSandbox, requestID: request.context.requestID)
    }
    if let (vendor, rest) = Self.vendor(of: segments) { return await serve(request, vendor, rest) }
    do throws(Problem) {
      return try control(request, segments)
    } catch {
      return Response(error, requestID: request.context.requestID)
    }
  }

  /// The world as at the start: orders, returns, tokens, limits, faults, journal, inbox and webhooks. Clients' tokens are
  /// void, as they would be at a vendor that restored a backup.
  func reset() {
    let fresh = SandboxWorld(
      seed: seed, time: time, orders: orders, clients: clients, limits: initialLimits,
      adobeCommerce: adobeCommerce, http: http,
      webhookTargets: webhookTargets.withLock { $0 })
    let old = world.withLock { world in
      let old = world
      world = fresh
      return old
    }
    old.webhooks.stop()
  }

  var current: SandboxWorld { world.withLock { $0 } }

  /// A vendor by the first segment, or by the paths that official libraries use when they are given a host alone:
  /// `/admin` is Shopify's, `/api/v2` and `/oauth/token` are Genesys Cloud's.
  private static func vendor(of segments: [String]) -> (Vendor, [String])? {
    if let vendor = segments.first.flatMap(Vendor.init(rawValue:)) { return (vendor, Array(segments.dropFirst())) }
    if segments.first == "admin" { return (.shopify, segments) }
    if segments.starts(with: ["api", "v2"]) || segments == ["oauth", "token"] { return (.genesys, segments) }
    return nil
  }

  // MARK: - Vendors, with their faults

  private func serve(_ request: Request, _ vendor: Vendor, _ segments: [String]) async -> Response {
    let world = current
    let received = time.now
    let strike = world.faults.strike(
      vendor, path: "/" + segments.joined(separator: "/"), body: request.body)
    let answer: Response
    do {
      answer = try await play(strike, on: request) {
        world.vendor(vendor).answer(VendorRequest(request, segments: segments))
      }
    } catch {
      // The client has gone, and the server with it: nobody reads the answer.
      answer = .dropped
    }
    world.journal.record(vendor, request, received: received, answer: answer)
    return answer
  }

  private func play(
    _ strike: FaultBoard.Strike?, on request: Request, act: () -> Response
  ) async throws -> Response {
    guard let strike else { return act() }
    if strike.delay > .zero { try await time.sleep(for: strike.delay) }
    if strike.failure == .none { return act() }
    if strike.losesAnswer { _ = act() }
    switch strike.failure {
    case .none: return act()
    case .reset: return .dropped
    case .hang:
      try await time.sleep(for: Self.hangLimit)
      return .dropped
    case .status(let status, let body, let retryAfter):
      var response = Response.text(body.text, status: status, type: body.type)
      if let retryAfter { response.headers["retry-after"] = String(retryAfter) }
      return response
    }
  }
}

extension Response {
  /// No answer: the connection ends.
  static var dropped: Response {
    var response = Response(status: 503)
    response.disposition = .drop
    return response
  }
}

extension VendorRequest {
  init(_ request: Request, segments: [String]) {
    self.init(
      method: request.method == .head ? .get : request.method, segments: segments,
      query: request.query.flatMap { FormFields($0) } ?? .none, headers: request.headers, body: request.body,
      requestID: request.context.requestID, origin: "http://\(request.headers["host"] ?? "localhost")")
  }
}

extension FormFields {
  /// No fields: also what a query that does not decode is taken as.
  static let none = FormFields("") ?? { preconditionFailure("an empty form decodes") }()
}

extension String {
  /// The path's segments, percent-decoded, without an empty one at its end; nil when one does not decode.
  var decodedSegments: [String]? {
    let parts = split(separator: "/", omittingEmptySubsequences: true).map { String($0).percentDecoded() }
    return parts.contains(nil) ? nil : parts.compactMap { $0 }
  }
}

extension Problem {
  static let notInSandbox = Problem(
    status: 404, code: "not_found", title: "There is nothing here",
    detail: "The sandbox has nothing at this path. GET / lists what there is.")
}
