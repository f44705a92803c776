import Core
import Orders
import Testing

@testable import CommercePlatforms

@Suite struct ShopifyMappingTests {
  /// Every value of Shopify's displayFulfillmentStatus and displayFinancialStatus that decides something.
  @Test(arguments: [
    ("UNFULFILLED", "PENDING", OrderStatus.pending), ("UNFULFILLED", "AUTHORIZED", .processing),
    ("UNFULFILLED", "PARTIALLY_PAID", .pending), ("UNFULFILLED", "PARTIALLY_REFUNDED", .processing),
    ("UNFULFILLED", "VOIDED", .cancelled), ("UNFULFILLED", "PAID", .processing),
    ("UNFULFILLED", "REFUNDED", .cancelled),
    ("UNFULFILLED", "EXPIRED", .pending), ("PARTIALLY_FULFILLED", "PAID", .partiallyShipped),
    ("FULFILLED", "PAID", .shipped),
    ("RESTOCKED", "REFUNDED", .returned), ("RESTOCKED", "PARTIALLY_REFUNDED", .returned),
    ("RESTOCKED", "VOIDED", .cancelled),
    ("RESTOCKED", "PAID", .cancelled), ("PENDING_FULFILLMENT", "PAID", .processing), ("OPEN", "PAID", .processing),
    ("IN_PROGRESS", "PAID", .processing), ("ON_HOLD", "PENDING", .onHold), ("SCHEDULED", "PAID", .processing),
    ("REQUEST_DECLINED", "PAID", .processing),
  ])
  func mapsOrderStatuses(fulfillment: String, financial: String, expected: OrderStatus) throws {
    #expect(try status(fulfillment, financial) == expected)
  }

  @Test(arguments: [
    ("ATTEMPTED_DELIVERY", OrderStatus.outForDelivery), ("CANCELED", .processing), ("CARRIER_PICKED_UP", .shipped),
    ("CONFIRMED", .processing), ("DELAYED", .shipped), ("DELIVERED", .delivered), ("FAILURE", .shipped),
    ("FULFILLED", .shipped), ("IN_TRANSIT", .shipped), ("LABEL_PRINTED", .processing), ("LABEL_PURCHASED", .processing),
    ("LABEL_VOIDED", .processing), ("MARKED_AS_FULFILLED", .shipped), ("NOT_DELIVERED", .shipped),
    ("OUT_FOR_DELIVERY", .outForDelivery), ("PICKED_UP", .delivered), ("READY_FOR_PICKUP", .shipped),
    ("SUBMITTED", .processing),
  ])
  func mapsParcelStatuses(parcel: String, expected: OrderStatus) throws {
    #expect(try status("FULFILLED", "PAID", parcels: [parcel]) == expected)
  }

  @Test func ofSeveralParcelsTheOneBehindCounts() throws {
    #expect(try status("FULFILLED", "PAID", parcels: ["DELIVERED", "IN_TRANSIT"]) == .shipped)
    #expect(try status("FULFILLED", "PAID", parcels: ["OUT_FOR_DELIVERY", "DELIVERED"]) == .outForDelivery)
    #expect(try status("FULFILLED", "PAID", parcels: ["DELIVERED", nil]) == .shipped)
  }

  @Test func cancellationAndReturnsComeFirst() throws {
    #expect(try status("FULFILLED", "PAID", isCancelled: true) == .cancelled)
    #expect(try status("FULFILLED", "REFUNDED", returns: "RETURNED") == .returned)
    #expect(try status("FULFILLED", "PAID", returns: "RETURNED", parcels: ["DELIVERED"]) == .delivered)
    for returns in ["IN_PROGRESS", "INSPECTION_COMPLETE", "NO_RETURN", "RETURN_FAILED", "RETURN_REQUESTED"] {
      #expect(try status("FULFILLED", "PAID", returns: returns, parcels: ["DELIVERED"]) == .delivered)
    }
  }

