import Core
import HTTPClient
import HTTPMessages
import Orders
import Testing

@testable import CommercePlatforms
@testable import Sandbox

@Suite struct CommercetoolsTests {
  let bench = Bench()

  private func look(_ shop: Commercetools, _ number: String) async throws(OrderPlatformError) -> Order? {
    try await shop.order(OrderID(rawValue: number), context: bench.context())
  }

  @Test func readsAnOrderWhole() async throws {
    let order = try await look(bench.commercetools { $0.returnWindowDays = 30 }, "ORD-839201")
    #expect(
      order
        == Order(
          id: OrderID(rawValue: "ORD-839201"), status: .shipped, fulfillmentDate: CalendarDate("2026-11-20"),
          total: Money(minorUnits: 129_90, currency: .euro),
          items: [
            .init(sku: "SKU-12345", quantity: 1, title: "Trail running shoes"),
            .init(sku: "SKU-20871", quantity: 2, title: "Merino socks"),
          ], tracking: .init(carrier: "DHL", number: "JD014600003828392011"), returnEligible: true,
          returnEligibleUntil: CalendarDate("2026-12-20"),
          ownership: .init(phoneNumbers: ["+4930123456701"], postalCodes: ["10115"])))
  }

  @Test(arguments: [
    ("ORD-839202", OrderStatus.processing), ("ORD-839203", .delivered), ("ORD-839205", .cancelled),
    ("ORD-839206", .onHold), ("ORD-839207", .partiallyShipped), ("ORD-839210", .returned), ("ORD-839211", .pending),
  ])
  func readsEveryStatus(number: String, status: OrderStatus) async throws {
    #expect(try await look(bench.commercetools(), number)?.status == status)
  }

  @Test func amountsKeepTheFractionDigitsOfTheirCurrency() async throws {
    #expect(try await look(bench.commercetools(), "ORD-839208")?.total.decimal == "4960")
    #expect(try await look(bench.commercetools(), "ORD-839209")?.total.decimal == "18.750")
  }

  @Test func theWindowEndsTheEligibility() async throws {
    let order = try await look(bench.commercetools { $0.returnWindowDays = 0 }, "ORD-839201")
    #expect(order?.returnEligible == false)
    #expect(order?.returnEligibleUntil == CalendarDate("2026-11-20"))
    #expect(try await look(bench.commercetools(), "ORD-839202")?.returnEligible == false)
    #expect(try await look(bench.commercetools(), "ORD-839210")?.returnEligible == false)
  }

  @Test func anUnknownNumberIsNil() async throws {
    #expect(try await look(bench.commercetools(), "ORD-83920") == nil)
    #expect(try await look(bench.commercetools(), "ord-839201") == nil)
  }

  @Test func asksOnceForATokenAndOnceForAnOrder() async throws {
    _ = try await look(bench.commercetools(), "ORD-839201")
    let sent = bench.http.sent
    #expect(
      sent.map(\.url) == [
        "http://sandbox/commercetools/oauth/token",
        "http://sandbox/commercetools/northwind/orders/order-number=ORD-839201",
      ])
    #expect(sent[0].headers["authorization"]?.hasPrefix("Basic ") == true)
    #expect(
      sent[0].body.map { String(decoding: $0, as: UTF8.self) }?.contains("scope=manage_orders%3Anorthwind") == true)
    #expect(sent[1].headers["x-request-id"] == "call-77")
  }

  @Test(arguments: [
    (#""status":503"#, OrderPlatformError.unavailable(reason: "it answered 503")),
    (#""status":429,"retry_after":7"#, .throttled(retryAfter: .seconds(7))),
    (#""status":403"#, .unauthorized(reason: "it answered 403: the client lacks a permission")),
    (#""status":200,"body":"oops""#, .unavailable(reason: "unreadable answer: no JSON")),
    (#""status":200,"body":"{\"id\":\"a\",\"version\":1}""#, .unavailable(reason: "unreadable answer: orderState")),
  ])
  func tellsFailuresApart(fault: String, error: OrderPlatformError) async {
    await bench.control(.put, "/_faults/commercetools", #"{"path":"/northwind",\#(fault)}"#)
    #expect(await bench.failure(bench.commercetools()) == error)
  }

  @Test func aScopeThatTheClientHasNotIsUnauthorized() async {
    #expect(
      await bench.failure(bench.commercetools(scope: "manage_orders:other"))
        == .unauthorized(reason: "the token endpoint refuses the client: 400 invalid_scope"))
  }

  @Test func readingIsEnoughForOrders() async throws {
    let shop = bench.commercetools(scope: "view_orders:northwind")
    #expect(try await look(shop, "ORD-839201") != nil)
  }
}
