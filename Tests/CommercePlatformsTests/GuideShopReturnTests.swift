import Core
import HTTPClient
import HTTPMessages
import Orders
import Testing

@testable import CommercePlatforms

@Suite struct GuideShopReturnTests {
  let bench = Bench()

  static func submission(
    _ order: String = "ORD-839201", sku: String = "SKU-12345", quantity: Int = 1, reason: String = "DEFECTIVE",
    platformReason: String? = nil, reference: String = "ret_1"
  ) -> ReturnSubmission {
    ReturnSubmission(
      reference: reference, orderID: OrderID(rawValue: order),
      items: [.init(sku: sku, quantity: quantity, reasonCode: reason, platformReason: platformReason)],
      customerReference: "call-98765", notificationChannel: "email")
  }

  /// What the shop was asked for, and how often.
  private func returns() async -> [JSONValue] {
    await bench.answer(.get, "/_returns/guide-shop")["returns"]?.array ?? []
  }

  @Test func fromTheRequestToTheRefund() async throws {
    let (shop, order) = (bench.guideShop(), OrderID(rawValue: "ORD-839201"))
    let submitted = try await shop.submit(Self.submission(), context: bench.context())
    #expect(submitted.id.hasPrefix("RR-"))
    #expect(submitted == PlatformReturn(id: submitted.id, rmaNumber: nil, state: .submitted))
    let request = try #require(bench.http.sent.last)
    #expect(request.headers["idempotency-key"] == "ret_1")
    #expect(
      try JSONValue(parsing: request.body ?? []) == [
        "order_id": "ORD-839201", "items": [["sku": "SKU-12345", "quantity": 1, "reason_code": "DEFECTIVE"]],
        "customer_reference": "call-98765", "notification_channel": "email", "external_reference": "ret_1",
      ])
    bench.time.advance(by: .seconds(2))
    let states: [(String?, PlatformReturn.State)] = [
      (nil, .authorized), ("receive", .received), ("refund", .refunded), ("close", .closed),
    ]
    for (action, state) in states {
      if let action { await bench.control(.post, "/_returns/guide-shop/\(submitted.id)", #"{"action":"\#(action)"}"#) }
      #expect(
        try await shop.read(submitted.id, of: order, context: bench.context())
          == PlatformReturn(id: submitted.id, rmaNumber: "RMA-100001", state: state))
    }
    #expect(try await shop.read("RR-0", of: order, context: bench.context()) == nil)
  }

