import Core
import Orders
import Testing

@testable import CommercePlatforms

@Suite struct CommercetoolsMappingTests {
  private func parsed(_ members: String, state: String = "Confirmed") throws -> CommercetoolsOrder {
    let body = #"{"id":"o","version":7,"orderState":"\#(state)"\#(members.isEmpty ? "" : ",")\#(members)}"#
    return try CommercetoolsOrder(OrderID(rawValue: "100"), body: Array(body.utf8))
  }

  private static let price =
    #""totalPrice":{"currencyCode":"EUR","centAmount":12990,"fractionDigits":2},"createdAt":"2026-11-01T23:30:00.000Z""#
  private static let lines =
    #""lineItems":[{"id":"l1","variant":{"sku":"A"},"name":{"de":"Schuh"},"quantity":2}]"#

  private func order(
    _ members: String, state: String = "Confirmed", _ change: (inout Commercetools.Configuration) -> Void = { _ in }
  ) throws -> Order {
    var configuration = Commercetools.Configuration(apiURL: "", projectKey: "")
    change(&configuration)
    return try parsed(Self.price + "," + members, state: state)
      .order(configuration, now: Timestamp("2026-11-21T10:00:00Z")!)
  }

  // MARK: - Orders

  @Test(arguments: [
    ("Open", nil, OrderStatus.pending), ("Confirmed", nil, .processing), ("Complete", nil, .delivered),
    ("Cancelled", "Shipped", .cancelled), ("Open", "Pending", .pending), ("Confirmed", "Pending", .processing),
    ("Open", "Ready", .processing), ("Open", "Delayed", .onHold), ("Open", "Backorder", .onHold),
    ("Confirmed", "Partial", .partiallyShipped), ("Confirmed", "Shipped", .shipped),
    ("Complete", "Delivered", .delivered), ("Open", "Canceled", .cancelled),
  ])
  func mapsTheTwoStates(state: String, shipment: String?, status: OrderStatus) throws {
    let members = shipment.map { #","shipmentState":"\#($0)""# } ?? ""
    #expect(try order(Self.lines + members, state: state).status == status)
  }

  @Test func wordsThatAreNotKnownAreUnreadable() throws {
    #expect(throws: UnreadableAnswer("shipmentState")) { try order(#""shipmentState":"Teleported""#) }
    #expect(throws: UnreadableAnswer("orderState")) { try order(Self.lines, state: "Dreamt") }
    #expect(throws: UnreadableAnswer("returnInfo[0].items[0].shipmentState")) {
      try parsed(#""returnInfo":[{"items":[{"shipmentState":"Lost"}]}]"#)
    }
    #expect(throws: UnreadableAnswer("returnInfo[0].items[0].paymentState")) {
      try parsed(#""returnInfo":[{"items":[{"shipmentState":"Advised","paymentState":"Maybe"}]}]"#)
    }
    #expect(throws: UnreadableAnswer("totalPrice")) {
      try parsed(#""totalPrice":{"currencyCode":"EUR","centAmount":1,"fractionDigits":3}"#)
        .order(.init(apiURL: "", projectKey: ""), now: Timestamp(seconds: 0))
    }
  }

  @Test func theCustomerPaysTheTaxesToo() throws {
    let gross = #""taxedPrice":{"totalGross":{"currencyCode":"EUR","centAmount":15458,"fractionDigits":2}}"#
    #expect(try order(gross).total.minorUnits == 154_58)
    #expect(try order(Self.lines).total.minorUnits == 129_90)
  }

  @Test(arguments: [
    ("en", #"{"de":"Schuh","en":"Shoe"}"#, "Shoe"), ("de-AT", #"{"de":"Schuh","en":"Shoe"}"#, "Schuh"),
    ("fr", #"{"de":"Schuh","en":"Shoe"}"#, "Shoe"), ("en", #"{"de":"Schuh"}"#, "Schuh"), ("en", "{}", ""),
    ("de-AT", #"{"de":"Schuh","de-AT":"Patschen"}"#, "Patschen"),
  ])
  func titlesAreToldInTheLanguageOfTheShop(locale: String, names: String, title: String) throws {
    let read = try order(#""lineItems":[{"id":"l1","quantity":1,"name":\#(names)}]"#) { $0.locale = locale }
    #expect(read.items.map(\.title) == [title])
  }

  @Test func theLatestParcelIsToldAndNotTheLabelForTheWayBack() throws {
    let read = try order(
      #"""
      "shippingInfo":{"deliveries":[
        {"createdAt":"2026-11-10T23:30:00.000Z","parcels":[{"trackingData":{"trackingId":"1","carrier":"DHL"}}]},
        {"createdAt":"2026-11-15T01:00:00.000Z","parcels":[
          {"trackingData":{"trackingId":"9","carrier":"UPS","isReturn":true}},
          {"trackingData":{"trackingId":"2","carrier":"UPS"}}]}]}
      """#)
    #expect(read.fulfillmentDate == CalendarDate("2026-11-15"))
    #expect(read.tracking == .init(carrier: "UPS", number: "2"))
  }

  /// Every way in which a shop may or may not say when the goods left.
  @Test(arguments: [
    (#","shippingInfo":{"deliveries":[{"createdAt":"2026-11-15T01:00:00.000Z"}]}"#, "2026-11-25"),
    (#","completedAt":"2026-11-12T01:00:00.000Z""#, "2026-11-22"), ("", "2026-11-11"),
  ])
  func theWindowCountsFromWhatIsKnown(members: String, until: String) throws {
    let read = try order(Self.lines + #","shipmentState":"Delivered""# + members) { $0.returnWindowDays = 10 }
    #expect(read.returnEligibleUntil == CalendarDate(until))
    #expect(read.returnEligible == (until >= "2026-11-21"))
  }

  @Test func whoMayAskIsInBothAddresses() throws {
    let read = try order(
      #"""
      "shippingAddress":{"phone":"1","mobile":"2","postalCode":"10115"},
      "billingAddress":{"phone":"1","postalCode":"20095"}
      """#)
    #expect(read.ownership == .init(phoneNumbers: ["1", "2"], postalCodes: ["10115", "20095"]))
  }

  // MARK: - Returns

  @Test(arguments: [
    ([("Advised", "NonRefundable")], PlatformReturn.State.authorized), ([("Returned", "Initial")], .received),
    ([("BackInStock", "Initial")], .received), ([("Unusable", "Initial")], .received),
    ([("Advised", "NonRefundable"), ("Returned", "Initial")], .received),
    ([("BackInStock", "Refunded")], .refunded), ([("Advised", "Refunded")], .refunded),
    ([("Returned", "Refunded"), ("Returned", "Initial")], .received),
    ([("Returned", "Refunded"), ("Unusable", "NotRefunded")], .refunded),
    ([("Unusable", "NotRefunded")], .closed), ([("Advised", "NotRefunded")], .declined(reason: "NotRefunded")),
    ([], .cancelled),
  ])
  func mapsTheStatesOfItems(items: [(String, String)], state: PlatformReturn.State) throws {
    let json = items.map { #"{"shipmentState":"\#($0.0)","paymentState":"\#($0.1)","quantity":1}"# }
    let read = try parsed(#""returnInfo":[{"items":[\#(json.joined(separator: ","))]}]"#)
    #expect(read.returns.map(\.state) == [state])
  }

  @Test func aReturnIsOursByTheFirstWordOfAComment() throws {
    let read = try parsed(
      #"""
      "returnInfo":[{"items":[{"shipmentState":"Advised","comment":"see ret_a"}]},
      {"returnTrackingId":"100-R3","items":[{"shipmentState":"Advised","comment":"ret_ab SIZE"}]}]
      """#)
    #expect(read.platformReturn("ret_a") == nil)
    #expect(read.platformReturn("ret_ab") == .init(id: "o:ret_ab", rmaNumber: "100-R3", state: .authorized))
  }

  @Test func aSKUOnSeveralLinesIsSpreadOverThem() throws {
    let order = try parsed(
      #"""
      "shipmentState":"Shipped","lineItems":[{"id":"l1","variant":{"sku":"A"},"quantity":1},
      {"id":"l2","variant":{"sku":"A"},"quantity":2}]
      """#)
    func spread(_ quantity: Int) throws -> [CommercetoolsSubmission.Item] {
      try CommercetoolsSubmission(
        CommercetoolsReturnTests.submission([("A", quantity)], order: "100", reason: "9"), order: order
      ).items
    }
    #expect(
      try spread(2) == [.init(lineID: "l1", quantity: 1, reason: "9"), .init(lineID: "l2", quantity: 1, reason: "9")])
    #expect(throws: ReturnPlatformError.refused(.quantityTooLarge, code: "commercetools quantity")) { try spread(4) }
  }

  @Test func numbersOfReturnsDoNotComeTwice() throws {
    #expect(CommercetoolsSubmission.rmaNumber(try parsed("")) == "100-R7")
  }

  // MARK: - Messages

  @Test(arguments: [
    (
      "ReturnInfoAdded", "order", #"{"orderNumber":"ORD-839201"}"#, ReturnHint(orderID: OrderID(rawValue: "ORD-839201"))
    ),
    ("ReturnInfoSet", "order", #"{"orderNumber":"1"}"#, ReturnHint(orderID: OrderID(rawValue: "1"))),
    ("OrderReturnShipmentStateChanged", "order", "{}", ReturnHint()),
    ("OrderPaymentStateChanged", "order", #"{"orderNumber":"1"}"#, ReturnHint(orderID: OrderID(rawValue: "1"))),
    ("OrderCreated", "order", #"{"orderNumber":"1"}"#, nil), ("ReturnInfoAdded", "cart", "{}", nil),
  ])
  func messagesSayWhichOrder(type: String, resource: String, identifiers: String, hint: ReturnHint?) throws {
    let body = try JSONValue(
      parsing: #"""
        {"notificationType":"Message","type":"\#(type)","resource":{"typeId":"\#(resource)","id":"o"},
        "resourceUserProvidedIdentifiers":\#(identifiers)}
        """#)
    let bench = Bench()
    #expect(bench.commercetools().hint(topic: type, body: body) == hint)
  }
}
