import Core
import HTTPClient
import HTTPMessages
import Orders
import Testing

@testable import CommercePlatforms

@Suite struct GuideShopTests {
  let bench = Bench()

  @Test func readsAnOrderWhole() async throws {
    let order = try await bench.guideShop().order(OrderID(rawValue: "ORD-839201"), context: bench.context())
    #expect(
      order
        == Order(
          id: OrderID(rawValue: "ORD-839201"), status: .shipped, fulfillmentDate: CalendarDate("2026-11-20"),
          total: Money(minorUnits: 129_90, currency: .euro),
          items: [
            .init(sku: "SKU-12345", quantity: 1, title: "Trail running shoes"),
            .init(sku: "SKU-20871", quantity: 2, title: "Merino socks"),
          ], tracking: .init(carrier: "DHL", number: "JD014600003828392011"), returnEligible: true,
          returnEligibleUntil: CalendarDate("2027-01-31"),
          ownership: .init(phoneNumbers: ["+4930123456701"], postalCodes: ["10115"])))
  }

  @Test(arguments: [
    ("ORD-839202", OrderStatus.processing), ("ORD-839203", .delivered), ("ORD-839205", .cancelled),
    ("ORD-839206", .onHold), ("ORD-839207", .partiallyShipped), ("ORD-839208", .outForDelivery),
    ("ORD-839210", .returned), ("ORD-839211", .pending),
  ])
  func readsEveryStatus(number: String, status: OrderStatus) async throws {
    let order = try await bench.guideShop().order(OrderID(rawValue: number), context: bench.context())
    #expect(order?.status == status)
  }

  @Test func anUnknownOrderIsNil() async throws {
    #expect(try await bench.guideShop().order(OrderID(rawValue: "ORD-000000"), context: bench.context()) == nil)
  }

  @Test func sendsTheHeadersOfTheGuide() async throws {
    let context = bench.context()
    _ = try await bench.guideShop().order(OrderID(rawValue: "ORD-839201"), context: context)
    let request = try #require(bench.http.sent.last)
    #expect(request.url == "http://sandbox/guide-shop/orders/ORD-839201")
    #expect(request.headers["authorization"]?.hasPrefix("Bearer gs_") == true)
    #expect(request.headers["accept"] == "application/json")
    #expect(request.headers["x-request-id"] == "call-77")
    let trace = try #require(request.headers["traceparent"].flatMap { TraceContext(traceparent: $0) })
    #expect(trace.traceID == context.trace.traceID)
    #expect(trace.spanID != context.trace.spanID)
  }

  @Test func takesTheSoonerOfDeadlineAndTimeLimit() async throws {
    let shop = bench.guideShop()
    _ = try await shop.order(OrderID(rawValue: "ORD-839201"), context: bench.context())
    #expect(bench.http.sent.last?.timeout == .seconds(15))
    _ = try await shop.order(OrderID(rawValue: "ORD-839201"), context: bench.context(deadline: .seconds(4)))
    #expect(bench.http.sent.last?.timeout == .seconds(4))
    let count = bench.http.sent.count
    #expect(await bench.failure(shop, deadline: .zero) == .timedOut)
    #expect(bench.http.sent.count == count)
  }

  @Test func numbersAreEncodedInThePath() async {
    _ = await bench.failure(bench.guideShop(), "A/../B?x=1")
    #expect(bench.http.sent.last?.url == "http://sandbox/guide-shop/orders/A%2F..%2FB%3Fx%3D1")
  }

  // MARK: - Faults

  @Test(arguments: [
    (#"{"status":500}"#, OrderPlatformError.unavailable(reason: "it answered 500")),
    (#"{"status":503,"retry_after":9}"#, .unavailable(reason: "it answered 503")),
    (#"{"status":418}"#, .unavailable(reason: "it answered 418")),
    (#"{"status":302}"#, .unavailable(reason: "it answered 302")),
    (#"{"status":403}"#, .unauthorized(reason: "it answered 403: the client lacks a permission")),
    (#"{"status":429,"retry_after":9}"#, .throttled(retryAfter: .seconds(9))),
    (#"{"status":429}"#, .throttled(retryAfter: nil)),
    (#"{"reset":true}"#, .unavailable(reason: "the connection broke: the connection was reset")),
    (#"{"status":200,"body":"<html>"}"#, .unavailable(reason: "unreadable answer: no JSON")),
    (
      #"{"status":200,"body":"{\"order_status\":\"shipped\"}"}"#,
      .unavailable(reason: "unreadable answer: total_amount is missing")
    ),
  ])
  func tellsWhyThereIsNoAnswer(fault: String, error: OrderPlatformError) async throws {
    let shop = bench.guideShop()
    _ = try await shop.order(OrderID(rawValue: "ORD-839201"), context: bench.context())
    await bench.control(.put, "/_faults/guide-shop", fault)
    #expect(await bench.failure(shop) == error)
    await bench.control(.delete, "/_faults/guide-shop")
    #expect(await bench.failure(shop) == nil)
  }

  @Test func aHangingShopIsATimeout() async throws {
    let shop = bench.guideShop()
    _ = try await shop.order(OrderID(rawValue: "ORD-839201"), context: bench.context())
    await bench.control(.put, "/_faults/guide-shop", #"{"hang":true}"#)
    async let failure = bench.failure(shop)
    // The refresh of the token, the hanging shop and the time limit.
    await bench.waitForSleepers(3)
    bench.time.advance(by: .seconds(15))
    #expect(await failure == .timedOut)
  }

  @Test func anAnswerThatIsTooLargeIsUnavailable() async throws {
    let shop = bench.guideShop()
    _ = try await shop.order(OrderID(rawValue: "ORD-839201"), context: bench.context())
    let body = JSONValue.string(String(repeating: "x", count: 70_000)).text
    await bench.control(.put, "/_faults/guide-shop", #"{"status":200,"body":\#(body)}"#)
    #expect(await bench.failure(shop) == .unavailable(reason: "its answer is too large"))
  }

  @Test func triesOnceMoreWhenNothingWasSent() async throws {
    let shop = bench.guideShop()
    _ = try await shop.order(OrderID(rawValue: "ORD-839201"), context: bench.context())
    bench.http.failNext(.notSent(reason: "refused"))
    #expect(await bench.failure(shop) == nil)
    bench.http.failNext(.notSent(reason: "refused"), .notSent(reason: "refused"))
    #expect(await bench.failure(shop) == .unavailable(reason: "it cannot be reached: refused"))
  }

  @Test func aTokenThatIsRefusedIsReplacedOnce() async throws {
    let shop = bench.guideShop()
    _ = try await shop.order(OrderID(rawValue: "ORD-839201"), context: bench.context())
    await bench.control(.put, "/_faults/guide-shop", #"{"status":401,"path":"/orders","for_requests":1}"#)
    let before = bench.http.sent.count
    #expect(await bench.failure(shop) == nil)
    #expect(
      bench.http.sent.dropFirst(before).map { $0.url.split(separator: "/").suffix(2).joined(separator: "/") } == [
        "orders/ORD-839201", "oauth/token", "orders/ORD-839201",
      ])
  }

  @Test func aSecond401IsUnauthorized() async throws {
    let shop = bench.guideShop()
    _ = try await shop.order(OrderID(rawValue: "ORD-839201"), context: bench.context())
    await bench.control(.put, "/_faults/guide-shop", #"{"status":401,"path":"/orders"}"#)
    #expect(await bench.failure(shop) == .unauthorized(reason: "it answered 401 to a fresh access token"))
  }

  @Test func aWrongSecretIsUnauthorized() async {
    #expect(
      await bench.failure(bench.guideShop(secret: "wrong-secret"))
        == .unauthorized(reason: "the token endpoint refuses the client: 401 invalid_client"))
  }
}
