import Core
import HTTPMessages
import HTTPServer
import Testing

@testable import Sandbox

@Suite struct GuideShopTests {
  static let form: Headers = ["content-type": "application/x-www-form-urlencoded"]

  @Test(arguments: [
    ("grant_type=client_credentials&client_id=ringback&client_secret=wrong", 401, "invalid_client"),
    ("grant_type=client_credentials", 401, "invalid_client"),
    ("grant_type=password&client_id=ringback&client_secret=guide-shop-secret", 400, "unsupported_grant_type"),
    ("client_id=ringback&client_secret=guide-shop-secret", 400, "invalid_request"),
    (
      "grant_type=client_credentials&client_id=ringback&client_secret=guide-shop-secret&scope=admin", 400,
      "invalid_scope"
    ),
  ])
  func refusesToSignIn(body: String, status: Int, code: String) async {
    let answer = await Bench().send(.post, "/guide-shop/oauth/token", Self.form, body: body)
    #expect(answer.status == status)
    #expect(answer.json["error"]?.string == code)
    #expect((answer.headers["www-authenticate"] != nil) == (status == 401))
  }

  @Test func signsInByBasicAndByJSON() async {
    let bench = Bench()
    let basic = Base64.standard.encode("ringback:guide-shop-secret".utf8)
    let byBasic = await bench.send(
      .post, "/guide-shop/oauth/token", ["authorization": "Basic \(basic)", "content-type": "application/json"],
      body: #"{"grant_type":"client_credentials","scope":"orders:read returns:create"}"#)
    #expect(byBasic.status == 200)
    #expect(byBasic.json["expires_in"]?.integer == 3_600)
    #expect(byBasic.json["token_type"]?.string == "Bearer")
    #expect(byBasic.json["scope"]?.string == "orders:read returns:create")
    #expect(byBasic.headers["cache-control"] == "no-store")
  }

  @Test func tokensExpireAndScopesBite() async {
    let bench = Bench()
    let token = await bench.guideShopToken()
    let other = await bench.guideShopToken(scope: "returns:create")
    let path = "/guide-shop/orders/ORD-839201"
    #expect(await bench.send(.get, path, ["authorization": "Bearer \(token)"]).status == 200)
    #expect(await bench.send(.get, path, ["authorization": "Bearer \(other)"]).status == 403)
    #expect(await bench.send(.get, path).status == 401)
    #expect(await bench.send(.get, path, ["authorization": "Bearer nonsense"]).status == 401)
    bench.time.advance(by: .seconds(3_600))
    let expired = await bench.send(.get, path, ["authorization": "Bearer \(token)"])
    #expect(expired.status == 401)
    #expect(expired.headers["www-authenticate"]?.contains("expired") == true)
  }

  @Test(
    arguments: [
      ("ORD-839201", "shipped", "2026-11-20", "129.90", "EUR", true),
      ("ORD-839202", "processing", nil, "149.00", "EUR", false),
      ("ORD-839203", "delivered", "2026-09-02", "64.95", "EUR", false),
      ("ORD-839204", "shipped", "2026-11-19", "89.90", "EUR", true),
      ("ORD-839206", "on_hold", nil, "119.85", "EUR", false),
      ("ORD-839208", "out_for_delivery", "2026-11-18", "4960", "JPY", true),
      ("ORD-839209", "delivered", "2026-11-03", "18.750", "KWD", true),
    ] as [(String, String, String?, String, String, Bool)])
  func answersOrders(id: String, status: String, date: String?, total: String, currency: String, eligible: Bool) async {
    let bench = Bench()
    let token = await bench.guideShopToken()
    let order = await bench.send(.get, "/guide-shop/orders/\(id)", ["authorization": "Bearer \(token)"]).json
    #expect(order["order_id"]?.string == id)
    #expect(order["order_status"]?.string == status)
    #expect(order["fulfillment_date"] == (date.map { .string($0) } ?? .null))
    #expect(order["total_amount"]?.string == total)
    #expect(order["currency"]?.string == currency)
    #expect(order["return_eligible"]?.bool == eligible)
    #expect(order.at("items.0.sku")?.string?.hasPrefix("SKU-") == true)
    #expect(order.at("customer.phone")?.string?.hasPrefix("+") == true)
    #expect(order.at("customer.postal_code") != nil)
  }

  /// What the guide warns of is there, so that a client which passes everything on is found out.
  @Test func carriesWhatMustNotBePassedOn() async {
    let bench = Bench()
    let token = await bench.guideShopToken()
    let order = await bench.send(.get, "/guide-shop/orders/ORD-839201", ["authorization": "Bearer \(token)"]).json
    #expect(order.at("metadata.payment.card_token")?.string == "tok_411111******9201")
    #expect(order.at("metadata.payment.card_number") != nil)
    #expect(order.at("metadata.fraud.score") != nil)
  }

  @Test func anotherCustomersOrderIsAnotherCustomers() async {
    let bench = Bench()
    let token = await bench.guideShopToken()
    let mine = await bench.send(.get, "/guide-shop/orders/ORD-839201", ["authorization": "Bearer \(token)"]).json
    let theirs = await bench.send(.get, "/guide-shop/orders/ORD-839204", ["authorization": "Bearer \(token)"]).json
    #expect(mine.at("customer.phone") != theirs.at("customer.phone"))
    #expect(mine.at("customer.postal_code") != theirs.at("customer.postal_code"))
  }

  @Test func unknownOrdersAre404() async {
    let bench = Bench()
    let token = await bench.guideShopToken()
    let answer = await bench.send(.get, "/guide-shop/orders/ORD-000000", ["authorization": "Bearer \(token)"])
    #expect(answer.status == 404)
    #expect(answer.json["error"]?.string == "order_not_found")
  }

  @Test func theRateLimitBitesAndEnds() async {
    var limits = SandboxLimits()
    limits.guideShopRequestsPerMinute = 3
    let bench = Bench(limits: limits)
    let headers: Headers = ["authorization": "Bearer \(await bench.guideShopToken())"]
    for _ in 0..<3 { #expect(await bench.send(.get, "/guide-shop/orders/ORD-839201", headers).status == 200) }
    bench.time.advance(by: .milliseconds(500))
    let refused = await bench.send(.get, "/guide-shop/orders/ORD-839201", headers)
    #expect(refused.status == 429)
    #expect(refused.headers["retry-after"] == "60")
    bench.time.advance(by: .seconds(60))
    #expect(await bench.send(.get, "/guide-shop/orders/ORD-839201", headers).status == 200)
  }
}