  @Test func newWordsAreNotGuessed() {
    #expect(throws: UnreadableAnswer("order.displayFulfillmentStatus")) { try status("TELEPORTED", "PAID") }
    #expect(throws: UnreadableAnswer("order.displayFulfillmentStatus")) { try status(nil, "PAID") }
    #expect(throws: UnreadableAnswer("order.displayFinancialStatus")) { try status("UNFULFILLED", "BARTERED") }
    #expect(throws: UnreadableAnswer("order.fulfillments.displayStatus")) {
      try status("FULFILLED", "PAID", parcels: ["LOST"])
    }
  }

  private func status(
    _ fulfillment: String?, _ financial: String, isCancelled: Bool = false, returns: String? = nil,
    parcels: [String?] = []
  ) throws -> OrderStatus {
    try ShopifyStatus(
      isCancelled: isCancelled, fulfillment: fulfillment, financial: financial, returns: returns, parcels: parcels
    ).orderStatus()
  }

  // MARK: - Answers

  private static let bareOrder = """
    "name":"#1001","displayFulfillmentStatus":"FULFILLED","displayFinancialStatus":"PAID","currentTotalPriceSet":
    {"presentmentMoney":{"amount":"10.0","currencyCode":"EUR"}},"lineItems":{"nodes":[]}
    """

  private func order(_ data: String, days: Int? = nil) throws -> Order? {
    var configuration = Shopify.Configuration(shop: "northwind")
    configuration.returnWindowDays = days
    let today = try #require(Timestamp("2026-11-21T10:00:00Z"))
    return try ShopifyOrder(configuration, today: today)
      .order(OrderID(rawValue: "1001"), named: "#1001", in: try JSONValue(parsing: data))
  }

  @Test func theLatestParcelIsTold() throws {
    let order = try #require(
      try order(
        """
        {"order":{\(Self.bareOrder),"fulfillments":[
        {"status":"SUCCESS","createdAt":"2026-11-10T09:00:00Z","deliveredAt":"2026-11-12T09:00:00Z","displayStatus":"DELIVERED",
        "trackingInfo":[{"company":"A","number":"1"}]},
        {"status":"SUCCESS","createdAt":"2026-11-15T23:30:00Z","displayStatus":"IN_TRANSIT","trackingInfo":[{"company":null,"number":"2"}]},
        {"status":"CANCELLED","createdAt":"2026-11-18T09:00:00Z","displayStatus":"CANCELED","trackingInfo":[]}]},
        "returnableFulfillments":{"nodes":[{"id":"x"}]}}
        """, days: 14))
    #expect(order.fulfillmentDate == CalendarDate("2026-11-15"))
    #expect(order.tracking == .init(carrier: "", number: "2"))
    #expect(order.status == .shipped)
    #expect(order.returnEligible)
    #expect(order.returnEligibleUntil == CalendarDate("2026-11-29"))
  }

  @Test func editedAndReturnedItemsAreLeftOut() throws {
    let lines = """
      {"order":{\(Self.bareOrder.replacing(#"{"nodes":[]}"#, with: #"{"nodes":[{"sku":"A","title":"a","quantity":2,"currentQuantity":1},{"sku":null,"title":"b","quantity":1,"currentQuantity":0}]}"#))}}
      """
    #expect(try order(lines)?.items == [.init(sku: "A", quantity: 1, title: "a")])
    let allGone = lines.replacing(#""currentQuantity":1"#, with: #""currentQuantity":0"#)
    #expect(
      try order(allGone)?.items == [.init(sku: "A", quantity: 2, title: "a"), .init(sku: "", quantity: 1, title: "b")])
  }

  @Test func anOrderThatHasGoneIsNil() throws {
    #expect(try order(#"{"order":null}"#) == nil)
    #expect(throws: UnreadableAnswer("order.name of another order")) { try order(##"{"order":{"name":"#1002"}}"##) }
    #expect(throws: UnreadableAnswer("order")) { try order("{}") }
  }

  /// Without approval for protected customer data Shopify answers the order and an error for each field.
  @Test func withheldFieldsAreDoneWithout() throws {
    let denied = """
      {"data":{"order":{\(Self.bareOrder),"phone":null,"shippingAddress":null,"billingAddress":null},
      "returnableFulfillments":null},"errors":[
      {"message":"This app is not approved to use the phone field.","path":["order","phone"],"extensions":{"code":"ACCESS_DENIED"}},
      {"message":"…","path":["order","shippingAddress"],"extensions":{"code":"ACCESS_DENIED"}},
      {"message":"…","path":["returnableFulfillments"],"extensions":{"code":"ACCESS_DENIED"}}]}
      """
    let answer = try #require(ShopifyAnswer(Array(denied.utf8)))
    #expect(answer.denied == ["order.phone", "order.shippingAddress", "returnableFulfillments"])
    let order = try #require(try self.order(try answer.checked().data.text))
    #expect(order.ownership == .init())
    #expect(!order.returnEligible)
  }

  @Test func aWithheldOrderIsUnauthorized() throws {
    let denied = #"{"data":{"order":null},"errors":[{"path":["order","phone"],"extensions":{"code":"ACCESS_DENIED"}}]}"#
    let answer = try #require(ShopifyAnswer(Array(denied.utf8)))
    #expect(throws: OrderPlatformError.unauthorized(reason: "it denies access to order.phone: a scope is missing")) {
      try answer.checked()
    }
  }

  @Test func aFloodOfLikeNamesIsNoMissingOrder() throws {
    let nodes = (0..<ShopifyQuery.hits).map { ##"{"id":"\##($0)","name":"#1001\##($0)"}"## }.joined(separator: ",")
    let answer = try #require(ShopifyAnswer(Array(#"{"data":{"orders":{"nodes":[\#(nodes)]}}}"#.utf8)))
    #expect(throws: UnreadableAnswer.self) {
      try ShopifyAnswer.identifier(of: "#1001", in: answer.data)
    }
    #expect(try ShopifyAnswer.identifier(of: "#10013", in: answer.data) == "3")
  }

  // MARK: - Points

  @Test func pointsComeBackWithTime() {
    var budget = ShopifyBudget()
    #expect(budget.reserve("q", longest: .seconds(1), now: .zero) == .zero)
    budget.observe(.init(requested: 60, available: 100, maximum: 100, restoreRate: 10), of: "q", now: .zero)
    #expect(budget.reserve("q", longest: .seconds(1), now: .zero) == .zero)
    // 40 are left: 20 short, which takes two seconds. That is too long, so nothing is taken.
    #expect(budget.reserve("q", longest: .seconds(1), now: .zero) == .milliseconds(2_020))
    #expect(budget.reserve("q", longest: .seconds(1), now: .seconds(1)) == .milliseconds(1_020))
    #expect(budget.reserve("q", longest: .seconds(1), now: .seconds(2)) == .zero)
    // Never more than the bucket holds.
    #expect(budget.wait(for: ["q"], now: .seconds(1_000)) == .zero)
    #expect(budget.reserve("q", longest: .zero, now: .seconds(1_000)) == .zero)
    #expect(budget.wait(for: ["q"], now: .seconds(1_000)) == .milliseconds(2_020))
  }

  @Test func moreThanTheBucketHoldsIsNotWaitedForForEver() {
    var budget = ShopifyBudget()
    budget.observe(.init(requested: 90, available: 50, maximum: 100, restoreRate: 10), of: "a", now: .zero)
    budget.observe(.init(requested: 60, available: 50, maximum: 100, restoreRate: 10), of: "b", now: .zero)
    #expect(budget.wait(for: ["a", "b"], now: .zero) == .milliseconds(5_020))
    #expect(budget.wait(for: ["a", "b"], now: .seconds(6)) == .zero)
  }

  @Test func lookUpsThatWaitDoNotCountOnTheSamePoints() {
    var budget = ShopifyBudget()
    budget.observe(.init(requested: 60, available: 0, maximum: 100, restoreRate: 100), of: "q", now: .zero)
    #expect(budget.reserve("q", longest: .seconds(2), now: .zero) == .milliseconds(620))
    #expect(budget.reserve("q", longest: .seconds(2), now: .zero) == .milliseconds(1_220))
  }

  @Test func shopsAreNamedEitherWay() {
    #expect(Shopify.Configuration(shop: "northwind").baseURL == "https://northwind.myshopify.com")
    #expect(Shopify.Configuration(shop: "northwind.myshopify.com").baseURL == "https://northwind.myshopify.com")
  }
}
