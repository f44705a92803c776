import Core
import Orders

/// Reads Shopify's order.
struct ShopifyOrder {
  private struct Parcel {
    let status: String?
    let created: Timestamp
    let delivered: Timestamp?
    let tracking: Order.Tracking?
  }

  private let configuration: Shopify.Configuration
  private let today: Timestamp

  init(_ configuration: Shopify.Configuration, today: Timestamp) {
    self.configuration = configuration
    self.today = today
  }

  /// - Parameter name: what the answer must be about.
  /// - Returns: nil when the order has gone since it was found.
  func order(_ id: OrderID, named name: String, in data: JSONValue) throws(UnreadableAnswer) -> Order? {
    guard let json = data["order"] else { throw UnreadableAnswer("order") }
    guard !json.isNull else { return nil }
    let fields = try AnswerFields(json, at: "order")
    guard try fields.text("name")?.uppercased() == name.uppercased() else {
      throw UnreadableAnswer("order.name of another order")
    }
    let parcels = try parcels(fields)
    let status = try ShopifyStatus(
      isCancelled: fields.value("cancelledAt") != nil, fulfillment: try fields.text("displayFulfillmentStatus"),
      financial: try fields.text("displayFinancialStatus"), returns: try fields.text("returnStatus"),
      parcels: parcels.map(\.status)
    ).orderStatus()
    let latest = parcels.max { $0.created < $1.created }
    let until = latest.flatMap(lastDayOfReturn)
    let isReturnable = data["returnableFulfillments"]?["nodes"]?.array?.isEmpty == false
    return Order(
      id: id, status: status, fulfillmentDate: latest.map { $0.created.date }, total: try total(fields),
      items: try items(fields), tracking: latest?.tracking,
      returnEligible: isReturnable && until.map { today.date <= $0 } ?? true, returnEligibleUntil: until,
      ownership: try ownership(fields))
  }

  /// The last day on which a return may be asked for, of an answer that has the order's parcels.
  func returnEligibleUntil(_ order: AnswerFields) throws(UnreadableAnswer) -> CalendarDate? {
    try parcels(order).max { $0.created < $1.created }.flatMap(lastDayOfReturn)
  }

  private func lastDayOfReturn(_ parcel: Parcel) -> CalendarDate? {
    configuration.returnWindowDays.map { days in
      CalendarDate(daysSince1970: (parcel.delivered ?? parcel.created).date.daysSince1970 + Int64(days))
    }
  }

  /// The parcels that are, or will be, on their way.
  private func parcels(_ order: AnswerFields) throws(UnreadableAnswer) -> [Parcel] {
    var parcels: [Parcel] = []
    for fields in try order.list("fulfillments") {
      if let status = try fields.text("status"), ["CANCELLED", "ERROR", "FAILURE"].contains(status) { continue }
      guard let created = try fields.text("createdAt").flatMap({ Timestamp($0) }) else {
        throw UnreadableAnswer(fields.place("createdAt"))
      }
      let tracking = try fields.list("trackingInfo").first
      let number = try tracking?.text("number")
      let carrier = try tracking?.text("company") ?? ""
      parcels.append(
        Parcel(
          status: try fields.text("displayStatus"), created: created,
          delivered: try fields.text("deliveredAt").flatMap { Timestamp($0) },
          tracking: number.map { Order.Tracking(carrier: carrier, number: $0) }))
    }
    return parcels
  }

  /// What the customer was asked for, in the currency of the customer.
  private func total(_ order: AnswerFields) throws(UnreadableAnswer) -> Money {
    let place = "order.currentTotalPriceSet"
    guard let money = try order.fields("currentTotalPriceSet")?.fields("presentmentMoney"),
      let currency = try money.text("currencyCode").flatMap({ Currency($0) }),
      let total = try money.text("amount").flatMap({ Money(decimal: $0, currency: currency) })
    else { throw UnreadableAnswer(place) }
    return total
  }

  /// What is left after edits and returns; all that was ordered when nothing is.
  private func items(_ order: AnswerFields) throws(UnreadableAnswer) -> [Order.Item] {
    var items: [(item: Order.Item, current: Int)] = []
    for fields in try order.fields("lineItems")?.list("nodes") ?? [] {
      let quantity = try fields.count("quantity") ?? 1
      let item = Order.Item(
        sku: try fields.text("sku") ?? "", quantity: quantity, title: try fields.text("title") ?? "")
      items.append((item, try fields.count("currentQuantity") ?? quantity))
    }
    guard items.contains(where: { $0.current > 0 }) else { return items.map(\.item) }
    return items.filter { $0.current > 0 }.map {
      Order.Item(sku: $0.item.sku, quantity: $0.current, title: $0.item.title)
    }
  }

  /// Empty where Shopify withholds it.
  private func ownership(_ order: AnswerFields) throws(UnreadableAnswer) -> Order.Ownership {
    var phones = [try order.text("phone")]
    var codes: [String?] = []
    for name in ["shippingAddress", "billingAddress"] {
      let address = try order.fields(name)
      phones.append(try address?.text("phone"))
      codes.append(try address?.text("zip"))
    }
    func once(_ values: [String?]) -> [String] {
      values.compactMap { $0 }.reduce(into: []) { seen, next in if !seen.contains(next) { seen.append(next) } }
    }
    return Order.Ownership(phoneNumbers: once(phones), postalCodes: once(codes))
  }
}

extension Timestamp {
  /// The day in UTC.
  var date: CalendarDate {
    let days = seconds / 86_400
    return CalendarDate(daysSince1970: seconds % 86_400 < 0 ? days - 1 : days)
  }
}
