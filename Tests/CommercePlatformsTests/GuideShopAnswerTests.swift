import Core
import Orders
import Testing

@testable import CommercePlatforms

@Suite struct GuideShopAnswerTests {
  private func read(
    _ json: String, statuses: [String: OrderStatus] = [:]
  ) throws(UnreadableAnswer) -> Order {
    var configuration = GuideShop.Configuration(baseURL: "http://shop", currency: .euro)
    configuration.statuses = statuses
    return try GuideShopAnswer(configuration).order(OrderID(rawValue: "A1"), in: Array(json.utf8))
  }

  @Test func aBareOrderIsEnough() throws {
    let order = try read(#"{"order_status":"shipped","total_amount":12.5,"items":null,"tracking":null}"#)
    #expect(order.total == Money(minorUnits: 12_50, currency: .euro))
    #expect(order.fulfillmentDate == nil)
    #expect(order.items.isEmpty)
    #expect(order.tracking == nil)
    #expect(!order.returnEligible)
    #expect(order.returnEligibleUntil == nil)
    #expect(order.ownership == .init())
  }

  @Test(arguments: [
    (#""total_amount":129.90"#, 129_90, "EUR"), (#""total_amount":"129.90""#, 129_90, "EUR"),
    (#""total_amount":129"#, 129_00, "EUR"), (#""total_amount":"129.9","currency":"usd""#, 129_90, "USD"),
    (#""total_amount":{"value":"4960","currency":"JPY"}"#, 4_960, "JPY"),
    (#""total_amount":{"amount":18.75,"currency_code":"KWD"}"#, 18_750, "KWD"),
    (#""total_amount":{"value":"1.00"},"currency":"GBP""#, 1_00, "GBP"), (#""total_amount":0"#, 0, "EUR"),
  ])
  func readsTotals(member: String, minorUnits: Int64, currency: String) throws {
    let order = try read(#"{"order_status":"shipped",\#(member)}"#)
    #expect(order.total.minorUnits == minorUnits)
    #expect(order.total.currency.code == currency)
  }

  @Test(arguments: [
    ("Shipped", OrderStatus.shipped), ("ON HOLD", .onHold), ("partially-shipped", .partiallyShipped),
    ("canceled", .cancelled), ("In Transit", .shipped), ("completed", .delivered), ("unterwegs", .shipped),
  ])
  func foldsStatusWords(word: String, status: OrderStatus) throws {
    let order = try read(#"{"order_status":"\#(word)","total_amount":1}"#, statuses: ["unterwegs": .shipped])
    #expect(order.status == status)
  }

  @Test func everyStatusOfOursIsUnderstood() throws {
    for status in OrderStatus.allCases {
      #expect(try read(#"{"order_status":"\#(status.rawValue)","total_amount":1}"#).status == status)
    }
  }

  @Test(arguments: [
    ("2026-11-20", "2026-11-20"), ("2026-11-20T23:59:59+09:00", "2026-11-20"), ("2026-11-20T00:00:00Z", "2026-11-20"),
  ])
  func readsDays(text: String, day: String) throws {
    let order = try read(
      #"{"order_status":"shipped","total_amount":1,"fulfillment_date":"\#(text)","return_eligible_until":"\#(text)"}"#)
    #expect(order.fulfillmentDate?.description == day)
    #expect(order.returnEligibleUntil?.description == day)
  }

  @Test func readsItemsTrackingAndOwnershipInTheirSpellings() throws {
    let order = try read(
      """
      {"order_id":"a1","order_status":"shipped","total_amount":1,"phone":"1","items":[{"sku":7,"name":"N"},
      {"quantity":"3","title":"T"}],"tracking":{"company":"C","tracking_number":9},"zip":"Z",
      "customer":{"phone":"1","postal_code":"P"},"shipping_address":{"phone":"2","zip":10115},"billing_address":null}
      """)
    #expect(order.items == [.init(sku: "7", quantity: 1, title: "N"), .init(sku: "", quantity: 3, title: "T")])
    #expect(order.tracking == .init(carrier: "C", number: "9"))
    #expect(order.ownership == .init(phoneNumbers: ["1", "2"], postalCodes: ["Z", "P", "10115"]))
  }

  @Test(arguments: [
    ("", "no JSON"), ("[]", "no object"), ("{}", "order_status is missing"),
    (#"{"order_status":"lost in space","total_amount":1}"#, "order_status has an unknown value"),
    (#"{"order_status":["shipped"],"total_amount":1}"#, "order_status"),
    (#"{"order_status":"shipped","total_amount":null}"#, "total_amount is missing"),
    (#"{"order_status":"shipped","total_amount":"1,299.00"}"#, "total_amount"),
    (#"{"order_status":"shipped","total_amount":1.005}"#, "total_amount"),
    (#"{"order_status":"shipped","total_amount":1e3}"#, "total_amount"),
    (#"{"order_status":"shipped","total_amount":true}"#, "total_amount"),
    (#"{"order_status":"shipped","total_amount":1,"currency":"Euro"}"#, "currency"),
    (#"{"order_status":"shipped","total_amount":1,"fulfillment_date":"soon"}"#, "fulfillment_date"),
    (#"{"order_status":"shipped","total_amount":1,"fulfillment_date":"2026-02-30"}"#, "fulfillment_date"),
    (#"{"order_status":"shipped","total_amount":1,"return_eligible":"yes"}"#, "return_eligible"),
    (#"{"order_status":"shipped","total_amount":1,"items":{}}"#, "items"),
    (#"{"order_status":"shipped","total_amount":1,"items":["x"]}"#, "items[0]"),
    (#"{"order_status":"shipped","total_amount":1,"items":[{"quantity":-1}]}"#, "items[0].quantity"),
    (#"{"order_status":"shipped","total_amount":1,"tracking":"X"}"#, "tracking"),
    (#"{"order_status":"shipped","total_amount":1,"order_id":"B2"}"#, "order_id of another order"),
    (#"{"order_status":"shipped","total_amount":1,"total_amount":2}"#, "no JSON"),
  ])
  func refusesWhatItCannotRead(json: String, field: String) {
    #expect(throws: UnreadableAnswer(field)) { try read(json) }
  }
}
