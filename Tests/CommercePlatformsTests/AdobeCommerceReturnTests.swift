import Core
import HTTPClient
import HTTPMessages
import Orders
import Testing

@testable import CommercePlatforms
@testable import Sandbox

@Suite struct AdobeCommerceReturnTests {
  let bench = Bench()

  private func submission(
    _ items: [(sku: String, quantity: Int)] = [("SKU-20871", 1)], order: String = "ORD-839201",
    reference: String = "ret_a", reason: String? = "11"
  ) -> ReturnSubmission {
    ReturnSubmission(
      reference: reference, orderID: OrderID(rawValue: order),
      items: items.map {
        .init(sku: $0.sku, quantity: $0.quantity, reasonCode: "TOO_SMALL", platformReason: reason)
      }, customerReference: "call-77", notificationChannel: "email")
  }

  private func failure(_ shop: AdobeCommerce, _ submission: ReturnSubmission) async -> ReturnPlatformError? {
    do throws(ReturnPlatformError) {
      _ = try await shop.submit(submission, context: bench.context())
      return nil
    } catch {
      return error
    }
  }

  // MARK: - A return's life

  @Test func asksForAReturnAndFollowsItToTheMoney() async throws {
    let shop = bench.adobeCommerce()
    let merchant = bench.adobeCommerceMerchant
    let made = try await shop.submit(submission(), context: bench.context())
    #expect(made.state == .submitted)
    #expect(made.rmaNumber == "000000002")
    #expect(made.id == "2")
    let order = OrderID(rawValue: "ORD-839201")
    func state() async throws -> PlatformReturn.State? {
      try await shop.read(made.id, of: order, context: bench.context())?.state
    }
    #expect(try await state() == .submitted)
    try merchant.authorize(made.id)
    #expect(try await state() == .authorized)
    try merchant.receive(made.id)
    #expect(try await state() == .received)
    try merchant.refund(made.id)
    #expect(try await state() == .refunded)
  }

  @Test func sendsTheItemsWithTheirOptionsAndOurReference() async throws {
    _ = try await bench.adobeCommerce().submit(submission(), context: bench.context())
    let request = try #require(bench.http.sent.last)
    #expect(request.method == .post)
    #expect(request.url == "http://sandbox/adobe-commerce/rest/default/V1/returns")
    let asked = try #require(try JSONValue(parsing: request.body ?? [])["rmaDataObject"])
    #expect(asked["order_id"]?.integer == 839_201)
    #expect(asked["order_increment_id"]?.string == "ORD-839201")
    let item = try #require(asked["items"]?[0])
    #expect(item["order_item_id"]?.integer == 83_920_102)
    #expect(item["qty_requested"]?.integer == 1)
    #expect([item["reason"], item["condition"], item["resolution"]].map { $0?.string } == ["11", "8", "5"])
    #expect(asked["comments"]?[0]?["comment"]?.string == "Ringback ret_a, asked for in call-77")
    #expect(asked["comments"]?[0]?["visible_on_front"]?.bool == false)
  }

  @Test func theEndsThatAreNoRefund() async throws {
    let shop = bench.adobeCommerce()
    let merchant = bench.adobeCommerceMerchant
    let order = OrderID(rawValue: "ORD-839207")
    var ids: [String] = []
    for reference in ["ret_a", "ret_b", "ret_c"] {
      let asked = submission(
        [(reference == "ret_a" ? "SKU-61001" : "SKU-61002", 1)], order: "ORD-839207", reference: reference)
      ids.append(try await shop.submit(asked, context: bench.context()).id)
    }
    try merchant.decline(ids[0], reason: "Worn")
    try merchant.cancel(ids[1])
    try merchant.authorize(ids[2])
    try merchant.receive(ids[2])
    try merchant.close(ids[2])
    var states: [PlatformReturn.State?] = []
    for id in ids { states.append(try await shop.read(id, of: order, context: bench.context())?.state) }
    #expect(states == [.declined(reason: "denied"), .cancelled, .closed])
    #expect(try await shop.read("999999", of: order, context: bench.context()) == nil)
  }

