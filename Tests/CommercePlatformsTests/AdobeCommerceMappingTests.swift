import Core
import Orders
import Testing

@testable import CommercePlatforms

@Suite struct AdobeCommerceMappingTests {
  private func order(_ members: String) throws -> AdobeCommerceOrder? {
    let body = #"{"items":[{"entity_id":7,"increment_id":"100","store_id":1,\#(members)}],"total_count":1}"#
    return try AdobeCommerceOrder(OrderID(rawValue: "100"), inSearch: Array(body.utf8))
  }

  private func status(
    _ state: String, _ status: String, shipped: Int = 0, configured: [String: OrderStatus] = [:]
  ) throws -> OrderStatus? {
    var configuration = AdobeCommerce.Configuration(baseURL: "https://shop.example")
    configuration.statuses = configured
    return try order(
      #"""
      "state":"\#(state)","status":"\#(status)","grand_total":10,"order_currency_code":"EUR",
      "items":[{"item_id":1,"sku":"A","qty_ordered":2,"qty_shipped":\#(shipped)}]
      """#)?.order(configuration, shipments: [], today: Timestamp(seconds: 0)).status
  }

  /// Every state of the product.
  @Test(arguments: [
    ("new", 0, OrderStatus.pending), ("pending_payment", 0, .pending), ("payment_review", 0, .pending),
    ("processing", 0, .processing), ("processing", 1, .partiallyShipped), ("processing", 2, .shipped),
    ("complete", 2, .shipped), ("closed", 2, .returned), ("closed", 0, .cancelled), ("canceled", 0, .cancelled),
    ("holded", 0, .onHold),
  ])
  func mapsStates(state: String, shipped: Int, expected: OrderStatus) throws {
    #expect(try status(state, state, shipped: shipped) == expected)
  }

  @Test func theShopsOwnStatusesSayMore() throws {
    #expect(try status("complete", "delivered", shipped: 2) == .delivered)
    #expect(try status("complete", "at_the_door", shipped: 2) == .shipped)
    #expect(
      try status("complete", "at_the_door", shipped: 2, configured: ["at_the_door": .outForDelivery]) == .outForDelivery
    )
    #expect(throws: UnreadableAnswer("items[0].state")) { try status("teleported", "x") }
  }

  /// Of a configurable product both lines have the SKU of the simple one; a bundle's parts are lines too.
  @Test func partsOfALineAreLeftOut() throws {
    let order = try #require(
      try order(
        #"""
        "state":"complete","items":[
        {"item_id":1,"product_type":"configurable","sku":"A","name":"Shoes","qty_ordered":"2.0000","qty_shipped":2},
        {"item_id":2,"product_type":"simple","sku":"A","parent_item_id":1,"qty_ordered":2,"qty_shipped":0},
        {"item_id":3,"product_type":"bundle","sku":"B","qty_ordered":1,"qty_shipped":1},
        {"item_id":4,"product_type":"simple","sku":"C","parent_item_id":3,"qty_ordered":1}]
        """#))
    #expect(order.lines.map(\.sku) == ["A", "B"])
    #expect(order.lines.map(\.ordered) == [2, 1])
    #expect(order.lines.map(\.returnable) == [2, 0])
  }

  @Test func anotherNumberIsNoHit() throws {
    let body = #"{"items":[{"entity_id":7,"increment_id":"0100"}],"total_count":1}"#
    #expect(try AdobeCommerceOrder(OrderID(rawValue: "100"), inSearch: Array(body.utf8)) == nil)
    let twice = #"{"items":[{"entity_id":7,"increment_id":"100"},{"entity_id":8,"increment_id":"100"}]}"#
    #expect(throws: UnreadableAnswer("increment_id of several orders")) {
      try AdobeCommerceOrder(OrderID(rawValue: "100"), inSearch: Array(twice.utf8))
    }
  }

  @Test func theLatestParcelIsTold() throws {
    let shipments = try AdobeCommerceShipment.all(
      in: Array(
        #"""
        {"items":[{"created_at":"2026-11-10 23:30:00","tracks":[{"track_number":"1","title":"DHL"}]},
        {"created_at":"2026-11-15 01:00:00","tracks":[]}]}
        """#.utf8))
    let order = try #require(
      try order(#""state":"complete","grand_total":129.9,"order_currency_code":"EUR","items":[]"#))
    let read = try order.order(
      AdobeCommerce.Configuration(baseURL: ""), shipments: shipments, today: Timestamp(seconds: 0))
    #expect(read.fulfillmentDate == CalendarDate("2026-11-15"))
    #expect(read.tracking == .init(carrier: "DHL", number: "1"))
    #expect(read.total.minorUnits == 129_90)
  }

  // MARK: - Returns

  private func made(_ status: String, _ items: String = "") throws -> AdobeCommerceReturn {
    try AdobeCommerceReturn(
      AnswerFields(body: Array(#"{"entity_id":4,"increment_id":"R4","status":"\#(status)","items":[\#(items)]}"#.utf8)))
  }

  /// Every status of the product, in both spellings that it has had.
  @Test(arguments: [
    ("pending", PlatformReturn.State.submitted), ("authorized", .authorized), ("partially_authorized", .authorized),
    ("partial_authorized", .authorized), ("received", .received), ("received_on_item", .received),
    ("approved", .received), ("approved_on_item", .received), ("rejected_on_item", .received),
    ("rejected", .declined(reason: "rejected")), ("denied", .declined(reason: "denied")),
    ("processed_closed", .closed), ("processed_and_closed", .closed), ("closed", .cancelled),
  ])
  func mapsStatusesOfReturns(status: String, state: PlatformReturn.State) throws {
    #expect(try made(status).state(isRefunded: false) == state)
  }

  @Test func whatClosedMeansIsInTheItems() throws {
    let denied = #"{"order_item_id":1,"qty_requested":1,"status":"denied"}"#
    let back = #"{"order_item_id":1,"qty_requested":2,"qty_authorized":2,"qty_returned":1,"status":"received"}"#
    #expect(try made("closed", denied).state(isRefunded: false) == .declined(reason: "denied"))
    #expect(try made("closed", back).state(isRefunded: false) == .closed)
    #expect(try made("closed", denied).taken(ofLine: "1") == 0)
    #expect(try made("closed", back).taken(ofLine: "1") == 1)
    #expect(try made("authorized", back).taken(ofLine: "2") == 0)
    #expect(try made("processed_closed").state(isRefunded: true) == .refunded)
    #expect(throws: UnreadableAnswer("status of the return")) { try made("vanished").state(isRefunded: false) }
  }

  @Test func aSKUOnSeveralLinesIsSpreadOverThem() throws {
    let order = try #require(
      try order(
        #"""
        "state":"complete","items":[{"item_id":1,"sku":"A","qty_ordered":1,"qty_shipped":1},
        {"item_id":2,"sku":"A","qty_ordered":2,"qty_shipped":2}]
        """#))
    func spread(_ quantity: Int) throws -> [AdobeCommerceSubmission.Item] {
      try AdobeCommerceSubmission(
        ReturnSubmission(
          reference: "ret_a", orderID: order.id,
          items: [.init(sku: "A", quantity: quantity, reasonCode: "X", platformReason: "9")],
          customerReference: "c", notificationChannel: "none"), order: order, returns: []
      ).items
    }
    #expect(
      try spread(2) == [
        .init(orderItemID: "1", quantity: 1, reason: "9"), .init(orderItemID: "2", quantity: 1, reason: "9"),
      ])
    #expect(throws: ReturnPlatformError.refused(.quantityTooLarge, code: "adobe_commerce quantity")) { try spread(4) }
  }
}
