import Core
import HTTPClient
import HTTPMessages
import HTTPServer
import Orders
import Sandbox
import Testing

@testable import CommercePlatforms

/// A connector before the simulated vendors, on a clock that stands still.
struct Bench {
  let time = ManualTime(now: Timestamp("2026-11-21T10:00:00Z") ?? Timestamp(seconds: 0))
  let random = SeededRandom(seed: 5)
  let vendors: SandboxVendors
  let http: InProcess

  init(orders: [SimulatedOrder] = .defaults, adobeCommerce: AdobeCommerceOptions = AdobeCommerceOptions()) {
    vendors = SandboxVendors(seed: 1, time: time, orders: orders, adobeCommerce: adobeCommerce)
    http = InProcess(vendors, time: time)
  }

  func tokens(_ endpoint: TokenEndpoint, secret: String) -> AccessTokenSource {
    AccessTokenSource(
      name: "test", endpoint: endpoint, secret: { Redacted(secret) }, http: http, time: time, random: random)
  }

  func guideShop(secret: String = SandboxVendors.Clients().guideShop.secret) -> GuideShop {
    let base = "http://sandbox/guide-shop"
    let endpoint = TokenEndpoint(url: "\(base)/oauth/token", clientID: SandboxVendors.Clients().guideShop.id)
    var configuration = GuideShop.Configuration(baseURL: base, currency: .euro)
    configuration.maximumBodySize = 65_536
    return GuideShop(configuration, http: http, tokens: tokens(endpoint, secret: secret), time: time, random: random)
  }

  func shopify(_ change: (inout Shopify.Configuration) -> Void = { _ in }) -> Shopify {
    var configuration = Shopify.Configuration(baseURL: "http://sandbox/shopify")
    configuration.namePrefix = ""
    change(&configuration)
    let endpoint = configuration.tokenEndpoint(clientID: SandboxVendors.Clients().shopify.id)
    return Shopify(
      configuration, http: http, tokens: tokens(endpoint, secret: SandboxVendors.Clients().shopify.secret), time: time,
      random: random)
  }

  func commercetools(
    http: (any HTTPRequesting)? = nil, scope: String = "manage_orders:northwind",
    _ change: (inout Commercetools.Configuration) -> Void = { _ in }
  ) -> Commercetools {
    let client = SandboxVendors.Clients().commercetools
    var configuration = Commercetools.Configuration(apiURL: "http://sandbox/commercetools", projectKey: "northwind")
    change(&configuration)
    let endpoint = TokenEndpoint(
      url: "http://sandbox/commercetools/oauth/token", clientID: client.id, scope: scope)
    return Commercetools(
      configuration, http: http ?? self.http, tokens: tokens(endpoint, secret: client.secret), time: time,
      random: random)
  }

  func context(deadline: Duration? = nil) -> CallContext {
    CallContext(requestID: "call-77", trace: TraceContext(random: random), deadline: deadline)
  }

  func control(_ method: HTTPMessages.Method, _ path: String, _ body: String = "") async {
    _ = await answer(method, path, body)
  }

  /// Of the sandbox's own paths.
  func answer(_ method: HTTPMessages.Method, _ path: String, _ body: String = "") async -> JSONValue {
    let request = OutgoingRequest(method, "http://sandbox\(path)", body: Array(body.utf8))
    let response = await vendors.respond(to: InProcess.incoming(request))
    #expect((200..<300).contains(response.status), "\(path): \(String(decoding: response.body, as: UTF8.self))")
    return (try? JSONValue(parsing: response.body)) ?? .null
  }

  /// What a look-up throws.
  func failure(_ platform: some OrderPlatform, _ number: String = "ORD-839201", deadline: Duration? = nil) async
    -> OrderPlatformError?
  {
    do throws(OrderPlatformError) {
      _ = try await platform.order(OrderID(rawValue: number), context: context(deadline: deadline))
      return nil
    } catch {
      return error
    }
  }

  /// Until nothing is asked of a vendor and as many tasks wait on the clock as should.
  func waitForPause(sleepers count: Int) async {
    while http.inFlight > 0 || time.sleeperCount < count { await Task.yield() }
  }

  /// Until as many tasks wait on the clock as should.
  func waitForSleepers(_ count: Int) async {
    while time.sleeperCount < count { await Task.yield() }
  }
}

extension Currency {
  static let euro = Currency("EUR") ?? { preconditionFailure("EUR is a currency") }()
}
