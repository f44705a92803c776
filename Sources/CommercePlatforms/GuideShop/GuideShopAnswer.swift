import Core
import Orders

/// Reads the guide's order. Only what is named here is taken; card data, fraud signals and whatever else an answer
/// carries (guide 1, section 4) end here.
///
/// - `order_status` and `total_amount` are required. The amount is a number, a decimal in a string, or
///   `{value | amount, currency}`; the currency may stand beside it as `currency`.
/// - `fulfillment_date`, `return_eligible_until`: a day or an RFC 3339 time. `items[]`: `sku`, `quantity`, `title` or
///   `name`. `tracking`: `carrier` or `company`, `number` or `tracking_number`. `return_eligible`: true or false.
/// - Phones and postal codes, which prove who the caller is: `phone`, `postal_code`, `zip` in the order itself and in
///   `customer`, `shipping_address` and `billing_address`.
struct GuideShopAnswer {
  private let configuration: GuideShop.Configuration

  init(_ configuration: GuideShop.Configuration) {
    self.configuration = configuration
  }

  func order(_ id: OrderID, in body: [UInt8]) throws(UnreadableAnswer) -> Order {
    guard let json = try? JSONValue(parsing: body) else { throw UnreadableAnswer("no JSON") }
    let fields = try AnswerFields(json)
    if let answered = try fields.text(["order_id", "id"]), answered.uppercased() != id.rawValue.uppercased() {
      throw UnreadableAnswer("order_id of another order")
    }
    return Order(
      id: id, status: try status(fields), fulfillmentDate: try fields.date("fulfillment_date"),
      total: try total(fields), items: try items(fields), tracking: try tracking(fields),
      returnEligible: try fields.flag("return_eligible") ?? false,
      returnEligibleUntil: try fields.date("return_eligible_until"), ownership: try ownership(fields))
  }

  // MARK: - Status

  static let usualStatuses: [String: OrderStatus] = [
    "pending": .pending, "new": .pending, "placed": .pending, "open": .pending, "pending_payment": .pending,
    "processing": .processing, "confirmed": .processing, "paid": .processing, "in_progress": .processing,
    "unfulfilled": .processing, "on_hold": .onHold, "hold": .onHold, "partially_shipped": .partiallyShipped,
    "partially_fulfilled": .partiallyShipped, "partial": .partiallyShipped, "shipped": .shipped, "fulfilled": .shipped,
    "in_transit": .shipped, "out_for_delivery": .outForDelivery, "delivered": .delivered, "complete": .delivered,
    "completed": .delivered, "cancelled": .cancelled, "canceled": .cancelled, "returned": .returned,
    "refunded": .returned,
  ]

  private func status(_ fields: AnswerFields) throws(UnreadableAnswer) -> OrderStatus {
    guard let word = try fields.text("order_status") else { throw UnreadableAnswer("order_status is missing") }
    let folded = String(word.lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 })
    guard let status = configuration.statuses[folded] ?? Self.usualStatuses[folded] else {
      throw UnreadableAnswer("order_status has an unknown value")
    }
    return status
  }

  // MARK: - Money

  private func total(_ fields: AnswerFields) throws(UnreadableAnswer) -> Money {
    guard let value = fields.value("total_amount") else { throw UnreadableAnswer("total_amount is missing") }
    var amount: String?
    var code = try fields.text("currency")
    if value.members != nil {
      let inner = try AnswerFields(value, at: "total_amount")
      amount = try inner.text(["value", "amount"])
      code = try inner.text(["currency", "currency_code"]) ?? code
    } else {
      amount = try fields.text("total_amount")
    }
    guard let currency = code.map({ Currency($0) }) ?? configuration.currency else {
      throw UnreadableAnswer("currency")
    }
    guard let money = amount.flatMap({ Money(decimal: $0, currency: currency) }) else {
      throw UnreadableAnswer("total_amount")
    }
    return money
  }

  // MARK: - The rest

  private func items(_ fields: AnswerFields) throws(UnreadableAnswer) -> [Order.Item] {
    var items: [Order.Item] = []
    for item in try fields.list("items") {
      items.append(
        Order.Item(
          sku: try item.text("sku") ?? "", quantity: try item.count("quantity") ?? 1,
          title: try item.text(["title", "name"]) ?? ""))
    }
    return items
  }

  private func tracking(_ fields: AnswerFields) throws(UnreadableAnswer) -> Order.Tracking? {
    guard let tracking = try fields.fields("tracking"), let number = try tracking.text(["number", "tracking_number"])
    else { return nil }
    return Order.Tracking(carrier: try tracking.text(["carrier", "company"]) ?? "", number: number)
  }

  private func ownership(_ fields: AnswerFields) throws(UnreadableAnswer) -> Order.Ownership {
    var ownership = Order.Ownership()
    var places = [fields]
    for name in ["customer", "shipping_address", "billing_address"] {
      if let place = try fields.fields(name) { places.append(place) }
    }
    for place in places {
      if let phone = try place.text("phone"), !ownership.phoneNumbers.contains(phone) {
        ownership.phoneNumbers.append(phone)
      }
      if let code = try place.text(["postal_code", "zip"]), !ownership.postalCodes.contains(code) {
        ownership.postalCodes.append(code)
      }
    }
    return ownership
  }
}
