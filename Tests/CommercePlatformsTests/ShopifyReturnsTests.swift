import Core
import HTTPClient
import HTTPMessages
import Orders
import Testing

@testable import CommercePlatforms
@testable import Sandbox

@Suite struct ShopifyReturnsTests {
  let bench = Bench()

  static func submission(
    _ reference: String = "ret_1", order: String = "ORD-839201", items: ReturnSubmission.Item...
  ) -> ReturnSubmission {
    ReturnSubmission(
      reference: reference, orderID: OrderID(rawValue: order),
      items: items.isEmpty ? [.init(sku: "SKU-20871", quantity: 1, reasonCode: "DEFECTIVE")] : items,
      customerReference: "call-77", notificationChannel: "none")
  }

  private var merchant: ShopifyReturns? { (bench.vendors.current.vendor(.shopify) as? ShopifyShop)?.returnBook }

  /// The returns of an order, as the shop has them.
  private func made(_ number: String = "ORD-839201") -> [ShopifyReturn] {
    [SimulatedOrder].defaults.first { $0.number == number }.flatMap { merchant?.returns(of: $0) } ?? []
  }

  private func submit(
    _ shopify: Shopify, _ submission: ReturnSubmission = submission()
  ) async throws(ReturnPlatformError) -> PlatformReturn {
    try await shopify.submit(submission, context: bench.context())
  }

  private func failure(_ shopify: Shopify, _ submission: ReturnSubmission = submission()) async -> ReturnPlatformError?
  {
    do throws(ReturnPlatformError) {
      _ = try await submit(shopify, submission)
      return nil
    } catch {
      return error
    }
  }

  private func fault(_ fault: String) async { await bench.control(.put, "/_faults/shopify", fault) }

  // MARK: - A return and its life

  @Test func aRequestedReturnIsDecidedByTheMerchant() async throws {
    let shopify = bench.shopify()
    let asked = try await submit(shopify)
    #expect(asked.state == .submitted)
    #expect(asked.rmaNumber == nil, "nobody should write it on a parcel before it is approved")
    let line = try #require(made().first?.lines.first)
    #expect(line.customerNote == "Ringback ret_1")
    #expect(line.reason.handle == "defective")
    #expect((line.item, line.quantity) == (1, 1))
    let id = OrderID(rawValue: "ORD-839201")
    func state() async throws -> PlatformReturn? { try await shopify.read(asked.id, of: id, context: bench.context()) }
    try merchant?.approve(asked.id)
    #expect(try await state() == PlatformReturn(id: asked.id, rmaNumber: "ORD-839201-R1", state: .authorized))
    try merchant?.receive(asked.id)
    #expect(try await state()?.state == .received)
    try merchant?.refund(asked.id)
    #expect(try await state()?.state == .refunded)
    try merchant?.close(asked.id)
    #expect(try await state()?.state == .refunded, "closed with the money back")
  }

  @Test func aCreatedReturnIsAuthorizedAtOnce() async throws {
    let shopify = bench.shopify { $0.returns = .create }
    let made = try await submit(shopify)
    #expect(made == PlatformReturn(id: made.id, rmaNumber: "ORD-839201-R1", state: .authorized))
    #expect(self.made().first?.lines.first?.reasonNote == "Ringback ret_1")
    try merchant?.close(made.id)
    let closed = try await shopify.read(made.id, of: OrderID(rawValue: "ORD-839201"), context: bench.context())
    #expect(closed?.state == .closed)
  }

  @Test func aDeclinedAndACancelledReturnAreReadAsThat() async throws {
    let shopify = bench.shopify()
    let declined = try await submit(shopify)
    try merchant?.decline(declined.id, reason: "RETURN_PERIOD_ENDED", note: "no personal text leaves the shop")
    let cancelled = try await submit(shopify, Self.submission("ret_2"))
    try merchant?.cancel(cancelled.id)
    let order = OrderID(rawValue: "ORD-839201")
    let read = try await shopify.read(declined.id, of: order, context: bench.context())
    #expect(read == PlatformReturn(id: declined.id, rmaNumber: nil, state: .declined(reason: "RETURN_PERIOD_ENDED")))
    #expect(try await shopify.read(cancelled.id, of: order, context: bench.context())?.state == .cancelled)
    #expect(try await shopify.read("gid://shopify/Return/1", of: order, context: bench.context()) == nil)
  }

