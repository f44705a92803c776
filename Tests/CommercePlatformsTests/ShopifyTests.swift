import Core
import HTTPClient
import HTTPMessages
import Orders
import Testing

@testable import CommercePlatforms

@Suite struct ShopifyTests {
  let bench = Bench()

  private func look(_ shopify: Shopify, _ number: String) async throws(OrderPlatformError) -> Order? {
    try await shopify.order(OrderID(rawValue: number), context: bench.context())
  }

  @Test func readsAnOrderWhole() async throws {
    let order = try await look(bench.shopify { $0.returnWindowDays = 30 }, "ORD-839201")
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
    ("ORD-839206", .onHold), ("ORD-839207", .partiallyShipped), ("ORD-839208", .outForDelivery),
    ("ORD-839210", .returned), ("ORD-839211", .pending),
  ])
  func readsEveryStatus(number: String, status: OrderStatus) async throws {
    #expect(try await look(bench.shopify(), number)?.status == status)
  }

  @Test func amountsKeepTheFractionDigitsOfTheirCurrency() async throws {
    #expect(try await look(bench.shopify(), "ORD-839208")?.total.decimal == "4960")
    #expect(try await look(bench.shopify(), "ORD-839209")?.total.decimal == "18.750")
  }

  @Test func whatMayNotBeReturnedIsNotEligible() async throws {
    #expect(try await look(bench.shopify(), "ORD-839203")?.returnEligible == false)
    let late = try await look(bench.shopify { $0.returnWindowDays = 0 }, "ORD-839201")
    #expect(late?.returnEligible == false)
    #expect(late?.returnEligibleUntil == CalendarDate("2026-11-20"))
  }

  /// The search also finds ORD-8392071, which is older and stands first.
  @Test func takesOnlyTheOrderWithThisVeryName() async throws {
    #expect(try await look(bench.shopify(), "ORD-839207")?.total.decimal == "395.00")
    #expect(try await look(bench.shopify(), "ORD-83920") == nil)
    #expect(try await look(bench.shopify(), "ORD-000000") == nil)
  }

  @Test func nothingInANumberIsReadAsSearchSyntax() async throws {
    #expect(ShopifyQuery.search(name: ##"#1001" OR name:"*\"##) == ##"name:"#1001\" OR name:\"*\\""##)
    #expect(try await look(bench.shopify(), #"x" OR status:"any"#) == nil)
    #expect(try await look(bench.shopify(), "ORD-839201 OR ORD-839202") == nil)
  }

  @Test(arguments: [
    ("1001", "#", "", "#1001"), ("#1001", "#", "", "#1001"), ("ORD-839201", "", "", "ORD-839201"),
    ("839201", "ORD-", "", "ORD-839201"), ("ORD-839201", "ord-", "", "ORD-839201"), ("1001", "#", "-EU", "#1001-EU"),
    ("1001-EU", "", "-EU", "1001-EU"),
  ])
  func namesAreNumbersWithThePrefixOfTheShop(number: String, prefix: String, suffix: String, name: String) {
    let shopify = bench.shopify {
      $0.namePrefix = prefix
      $0.nameSuffix = suffix
    }
    #expect(shopify.orderName(of: OrderID(rawValue: number)) == name)
  }

  @Test func sendsTheTokenInShopifysHeader() async throws {
    let context = bench.context()
    _ = try await bench.shopify().order(OrderID(rawValue: "ORD-839201"), context: context)
    #expect(
      bench.http.sent.map(\.url) == [
        "http://sandbox/shopify/admin/oauth/access_token", "http://sandbox/shopify/admin/api/2026-07/graphql.json",
        "http://sandbox/shopify/admin/api/2026-07/graphql.json",
      ])
    let request = try #require(bench.http.sent.last)
    #expect(request.headers["x-shopify-access-token"]?.hasPrefix("shpat_") == true)
    #expect(request.headers["authorization"] == nil)
    #expect(request.headers["content-type"] == "application/json")
    #expect(request.headers["x-request-id"] == "call-77")
    #expect(request.headers["traceparent"]?.contains(context.trace.traceID) == true)
  }

  // MARK: - Throttling

  @Test func aBucketThatFillsInTimeIsWaitedFor() async throws {
    let shopify = bench.shopify { $0.longestWait = .seconds(3) }
    // Enough for one look-up, whose second query asks for 100 points and gives most of them back.
    await bench.control(.put, "/_limits", #"{"shopify_points":110,"shopify_points_per_second":50}"#)
    _ = try await look(shopify, "ORD-839201")
    let before = bench.http.sent.count
    async let order = look(shopify, "ORD-839202")
    // The refresh of the token, and the look-up that waits for points.
    await bench.waitForPause(sleepers: 2)
    #expect(bench.http.sent.count == before + 1)
    bench.time.advance(by: .seconds(1))
    #expect(try await order?.status == .processing)
    #expect(bench.http.sent.count == before + 2)
  }

  @Test func anEmptyBucketIsThrottled() async throws {
    let shopify = bench.shopify { $0.longestWait = .zero }
    _ = try await look(shopify, "ORD-839201")
    await bench.control(.put, "/_limits", #"{"shopify_points":300,"shopify_points_per_second":1}"#)
    var error: OrderPlatformError?
    for _ in 0..<50 where error == nil { error = await bench.failure(shopify) }
    guard case .throttled(let wait?) = error else {
      Issue.record("expected a throttled answer, got \(String(describing: error))")
      return
    }
    #expect(wait > .zero)
    // While the points are known to be missing nothing is asked.
    let count = bench.http.sent.count
    _ = await bench.failure(shopify)
    #expect(bench.http.sent.count == count)
    bench.time.advance(by: .seconds(300))
    #expect(await bench.failure(shopify) == nil)
  }

  @Test func throttledInAnAnswerOf200IsThrottled() async throws {
    let shopify = bench.shopify()
    _ = try await look(shopify, "ORD-839201")
    let throttled = JSONValue.string(
      #"{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],"extensions":{"cost":{"requestedQueryCost":50,"#
        + #""actualQueryCost":null,"throttleStatus":{"maximumAvailable":100.0,"currentlyAvailable":10,"restoreRate":10.0}}}}"#
    ).text
    await bench.control(.put, "/_faults/shopify", #"{"status":200,"body":\#(throttled)}"#)
    #expect(await bench.failure(shopify) == .throttled(retryAfter: .milliseconds(4_020)))
  }

  // MARK: - Faults

  @Test(arguments: [
    (#"{"status":429,"retry_after":2}"#, OrderPlatformError.throttled(retryAfter: .seconds(2))),
    (#"{"status":502}"#, .unavailable(reason: "it answered 502")),
    (#"{"status":404}"#, .unavailable(reason: "it answered 404: the shop or the API version does not exist")),
    (#"{"status":200,"body":"oops"}"#, .unavailable(reason: "unreadable answer: no JSON")),
    (#"{"status":200,"body":"{\"data\":{}}"}"#, .unavailable(reason: "unreadable answer: orders")),
    (
      #"{"status":200,"body":"{\"errors\":\"Not Found\"}"}"#,
      .unavailable(reason: "its GraphQL answered an error without a known code")
    ),
    (
      #"{"status":200,"body":"{\"errors\":[{\"extensions\":{\"code\":\"INTERNAL_SERVER_ERROR\"}}]}"}"#,
      .unavailable(reason: "its GraphQL answered an error INTERNAL_SERVER_ERROR")
    ),
    (
      #"{"status":200,"body":"{\"errors\":[{\"path\":[\"orders\"],\"extensions\":{\"code\":\"ACCESS_DENIED\"}}],\"data\":{\"orders\":null}}"}"#,
      .unauthorized(reason: "it denies access to orders: a scope is missing")
    ),
    (#"{"reset":true}"#, .unavailable(reason: "the connection broke: the connection was reset")),
    (#"{"status":401}"#, .unauthorized(reason: "it answered 401 to a fresh access token")),
  ])
  func tellsWhyThereIsNoAnswer(fault: String, error: OrderPlatformError) async throws {
    let shopify = bench.shopify()
    _ = try await look(shopify, "ORD-839201")
    var fault = fault
    fault.removeLast()
    await bench.control(.put, "/_faults/shopify", fault + #","path":"/admin/api"}"#)
    #expect(await bench.failure(shopify) == error)
    await bench.control(.delete, "/_faults/shopify")
    #expect(await bench.failure(shopify) == nil)
  }

  @Test func aTokenThatIsRefusedIsReplacedOnce() async throws {
    let shopify = bench.shopify()
    _ = try await look(shopify, "ORD-839201")
    await bench.control(.put, "/_faults/shopify", #"{"status":401,"path":"/admin/api","for_requests":1}"#)
    let before = bench.http.sent.count
    #expect(await bench.failure(shopify) == nil)
    #expect(bench.http.sent.count == before + 4)
  }
}