  @Test func whatTheMerchantRefuses() async throws {
    let (shop, order) = (bench.guideShop(), OrderID(rawValue: "ORD-839201"))
    let states: [(String, PlatformReturn.State)] = [
      (#"{"action":"decline","reason":"outside_policy"}"#, .declined(reason: "outside_policy")),
      (#"{"action":"decline","reason":"Alex Morgan returns too often"}"#, .declined(reason: "declined")),
      (#"{"action":"cancel"}"#, .cancelled),
    ]
    for (number, (action, state)) in states.enumerated() {
      let id = try await shop.submit(Self.submission(reference: "ret_\(number)"), context: bench.context()).id
      await bench.control(.post, "/_returns/guide-shop/\(id)", action)
      #expect(try await shop.read(id, of: order, context: bench.context())?.state == state)
    }
  }

  @Test func whatCanStillBeReturned() async throws {
    let (shop, order) = (bench.guideShop(), OrderID(rawValue: "ORD-839201"))
    func lines() async throws -> [ReturnableOrder.Line] {
      try await shop.returnable(order, context: bench.context())?.lines ?? []
    }
    #expect(
      try await shop.returnable(order, context: bench.context())
        == ReturnableOrder(
          orderID: order, isEligible: true, until: CalendarDate("2027-01-31"),
          lines: [
            .init(sku: "SKU-12345", bought: 1, returned: 0), .init(sku: "SKU-20871", bought: 2, returned: 0),
          ]))
    let id = try await shop.submit(Self.submission(sku: "SKU-20871"), context: bench.context()).id
    #expect(try await lines().map(\.returned) == [0, 1])
    await bench.control(.post, "/_returns/guide-shop/\(id)", #"{"action":"decline"}"#)
    #expect(try await lines().map(\.returned) == [0, 0])
    let other = try await shop.returnable(OrderID(rawValue: "ORD-839203"), context: bench.context())
    #expect(other?.isEligible == false)
    #expect(other?.until == CalendarDate("2026-10-02"))
    #expect(try await shop.returnable(OrderID(rawValue: "ORD-000000"), context: bench.context()) == nil)
  }

  // MARK: - What went wrong

  private func failure(_ submission: ReturnSubmission = submission()) async -> ReturnPlatformError? {
    do throws(ReturnPlatformError) {
      _ = try await bench.guideShop().submit(submission, context: bench.context())
      return nil
    } catch { return error }
  }

  @Test(
    arguments: [
      (submission("ORD-000000"), .orderUnknown, "404 order_not_found"),
      (submission("ORD-839202", sku: "SKU-30016"), .notEligible, "409 not_eligible"),
      (submission("ORD-839203", sku: "SKU-41190"), .windowPassed, "409 window_passed"),
      (submission(sku: "SKU-99999"), .skuUnknown, "422 sku_not_in_order"),
      (submission(quantity: 2), .quantityTooLarge, "422 quantity_exceeded"),
      (submission(reason: "BORED"), .reasonUnknown, "422 unknown_reason"),
      (submission(quantity: 0), .refusedByPlatform, "400 invalid_request"),
    ] as [(ReturnSubmission, ReturnRefusal, String)])
  func refusals(submission: ReturnSubmission, refusal: ReturnRefusal, code: String) async {
    #expect(await failure(submission) == .refused(refusal, code: "guide_shop \(code)"))
    #expect(await returns() == [])
  }

  @Test func aReasonIsSentInTheShopsWord() async {
    #expect(await failure(Self.submission(reason: "BROKEN", platformReason: "DEFECTIVE")) == nil)
  }

  @Test(
    arguments: [
      (#"{"status":500}"#, .unknown(reason: "it answered 500")),
      (#"{"status":503,"retry_after":9}"#, .unknown(reason: "it answered 503")),
      (#"{"status":302}"#, .unknown(reason: "it answered 302")),
      (#"{"status":200,"body":"<html>"}"#, .unknown(reason: "unreadable answer: no JSON")),
      (#"{"status":200,"body":"{}"}"#, .unknown(reason: "unreadable answer: return_request_id is missing")),
      (#"{"reset":true}"#, .unknown(reason: "the connection broke: the connection was reset")),
      (
        #"{"status":429,"retry_after":9}"#, .notDone(reason: "it asks to be called less often", retryAfter: .seconds(9))
      ),
      (#"{"status":403}"#, .notDone(reason: "it answered 403: the client lacks a permission", retryAfter: nil)),
      (#"{"status":401}"#, .notDone(reason: "it answered 401 to a fresh access token", retryAfter: nil)),
      (#"{"status":408}"#, .notDone(reason: "it answered 408", retryAfter: nil)),
      (#"{"status":404}"#, .refused(.orderUnknown, code: "guide_shop 404")),
      (#"{"status":404,"body":{"error":"not_found"}}"#, .refused(.refusedByPlatform, code: "guide_shop 404 not_found")),
      (#"{"status":409,"body":{"code":"frozen"}}"#, .refused(.refusedByPlatform, code: "guide_shop 409 frozen")),
      (#"{"status":422,"body":{"error":"for Alex Morgan"}}"#, .refused(.refusedByPlatform, code: "guide_shop 422")),
    ] as [(String, ReturnPlatformError)])
  func whetherItWasDone(fault: String, error: ReturnPlatformError) async {
    let members = String(fault.dropLast())
    await bench.control(.put, "/_faults/guide-shop", members + #","path":"/returns"}"#)
    #expect(await failure() == error)
  }

  @Test func whatWasNotSentWasNotDone() async {
    let shop = bench.guideShop()
    _ = try? await shop.order(OrderID(rawValue: "ORD-839201"), context: bench.context())
    bench.http.failNext(.notSent(reason: "refused"), .notSent(reason: "refused"))
    await #expect(throws: ReturnPlatformError.notDone(reason: "it cannot be reached: refused", retryAfter: nil)) {
      try await shop.submit(Self.submission(), context: bench.context())
    }
    bench.http.failNext(.timedOut)
    await #expect(throws: ReturnPlatformError.unknown(reason: "it did not answer in time")) {
      try await shop.submit(Self.submission(), context: bench.context())
    }
    await #expect(
      throws: ReturnPlatformError.notDone(reason: "there was no time left to send it", retryAfter: nil)
    ) { try await shop.submit(Self.submission(), context: bench.context(deadline: .zero)) }
  }

  @Test(arguments: [#"{"status":503,"path":"/returns"}"#, #"{"reset":true,"path":"/returns"}"#])
  func aReadThatFailsChangesNothing(fault: String) async {
    let shop = bench.guideShop()
    await bench.control(.put, "/_faults/guide-shop", fault)
    for call in [
      { _ = try await shop.find(Self.submission(), context: bench.context()) },
      { _ = try await shop.read("RR-1", of: OrderID(rawValue: "ORD-839201"), context: bench.context()) },
      { _ = try await shop.returnable(OrderID(rawValue: "ORD-839201"), context: bench.context()) },
    ] as [() async throws -> Void] {
      do {
        try await call()
        Issue.record("nothing was thrown")
      } catch {
        guard case ReturnPlatformError.notDone = error else {
          Issue.record("\(error)")
          continue
        }
      }
    }
  }

  // MARK: - The lost answer

  @Test(arguments: [true, false]) func aLostAnswerIsFound(keepsReferences: Bool) async throws {
    if !keepsReferences { await bench.control(.put, "/_limits", #"{"guide_shop_keeps_references":0}"#) }
    let shop = bench.guideShop()
    #expect(try await shop.find(Self.submission(), context: bench.context()) == nil)
    await bench.control(
      .put, "/_faults/guide-shop", #"{"lose_answer":true,"path":"/returns","for_requests":1}"#)
    #expect(await failure() == .unknown(reason: "the connection broke: the connection was reset"))
    let found = try await shop.find(Self.submission(), context: bench.context())
    #expect(found?.state == .submitted)
    let listed = await returns()
    #expect(listed.map { $0["id"]?.string } == [found?.id])
    #expect(listed.first?["reference"]?.string == (keepsReferences ? "ret_1" : nil))
    // Not what was asked for: another reference, or another call, item or number.
    if keepsReferences {
      #expect(try await shop.find(Self.submission(reference: "ret_2"), context: bench.context()) == nil)
    } else {
      var others = [Self.submission("ORD-839204"), Self.submission(sku: "SKU-20871"), Self.submission(quantity: 2)]
      others.append(Self.submission())
      others[3].customerReference = "call-2"
      for other in others { #expect(try await shop.find(other, context: bench.context()) == nil) }
    }
  }

  @Test func theSameReferenceIsNeverTwoReturns() async throws {
    let shop = bench.guideShop()
    let first = try await shop.submit(Self.submission(), context: bench.context())
    #expect(try await shop.submit(Self.submission(), context: bench.context()) == first)
    let listed = await returns()
    #expect(listed.map { $0["mutations"]?.integer } == [2])
  }

  @Test func aShopWithoutAListCannotBeSearched() async {
    await bench.control(.put, "/_faults/guide-shop", #"{"status":405,"path":"/returns"}"#)
    await #expect(
      throws: ReturnPlatformError.notDone(reason: "it has no list of returns to look in", retryAfter: nil)
    ) { try await bench.guideShop().find(Self.submission(), context: bench.context()) }
  }

  // MARK: - Hints

  @Test(
    arguments: [
      (
        #"{"type":"return.updated","return_request_id":"RR-1","order_id":"ORD-1","external_reference":"ret_1"}"#,
        ReturnHint(platformID: "RR-1", reference: "ret_1", orderID: OrderID(rawValue: "ORD-1"))
      ),
      (#"{"type":"return.closed","return_request_id":"RR-1","external_reference":null}"#, .init(platformID: "RR-1")),
      (#"{"external_reference":"ret_1"}"#, .init(reference: "ret_1")),
      (#"{"type":"order.updated","order_id":"ORD-1"}"#, nil), (#"{"type":"return.updated"}"#, nil), ("[]", nil),
    ] as [(String, ReturnHint?)])
  func hints(body: String, hint: ReturnHint?) throws {
    #expect(
      bench.guideShop().hint(topic: "return.updated", body: try JSONValue(parsing: Array(body.utf8))) == hint)
  }

  @Test func aTopicThatIsNotOfReturnsIsNoHint() {
    #expect(bench.guideShop().hint(topic: "order.updated", body: ["order_id": "ORD-1"]) == nil)
  }
}