  @Test func versionsBefore2026TakeTheOldReasons() async throws {
    let shopify = bench.shopify { $0.version = "2025-10" }
    _ = try await submit(
      shopify,
      Self.submission(
        items: .init(sku: "SKU-20871", quantity: 1, reasonCode: "TOO_SMALL", platformReason: "size-too-small")))
    #expect(made().first?.lines.first?.reason.legacy == "SIZE_TOO_SMALL")
    #expect(
      await failure(
        shopify, Self.submission("ret_2", items: .init(sku: "SKU-12345", quantity: 1, reasonCode: "BROKEN")))
        == .refused(.reasonUnknown, code: "shopify REASON_NOT_FOUND"))
  }

  @Test func reasonsAreReadOnce() async throws {
    let shopify = bench.shopify()
    _ = try await submit(shopify)
    let before = bench.http.sent.count
    _ = try await submit(shopify, Self.submission("ret_2"))
    // The search, the order's returns, what is returnable, the mutation.
    #expect(bench.http.sent.count == before + 4)
  }

  // MARK: - What may be returned

  @Test func tellsWhatIsLeft() async throws {
    let shopify = bench.shopify { $0.returnWindowDays = 30 }
    let order = OrderID(rawValue: "ORD-839201")
    _ = try await submit(shopify)
    #expect(
      try await shopify.returnable(order, context: bench.context())
        == ReturnableOrder(
          orderID: order, isEligible: true, until: CalendarDate("2026-12-20"),
          lines: [.init(sku: "SKU-12345", bought: 1, returned: 0), .init(sku: "SKU-20871", bought: 2, returned: 1)]))
    bench.time.advance(by: .seconds(40 * 86_400))
    #expect(try await shopify.returnable(order, context: bench.context())?.isEligible == false)
    #expect(try await shopify.returnable(OrderID(rawValue: "ORD-000000"), context: bench.context()) == nil)
  }

  @Test func onlyWhatWasSentCountsAsBought() async throws {
    let returnable = try await bench.shopify().returnable(OrderID(rawValue: "ORD-839207"), context: bench.context())
    #expect(returnable?.lines.map(\.bought) == [1, 2, 0])
    let waiting = try await bench.shopify().returnable(OrderID(rawValue: "ORD-839202"), context: bench.context())
    #expect(waiting?.isEligible == false)
  }

  /// Three parcels, two a page: what is asked for is taken from one after the other.
  @Test func aSKUInSeveralParcelsIsSplit() async throws {
    let orders = try OrdersFile.read(
      yaml: """
        orders:
          - number: ORD-1
            status: delivered
            fulfillment_date: 2026-11-20
            return_eligible: true
            items:
              - { sku: A, price: "1.00" }
              - { sku: A, price: "1.00", quantity: 2 }
              - { sku: A, price: "1.00", quantity: 3 }
        """)
    let bench = Bench(orders: orders)
    let shopify = bench.shopify()
    let order = OrderID(rawValue: "ORD-1")
    let lines = try await shopify.returnable(order, context: bench.context())?.lines
    #expect(lines == [.init(sku: "A", bought: 6, returned: 0)])
    let asked = ReturnSubmission.Item(sku: "A", quantity: 4, reasonCode: "DEFECTIVE")
    let rest = ReturnSubmission.Item(sku: "A", quantity: 2, reasonCode: "OTHER")
    _ = try await shopify.submit(Self.submission(order: "ORD-1", items: asked, rest), context: bench.context())
    let shop = bench.vendors.current.vendor(.shopify) as? ShopifyShop
    let taken = orders.first.flatMap { shop?.returnBook.returns(of: $0).first?.lines } ?? []
    #expect(taken.map(\.item) == [0, 1, 2, 2])
    #expect(taken.map(\.quantity) == [1, 2, 1, 2])
    #expect(taken.map(\.reason.handle) == ["defective", "defective", "defective", "other"])
    #expect(try await shopify.returnable(order, context: bench.context())?.isEligible == false)
  }

  @Test(arguments: [
    (submission(order: "ORD-000000"), ReturnRefusal.orderUnknown, "ORDER_NOT_FOUND"),
    (submission(items: .init(sku: "SKU-1", quantity: 1, reasonCode: "DEFECTIVE")), .skuUnknown, "SKU_NOT_IN_ORDER"),
    (
      submission(items: .init(sku: "SKU-20871", quantity: 3, reasonCode: "DEFECTIVE")), .quantityTooLarge,
      "QUANTITY_NOT_RETURNABLE"
    ),
    (submission(items: .init(sku: "SKU-20871", quantity: 1, reasonCode: "BROKEN")), .reasonUnknown, "REASON_NOT_FOUND"),
    (
      submission(order: "ORD-839203", items: .init(sku: "SKU-41190", quantity: 1, reasonCode: "DEFECTIVE")),
      .notEligible,
      "NOTHING_RETURNABLE"
    ),
    (
      submission(order: "ORD-839202", items: .init(sku: "SKU-30016", quantity: 1, reasonCode: "DEFECTIVE")),
      .notEligible,
      "NOTHING_RETURNABLE"
    ),
  ])
  func refusesWithoutAsking(submission: ReturnSubmission, refusal: ReturnRefusal, code: String) async {
    #expect(await failure(bench.shopify(), submission) == .refused(refusal, code: "shopify \(code)"))
    #expect(!bench.http.sent.contains { String(decoding: $0.body ?? [], as: UTF8.self).contains("mutation") })
  }

  // MARK: - Asked twice, answered never

  @Test(arguments: [Shopify.Configuration.Returns.request, .create])
  func aLostAnswerIsFoundAndNothingIsDoubled(mode: Shopify.Configuration.Returns) async throws {
    let shopify = bench.shopify { $0.returns = mode }
    let first = try await submit(shopify, Self.submission("ret_0"))
    await fault(#"{"lose_answer":true,"body_contains":"mutation"}"#)
    #expect(await failure(shopify) == .unknown(reason: "the connection broke: the connection was reset"))
    await bench.control(.delete, "/_faults/shopify")
    let found = try await shopify.find(Self.submission(), context: bench.context())
    #expect(found?.id == made().last?.gid)
    #expect(found?.id != first.id)
    let again = try await submit(shopify)
    #expect(again == found)
    #expect(made().count == 2)
    #expect(try await shopify.find(Self.submission("ret_2"), context: bench.context()) == nil)
    #expect(try await shopify.find(Self.submission(order: "ORD-000000"), context: bench.context()) == nil)
  }

  @Test func itIsFoundAmongManyReturns() async throws {
    let order = try #require([SimulatedOrder].defaults.first)
    for number in 0..<25 {
      let line = ShopifyReturn.Line(item: 1, quantity: 1, reason: .unknown, customerNote: "Ringback ret_1\(number)")
      if let one = try merchant?.request([line], of: order), number != 22 { try merchant?.cancel(one.gid) }
    }
    let found = try await bench.shopify().find(Self.submission("ret_122"), context: bench.context())
    #expect(found?.id == made()[22].gid)
    #expect(try await bench.shopify().find(Self.submission("ret_12"), context: bench.context())?.id == made()[2].gid)
  }

  // MARK: - Failures

  /// What a mutation that fails says of itself. A read before it has been answered.
  @Test(arguments: [
    (#""status":502"#, ReturnPlatformError.unknown(reason: "it answered 502")),
    (#""status":503,"retry_after":9"#, .unknown(reason: "it answered 503")),
    (#""status":429,"retry_after":9"#, .notDone(reason: "it asks to be called less often", retryAfter: .seconds(9))),
    (#""status":403"#, .notDone(reason: "it answered 403: the client lacks a permission", retryAfter: nil)),
    (#""status":401"#, .notDone(reason: "it answered 401 to a fresh access token", retryAfter: nil)),
    (#""status":423"#, .notDone(reason: "it answered 423", retryAfter: nil)),
    (#""reset":true"#, .unknown(reason: "the connection broke: the connection was reset")),
    (#""status":200,"body":"oops""#, .unknown(reason: "unreadable answer: no JSON")),
    (#""status":200,"body":"{\"data\":{}}""#, .unknown(reason: "unreadable answer: mutation")),
    (
      #""status":200,"body":"{\"data\":{\"returnRequest\":{\"return\":null,\"userErrors\":[]}}}""#,
      .unknown(reason: "it answered neither a return nor why there is none")
    ),
    (
      #""status":200,"body":"{\"errors\":[{\"extensions\":{\"code\":\"INTERNAL_SERVER_ERROR\"}}]}""#,
      .unknown(reason: "its GraphQL answered an error INTERNAL_SERVER_ERROR")
    ),
    (
      #""status":200,"body":"{\"errors\":[{\"extensions\":{\"code\":\"undefinedField\"}}]}""#,
      .notDone(reason: "its GraphQL answered an error undefinedField", retryAfter: nil)
    ),
    (
      #""status":200,"body":"{\"errors\":[{\"path\":[\"returnRequest\"],\"extensions\":{\"code\":\"ACCESS_DENIED\"}}]}""#,
      .notDone(reason: "it denies access to returnRequest: a scope is missing", retryAfter: nil)
    ),
    (
      #""status":200,"body":"{\"errors\":[{\"path\":[\"returnRequest\",\"return\"],\"extensions\":{\"code\":\"ACCESS_DENIED\"}}]}""#,
      .unknown(reason: "it denies access to returnRequest.return: a scope is missing")
    ),
  ])
  func aMutationSaysWhetherItMayHaveActed(fault: String, error: ReturnPlatformError) async {
    await self.fault("{\(fault),\"body_contains\":\"mutation\"}")
    #expect(await failure(bench.shopify()) == error)
    #expect(made().isEmpty)
  }

  /// The same faults at a read: whatever happened, nothing was done.
  @Test(arguments: [
    #""status":502"#, #""reset":true"#, #""status":200,"body":"oops""#, #""status":404"#, #""status":401"#,
  ])
  func aReadThatFailsHasDoneNothing(fault: String) async {
    await self.fault("{\(fault),\"body_contains\":\"query ReturnsOfOrder\"}")
    guard case .notDone = await failure(bench.shopify()) else {
      Issue.record("a read may be made again")
      return
    }
  }

  @Test(arguments: [
    (HTTPClientError.notSent(reason: "no route"), false), (.interrupted(reason: "reset"), true), (.timedOut, true),
    (.bodyTooLarge, true), (.cancelled, true), (.refused(reason: "not allowed"), false),
  ])
  func onlyWhatWasSentMayHaveActed(error: HTTPClientError, isUnknown: Bool) {
    guard case .unknown = ReturnPlatformError(.http(error), isRead: false) else {
      return #expect(!isUnknown)
    }
    #expect(isUnknown)
    guard case .notDone = ReturnPlatformError(.http(error), isRead: true) else {
      Issue.record("a read is always not done")
      return
    }
  }

  @Test func withoutATokenNothingWasSent() {
    for error in [AccessTokenError.timedOut, .cancelled, .rejected(status: 400, code: "invalid_client")] {
      guard case .notDone = ReturnPlatformError(.token(error), isRead: false) else {
        Issue.record("\(error)")
        return
      }
    }
    #expect(
      ReturnPlatformError(.token(.unavailable(reason: "down", retryAfter: .seconds(3))), isRead: false)
        == .notDone(reason: "down", retryAfter: .seconds(3)))
  }

  /// A 401 comes before anything is done, so that the mutation is made again with a fresh token.
  @Test func aTokenThatIsRefusedIsReplacedAndNothingIsDoubled() async throws {
    let shopify = bench.shopify()
    _ = try await submit(shopify)
    await fault(#"{"status":401,"body_contains":"mutation","for_requests":1}"#)
    _ = try await submit(shopify, Self.submission("ret_2"))
    #expect(made().count == 2)
  }

  @Test func aThrottledMutationWasNotDone() async throws {
    let shopify = bench.shopify()
    _ = try await submit(shopify)
    let throttled = JSONValue.string(
      #"{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],"extensions":{"cost":{"requestedQueryCost":50,"#
        + #""actualQueryCost":null,"throttleStatus":{"maximumAvailable":100.0,"currentlyAvailable":10,"restoreRate":10.0}}}}"#
    ).text
    await fault(#"{"status":200,"body":\#(throttled),"body_contains":"mutation"}"#)
    #expect(
      await failure(shopify, Self.submission("ret_2"))
        == .notDone(reason: "the points of the app are used up", retryAfter: .milliseconds(4_020)))
    #expect(made().count == 1)
  }

  /// No query of a return may cost more than Shopify lets a single one cost.
  @Test func everyQueryIsAffordable() async throws {
    await bench.control(.put, "/_limits", #"{"shopify_points":400,"shopify_points_per_second":400}"#)
    let shopify = bench.shopify { $0.longestWait = .zero }
    for reference in ["ret_1", "ret_2"] {
      bench.time.advance(by: .seconds(1))
      let error = await failure(shopify, Self.submission(reference))
      if case .notDone(_, let wait?) = error {
        bench.time.advance(by: wait)
        #expect(await failure(shopify, Self.submission(reference)) == nil)
      } else {
        #expect(error == nil)
      }
    }
    #expect(made().count == 2)
  }
}
