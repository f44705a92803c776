import Core
import HTTPMessages
import HTTPServer
import Testing

@testable import Sandbox

@Suite struct ShopifyThrottleTests {
  static let query = "{ orders(first: 10) { nodes { id customer { email } } pageInfo { hasNextPage } } }"

  @Test func costIsCountedAsAskedAndAsUsed() async {
    let cost = await Bench().graphQL(Self.query).at("extensions.cost")
    // A connection is 2, and each of ten orders 1 with 1 for its customer.
    #expect(cost?["requestedQueryCost"]?.integer == 22)
    #expect(cost?["actualQueryCost"]?.integer == 22)
    #expect(cost?.at("throttleStatus.currentlyAvailable")?.integer == 1_978)
    #expect(cost?.at("throttleStatus.restoreRate")?.double == 100)
    let found = await Bench().graphQL("{ orders(first: 10, query: \"name:ORD-839201\") { nodes { id } } }")
    #expect(found.at("extensions.cost.requestedQueryCost")?.integer == 12)
    #expect(found.at("extensions.cost.actualQueryCost")?.integer == 3)
    #expect(found.at("extensions.cost.throttleStatus.currentlyAvailable")?.integer == 1_997)
  }

  @Test func anEmptyBucketThrottlesWith200AndFillsWithTime() async {
    var limits = SandboxLimits()
    limits.shopifyPoints = 50
    limits.shopifyPointsPerSecond = 10
    let bench = Bench(limits: limits)
    let token = await bench.shopifyToken()
    for _ in 0..<2 { #expect(await bench.graphQL(Self.query, token: token)["data"] != nil) }
    let throttled = await bench.graphQL(Self.query, token: token)
    #expect(throttled["data"] == nil)
    #expect(throttled.at("errors.0.message")?.string == "Throttled")
    #expect(throttled.at("errors.0.extensions.code")?.string == "THROTTLED")
    #expect(throttled.at("extensions.cost.actualQueryCost")?.isNull == true)
    #expect(throttled.at("extensions.cost.throttleStatus.currentlyAvailable")?.integer == 6)
    bench.time.advance(by: .milliseconds(1_600))
    #expect(await bench.graphQL(Self.query, token: token)["data"] != nil)
  }

  @Test func oneQueryMayNotCostTooMuch() async {
    let query = "{ orders(first: 250) { nodes { lineItems(first: 250) { nodes { id } } } } }"
    let answer = await Bench().graphQL(query)
    #expect(answer.at("errors.0.extensions.code")?.string == "MAX_COST_EXCEEDED")
    #expect(answer["data"] == nil)
  }

  @Test func theLegacyRESTHasABucketOfCalls() async {
    var limits = SandboxLimits()
    limits.shopifyCalls = 2
    let bench = Bench(limits: limits)
    let headers: Headers = ["x-shopify-access-token": await bench.shopifyToken()]
    for used in 1...2 {
      let answer = await bench.send(.get, "/shopify/admin/api/2026-07/shop.json", headers)
      #expect(answer.headers["x-shopify-shop-api-call-limit"] == "\(used)/2")
    }
    let refused = await bench.send(.get, "/shopify/admin/api/2026-07/shop.json", headers)
    #expect(refused.status == 429)
    #expect(refused.headers["retry-after"] == "2.0")
    bench.time.advance(by: .seconds(1))
    #expect(await bench.send(.get, "/shopify/admin/api/2026-07/shop.json", headers).status == 200)
  }

  @Test(arguments: [
    ("orders.json?name=ORD-839201&status=any", ["ORD-839201"]),
    ("orders.json?name=ORD-839203&status=any", ["ORD-839203"]),
    // Without `status` only what is open is found.
    ("orders.json?name=ORD-839203", []), ("orders.json?name=%23839202&status=any", ["ORD-839202"]),
    ("orders.json?status=cancelled", ["ORD-839205"]), ("orders.json?status=any&limit=1", ["ORD-839211"]),
    ("orders.json?ids=5000000839201,5000000839202&status=any", ["ORD-839202", "ORD-839201"]),
    ("orders.json?financial_status=refunded&status=any", ["ORD-839210"]),
  ])
  func theLegacyRESTListsOrders(target: String, names: [String]) async {
    let bench = Bench()
    let answer = await bench.send(
      .get, "/admin/api/2024-10/\(target)", ["x-shopify-access-token": await bench.shopifyToken()])
    #expect(answer.json["orders"]?.array?.compactMap { $0["name"]?.string } == names)
  }

  @Test func theLegacyRESTReadsOneOrder() async {
    let bench = Bench()
    let headers: Headers = ["x-shopify-access-token": await bench.shopifyToken()]
    let order = await bench.send(.get, "/shopify/admin/api/2026-07/orders/5000000839207.json", headers).json["order"]
    #expect(order?["fulfillment_status"]?.string == "partial")
    #expect(order?["total_price"]?.string == "395.00")
    #expect(order?.at("fulfillments.0.tracking_company")?.string == "DPD")
    #expect(order?.at("fulfillments.0.line_items")?.array?.count == 2)
    let part = await bench.send(.get, "/shopify/admin/api/2026-07/orders/5000000839207.json?fields=id,name", headers)
    #expect(part.json["order"]?.members?.map(\.name) == ["id", "name"])
    let gone = await bench.send(.get, "/shopify/admin/api/2026-07/orders/1.json", headers)
    #expect(gone.status == 404)
    #expect(gone.json["errors"]?.string == "Not Found")
  }
}