  // MARK: - What can be returned

  @Test func whatIsAskedForCannotBeReturnedTwice() async throws {
    let shop = bench.adobeCommerce { $0.returnWindowDays = 14 }
    let order = OrderID(rawValue: "ORD-839201")
    func lines() async throws -> [ReturnableOrder.Line] {
      try await shop.returnable(order, context: bench.context())?.lines ?? []
    }
    #expect(
      try await lines() == [
        .init(sku: "SKU-12345", bought: 1, returned: 0), .init(sku: "SKU-20871", bought: 2, returned: 0),
      ])
    let made = try await shop.submit(submission([("SKU-20871", 2)]), context: bench.context())
    #expect(try await lines().map(\.returned) == [0, 2])
    try bench.adobeCommerceMerchant.decline(made.id, reason: "Worn")
    #expect(try await lines().map(\.returned) == [0, 0])
    let whole = try #require(try await shop.returnable(order, context: bench.context()))
    #expect(whole.isEligible)
    #expect(whole.until == CalendarDate("2026-12-04"))
  }

  @Test func whatHasNotLeftCannotComeBack() async throws {
    let shop = bench.adobeCommerce()
    let part = try #require(try await shop.returnable(OrderID(rawValue: "ORD-839207"), context: bench.context()))
    #expect(part.lines.map(\.bought) == [1, 2, 0])
    let none = try #require(try await shop.returnable(OrderID(rawValue: "ORD-839202"), context: bench.context()))
    #expect(!none.isEligible)
    #expect(try await shop.returnable(OrderID(rawValue: "ORD-1"), context: bench.context()) == nil)
  }

  // MARK: - Refusals

  @Test func tellsRefusalsApart() async {
    let shop = bench.adobeCommerce()
    let table: [(ReturnSubmission, ReturnRefusal, String)] = [
      (submission(order: "ORD-1"), .orderUnknown, "adobe_commerce order_unknown"),
      (submission([("SKU-1", 1)]), .skuUnknown, "adobe_commerce sku"),
      (submission([("SKU-20871", 3)]), .quantityTooLarge, "adobe_commerce quantity"),
      (submission(reason: nil), .reasonUnknown, "adobe_commerce reason"),
      (submission([("SKU-41190", 1)], order: "ORD-839210"), .notEligible, "adobe_commerce state"),
      (submission([("SKU-41190", 1)], order: "ORD-839203"), .notEligible, "adobe_commerce 400 cannot_return"),
      (submission(reason: "99"), .refusedByPlatform, "adobe_commerce 400"),
    ]
    for (asked, refusal, code) in table {
      #expect(await failure(shop, asked) == .refused(refusal, code: code))
    }
  }

  @Test func openSourceHasNoReturns() async throws {
    var options = AdobeCommerceOptions()
    options.hasReturns = false
    let bench = Bench(adobeCommerce: options)
    let shop = bench.adobeCommerce()
    #expect(
      await failure(shop, submission()) == .refused(.refusedByPlatform, code: AdobeCommerceRefusal.noReturns))
    #expect(try await shop.order(OrderID(rawValue: "ORD-839201"), context: bench.context())?.status == .shipped)
  }

  // MARK: - Answers that are lost

  @Test(arguments: [true, false])
  func aLostAnswerIsFoundAgain(keepsComments: Bool) async throws {
    var options = AdobeCommerceOptions()
    options.keepsComments = keepsComments
    let bench = Bench(adobeCommerce: options)
    let shop = bench.adobeCommerce()
    #expect(
      await failure(striking(bench, #""lose_answer":true,"for_requests":1"#), submission())
        == .unknown(reason: "the connection broke: the connection was reset"))
    let found = try #require(try await shop.find(submission(), context: bench.context()))
    #expect(bench.adobeCommerceMerchant.returns.count == 1)
    #expect(found.state == .submitted)
    // And again, by the reference.
    #expect(try await shop.find(submission(), context: bench.context()) == found)
    #expect(try await shop.find(submission(reference: "ret_b"), context: bench.context()) == nil)
  }

  @Test func aShopThatDropsTheCommentIsGivenItAgain() async throws {
    var options = AdobeCommerceOptions()
    options.keepsComments = false
    let bench = Bench(adobeCommerce: options)
    _ = try await bench.adobeCommerce().submit(submission(), context: bench.context())
    let comments = bench.adobeCommerceMerchant.returns[0]["comments"]?.array ?? []
    #expect(comments.map { $0["comment"]?.string } == ["Ringback ret_a, asked for in call-77"])
  }

  /// A connector whose shop fails once the return itself is asked for, after the order and its returns were read.
  private func striking(_ bench: Bench, _ fault: String) -> AdobeCommerce {
    let http = Passing(bench.http, requests: 2) {
      await bench.control(.put, "/_faults/adobe-commerce", "{\(fault)}")
    }
    return AdobeCommerce(
      bench.adobeCommerce().configuration, http: http, authentication: .oauth1 { Bench.adobeCommerceCredentials },
      time: bench.time, random: bench.random)
  }

  @Test(arguments: [
    (#""status":503"#, ReturnPlatformError.unknown(reason: "it answered 503")),
    (#""status":429,"retry_after":7"#, .notDone(reason: "it asks to be called less often", retryAfter: .seconds(7))),
    (#""status":200,"body":"oops""#, .unknown(reason: "unreadable answer: no JSON")),
    (
      #""status":400,"body":"{\"message\":\"Quantity of %1 is greater than you can return.\"}""#,
      .refused(.quantityTooLarge, code: "adobe_commerce 400 quantity")
    ),
    (
      #""status":422,"body":"{\"message\":\"Alex owes us\"}""#, .refused(.refusedByPlatform, code: "adobe_commerce 422")
    ),
  ])
  func tellsWhatBecameOfTheCall(fault: String, error: ReturnPlatformError) async {
    #expect(await failure(striking(bench, fault), submission()) == error)
    #expect(bench.http.sent.last?.method == .post)
  }

  @Test func whatWasNotSentIsNotDone() async {
    let shop = bench.adobeCommerce()
    // A request is sent once more when its connection fails before it is used.
    bench.http.failNext(.notSent(reason: "refused"), .notSent(reason: "refused"))
    #expect(
      await failure(shop, submission()) == .notDone(reason: "it cannot be reached: refused", retryAfter: nil))
  }

  // MARK: - Events

  @Test func anEventOfASavedReturnSaysWhichOne() async throws {
    let shop = bench.adobeCommerce()
    let body = try JSONValue(
      parsing: #"""
        {"specversion":"1.0","id":"e1","type":"com.adobe.commerce.observer.rma_save_commit_after",
        "data":{"key":"k","value":{"entity_id":12,"increment_id":"000000012","order_increment_id":"ORD-839201"}}}
        """#)
    let hint = ReturnHint(platformID: "12", orderID: OrderID(rawValue: "ORD-839201"))
    #expect(shop.hint(topic: "com.adobe.commerce.observer.rma_save_commit_after", body: body) == hint)
    #expect(shop.hint(topic: "observer.rma_save_after", body: ["event": body]) == hint)
    #expect(shop.hint(topic: "com.adobe.commerce.observer.sales_order_save_commit_after", body: body) == nil)
    #expect(shop.hint(topic: "observer.rma_save_commit_after", body: "nonsense") == ReturnHint())
  }
}

/// Lets so many requests pass, then does something once, before the next.
private actor Countdown {
  private var left: Int

  init(_ count: Int) { left = count }

  func isOver() -> Bool {
    left -= 1
    return left == -1
  }
}

private struct Passing: HTTPRequesting {
  private let http: any HTTPRequesting
  private let countdown: Countdown
  private let then: @Sendable () async -> Void

  init(_ http: any HTTPRequesting, requests: Int, then: @escaping @Sendable () async -> Void) {
    self.http = http
    countdown = Countdown(requests)
    self.then = then
  }

  func send(_ request: OutgoingRequest) async throws(HTTPClientError) -> IncomingResponse {
    if await countdown.isOver() { await then() }
    return try await http.send(request)
  }
}
