import Core
import HTTPClient
import HTTPMessages
import Orders
import Synchronization
import Testing

@testable import CommercePlatforms
@testable import Sandbox

@Suite struct CommercetoolsReturnTests {
  let bench = Bench()

  static func submission(
    _ items: [(sku: String, quantity: Int)] = [("SKU-20871", 1)], order: String = "ORD-839201",
    reference: String = "ret_a", reason: String? = nil
  ) -> ReturnSubmission {
    ReturnSubmission(
      reference: reference, orderID: OrderID(rawValue: order),
      items: items.map {
        .init(sku: $0.sku, quantity: $0.quantity, reasonCode: "TOO_SMALL", platformReason: reason)
      }, customerReference: "call-77", notificationChannel: "email")
  }

  private func failure(_ shop: Commercetools, _ submission: ReturnSubmission) async -> ReturnPlatformError? {
    do throws(ReturnPlatformError) {
      _ = try await shop.submit(submission, context: bench.context())
      return nil
    } catch {
      return error
    }
  }

  /// The ids of the returns that the shop has, in order.
  private func booked() async -> [String] {
    await bench.answer(.get, "/_returns/commercetools")["returns"]?.array?.compactMap { $0["id"]?.string } ?? []
  }

  private func act(_ action: String, on index: Int) async {
    await bench.control(.post, "/_returns/commercetools/\(await booked()[index])", #"{"action":"\#(action)"}"#)
  }

  private func conflicts(_ count: Int) async {
    await bench.control(.put, "/_limits", #"{"commercetools_conflicts":\#(count)}"#)
  }

  // MARK: - A return's life

  @Test func isAuthorizedAsItIsMadeAndFollowedToTheMoney() async throws {
    let shop = bench.commercetools()
    let made = try await shop.submit(Self.submission(), context: bench.context())
    #expect(
      made
        == PlatformReturn(
          id: "00000000-0000-4000-8000-000000839201:ret_a", rmaNumber: "ORD-839201-R1", state: .authorized))
    let order = OrderID(rawValue: "ORD-839201")
    func read() async throws -> PlatformReturn? { try await shop.read(made.id, of: order, context: bench.context()) }
    #expect(try await read() == made)
    await act("receive", on: 0)
    #expect(try await read()?.state == .received)
    await act("refund", on: 0)
    #expect(try await read()?.state == .refunded)
    #expect(try await read()?.rmaNumber == "ORD-839201-R1")
  }

  @Test func theEndsThatAreNoRefund() async throws {
    let shop = bench.commercetools()
    let order = OrderID(rawValue: "ORD-839207")
    var made: [PlatformReturn] = []
    for (reference, sku) in [("ret_a", "SKU-61001"), ("ret_b", "SKU-61002"), ("ret_c", "SKU-61002")] {
      let asked = Self.submission([(sku, 1)], order: "ORD-839207", reference: reference)
      made.append(try await shop.submit(asked, context: bench.context()))
    }
    #expect(made.map(\.rmaNumber) == ["ORD-839207-R1", "ORD-839207-R2", "ORD-839207-R3"])
    await act("decline", on: 0)
    await act("cancel", on: 1)
    await act("receive", on: 2)
    await act("close", on: 2)
    var states: [PlatformReturn.State?] = []
    for each in made { states.append(try await shop.read(each.id, of: order, context: bench.context())?.state) }
    #expect(states == [.declined(reason: "NotRefunded"), .cancelled, .closed])
    // What was declined or taken back can be asked for again; what came back cannot.
    let lines = try await shop.returnable(order, context: bench.context())?.lines
    #expect(lines?.map(\.returned) == [0, 1, 0])
  }

  @Test func anOrderThatIsGoneHasNoReturn() async throws {
    let shop = bench.commercetools()
    let order = OrderID(rawValue: "ORD-839201")
    for id in ["00000000-0000-4000-8000-000000000001:ret_a", "nonsense", ":ret_a"] {
      #expect(try await shop.read(id, of: order, context: bench.context()) == nil)
    }
  }

  @Test func writesTheReturnIntoTheVersionThatWasRead() async throws {
    _ = try await bench.commercetools().submit(Self.submission(reason: "size"), context: bench.context())
    let request = try #require(bench.http.sent.last)
    #expect(request.method == .post)
    #expect(
      request.url == "http://sandbox/commercetools/northwind/orders/00000000-0000-4000-8000-000000839201")
    let body = try JSONValue(parsing: request.body ?? [])
    #expect(
      body == [
        "version": 1,
        "actions": [
          [
            "action": "addReturnInfo", "returnTrackingId": "ORD-839201-R1",
            "items": [
              [
                "lineItemId": "00000000-0000-4000-9000-000839201002", "quantity": 1, "comment": "ret_a size",
                "shipmentState": "Advised",
              ]
            ],
          ]
        ],
      ])
  }

  // MARK: - What can be returned

  @Test func whatIsAskedForCannotBeReturnedTwice() async throws {
    let shop = bench.commercetools { $0.returnWindowDays = 14 }
    let order = OrderID(rawValue: "ORD-839201")
    _ = try await shop.submit(Self.submission([("SKU-20871", 2)]), context: bench.context())
    let left = try #require(try await shop.returnable(order, context: bench.context()))
    #expect(
      left.lines == [
        .init(sku: "SKU-12345", bought: 1, returned: 0), .init(sku: "SKU-20871", bought: 2, returned: 2),
      ])
    #expect(left.isEligible)
    #expect(left.until == CalendarDate("2026-12-04"))
    #expect(
      await failure(shop, Self.submission(reference: "ret_b"))
        == .refused(.quantityTooLarge, code: "commercetools quantity"))
  }

  @Test func whatHasNotLeftCannotComeBack() async throws {
    let shop = bench.commercetools { $0.returnWindowDays = 14 }
    func order(_ number: String) async throws -> ReturnableOrder? {
      try await shop.returnable(OrderID(rawValue: number), context: bench.context())
    }
    #expect(try await order("ORD-839207")?.lines.map(\.bought) == [1, 2, 0])
    let none = try #require(try await order("ORD-839202"))
    #expect(!none.isEligible)
    #expect(none.until == nil)
    #expect(try await order("ORD-839205")?.isEligible == false)
    #expect(try await order("ORD-1") == nil)
  }

  @Test func tellsRefusalsApart() async {
    let shop = bench.commercetools()
    let table: [(ReturnSubmission, ReturnRefusal, String)] = [
      (Self.submission(order: "ORD-1"), .orderUnknown, "commercetools order_unknown"),
      (Self.submission([("SKU-1", 1)]), .skuUnknown, "commercetools sku"),
      (Self.submission([("SKU-20871", 3)]), .quantityTooLarge, "commercetools quantity"),
      (Self.submission([("SKU-41190", 1)], order: "ORD-839210"), .quantityTooLarge, "commercetools quantity"),
      (Self.submission([("SKU-50002", 1)], order: "ORD-839205"), .notEligible, "commercetools state"),
    ]
    for (asked, refusal, code) in table {
      #expect(await failure(shop, asked) == .refused(refusal, code: code))
    }
    #expect(await booked().isEmpty)
  }

  // MARK: - Others who change the order

  @Test func aConflictHasTheOrderReadAgain() async throws {
    await conflicts(4)
    let made = try await bench.commercetools().submit(Self.submission(), context: bench.context())
    #expect(made.rmaNumber == "ORD-839201-R5")
    #expect(bench.http.sent.filter { $0.method == .post && $0.url.contains("/orders/") }.count == 5)
    #expect(await booked().count == 1)
  }

  @Test func conflictsWithoutEndAreForLater() async {
    await conflicts(5)
    #expect(
      await failure(bench.commercetools(), Self.submission())
        == .notDone(reason: "the order is changed by others all the time", retryAfter: nil))
    #expect(await booked().isEmpty)
  }

  /// A request that was given up on reaches the shop after all, at the worst of times.
  @Test(arguments: [true, false])
  func aRequestThatComesLateIsNotDoneTwice(beforeTheSecond: Bool) async throws {
    await bench.control(
      .put, "/_faults/commercetools", #"{"status":504,"path":"/northwind/orders/0","for_requests":1}"#)
    #expect(await failure(bench.commercetools(), Self.submission()) == .unknown(reason: "it answered 504"))
    let late = try #require(bench.http.sent.last)
    let shop = bench.commercetools(http: beforeTheSecond ? Overtaken(bench.http, by: late) : bench.http)
    #expect(try await shop.find(Self.submission(), context: bench.context()) == nil)
    let made = try await shop.submit(Self.submission(), context: bench.context())
    if !beforeTheSecond { #expect(try await bench.http.send(late).status == 409) }
    #expect(made.state == .authorized)
    #expect(await booked().count == 1)
  }

  // MARK: - Answers that are lost

  @Test func aLostAnswerIsFoundAgain() async throws {
    let shop = bench.commercetools()
    await bench.control(
      .put, "/_faults/commercetools", #"{"lose_answer":true,"path":"/northwind/orders/0","for_requests":1}"#)
    #expect(
      await failure(shop, Self.submission()) == .unknown(reason: "the connection broke: the connection was reset"))
    let found = try #require(try await shop.find(Self.submission(), context: bench.context()))
    #expect(found.rmaNumber == "ORD-839201-R1")
    #expect(try await shop.submit(Self.submission(), context: bench.context()) == found)
    #expect(try await shop.find(Self.submission(reference: "ret_"), context: bench.context()) == nil)
    #expect(await booked().count == 1)
  }

  @Test(arguments: [
    (#""status":503"#, ReturnPlatformError.unknown(reason: "it answered 503")),
    (#""status":429,"retry_after":7"#, .notDone(reason: "it asks to be called less often", retryAfter: .seconds(7))),
    (#""status":403"#, .notDone(reason: "it answered 403: the client lacks a permission", retryAfter: nil)),
    (#""status":200,"body":"oops""#, .unknown(reason: "unreadable answer: no JSON")),
    (
      #""status":200,"body":"{\"id\":\"a\",\"version\":2,\"orderState\":\"Open\"}""#,
      .unknown(reason: "unreadable answer: returnInfo")
    ),
    (
      #""status":400,"body":"{\"errors\":[{\"code\":\"InvalidOperation\"}]}""#,
      .refused(.refusedByPlatform, code: "commercetools 400 InvalidOperation")
    ),
    (#""status":409,"body":"{\"message\":\"Alex\"}""#, .refused(.refusedByPlatform, code: "commercetools 409")),
    (#""status":404"#, .refused(.orderUnknown, code: "commercetools 404")),
  ])
  func tellsWhatBecameOfTheCall(fault: String, error: ReturnPlatformError) async {
    await bench.control(.put, "/_faults/commercetools", #"{"path":"/northwind/orders/0",\#(fault)}"#)
    #expect(await failure(bench.commercetools(), Self.submission()) == error)
    #expect(bench.http.sent.last?.method == .post)
  }

  @Test func aScopeForReadingTakesNoReturns() async {
    #expect(
      await failure(bench.commercetools(scope: "view_orders:northwind"), Self.submission())
        == .notDone(reason: "it answered 403: the client lacks a permission", retryAfter: nil))
  }

  @Test func whatWasNotSentIsNotDone() async {
    // A request is sent once more when its connection fails before it is used: first that for a token.
    bench.http.failNext(.notSent(reason: "refused"), .notSent(reason: "refused"))
    guard case .notDone = await failure(bench.commercetools(), Self.submission()) else {
      Issue.record("it was not sent")
      return
    }
  }
}

/// Lets another request reach the shop just before the first update.
private final class Overtaken: HTTPRequesting {
  private let http: InProcess
  private let late: Mutex<OutgoingRequest?>

  init(_ http: InProcess, by late: OutgoingRequest) {
    self.http = http
    self.late = Mutex(late)
  }

  func send(_ request: OutgoingRequest) async throws(HTTPClientError) -> IncomingResponse {
    let other = request.method == .post ? late.withLock { $0.take() } : nil
    if let other { #expect(try await http.send(other).status == 200) }
    return try await http.send(request)
  }
}
