import Core
import Orders

/// Reads commercetools' order.
struct CommercetoolsOrder {
  struct Line: Hashable {
    let id: String
    let sku: String
    let quantity: Int
    /// How many have left, and are there to come back.
    var shipped: Int
  }

  /// What left at once, in one parcel or several.
  struct Delivery: Hashable {
    let created: Timestamp?
    /// By the id of the line.
    let quantities: [String: Int]
    let tracking: Order.Tracking?
  }

  let id: OrderID
  /// commercetools' own id.
  let entityID: String
  /// Rises with every change. An update names the one that it was made for.
  let version: Int64
  let lines: [Line]
  let returns: [CommercetoolsReturn]
  private let state: String
  private let shipmentState: String?
  private let deliveries: [Delivery]
  private let fields: AnswerFields

  init(_ id: OrderID, body: [UInt8]) throws(UnreadableAnswer) {
    let fields = try AnswerFields(body: body)
    guard let entityID = try fields.text("id") else { throw UnreadableAnswer("id") }
    guard let version = fields.value("version")?.integer else { throw UnreadableAnswer("version") }
    guard let state = try fields.text("orderState") else { throw UnreadableAnswer("orderState") }
    self.id = id
    self.fields = fields
    self.entityID = entityID
    self.version = version
    self.state = state
    shipmentState = try fields.text("shipmentState")
    deliveries = try Self.deliveries(fields)
    returns = try CommercetoolsReturn.all(fields.list("returnInfo"))
    var lines: [Line] = []
    for item in try fields.list("lineItems") {
      guard let lineID = try item.text("id") else { throw UnreadableAnswer(item.place("id")) }
      let quantity = try item.count("quantity") ?? 0
      let parts = deliveries.reduce(0) { $0 + ($1.quantities[lineID] ?? 0) }
      let hasLeft = shipmentState == "Shipped" || shipmentState == "Delivered"
      lines.append(
        Line(
          id: lineID, sku: try item.fields("variant")?.text("sku") ?? "", quantity: quantity,
          shipped: hasLeft ? quantity : min(quantity, parts)))
    }
    self.lines = lines
  }

  /// Whether the state allows a return.
  var allowsReturns: Bool { state != "Cancelled" }

  func order(_ configuration: Commercetools.Configuration, now: Timestamp) throws(UnreadableAnswer) -> Order {
    let until = try lastDayOfReturn(configuration)
    let titles = try fields.list("lineItems").map { $0.value("name")?.text(in: configuration.locale) ?? "" }
    return Order(
      id: id, status: try status(), fulfillmentDate: deliveries.compactMap(\.created).max()?.day, total: try total(),
      items: zip(lines, titles).map { Order.Item(sku: $0.sku, quantity: $0.quantity, title: $1) },
      tracking: deliveries.sorted { ($0.created ?? now) > ($1.created ?? now) }.compactMap(\.tracking).first,
      returnEligible: allowsReturns && lines.contains { $0.shipped > taken(of: $0) }
        && until.map { now.day <= $0 } ?? true,
      returnEligibleUntil: until, ownership: try ownership())
  }

  /// How many of a line its returns hold.
  func taken(of line: Line) -> Int { returns.reduce(0) { $0 + $1.taken(ofLine: line.id) } }

  /// Counted from the last delivery. Where the shop records none, from the day on which the order was completed, or else
  /// made. Nil before anything has left, and where the shop has no window.
  func lastDayOfReturn(_ configuration: Commercetools.Configuration) throws(UnreadableAnswer) -> CalendarDate? {
    guard let days = configuration.returnWindowDays, lines.contains(where: { $0.shipped > 0 }) else { return nil }
    var last = deliveries.compactMap(\.created).max()
    if last == nil { last = try fields.time("completedAt") }
    if last == nil { last = try fields.time("createdAt") }
    return last.map { CalendarDate(daysSince1970: $0.day.daysSince1970 + Int64(days)) }
  }

  // MARK: - Parts

  private func status() throws(UnreadableAnswer) -> OrderStatus {
    guard state != "Cancelled" else { return .cancelled }
    let isBack = lines.allSatisfy { line in returns.reduce(0) { $0 + $1.back(ofLine: line.id) } >= line.quantity }
    if isBack, !lines.isEmpty { return .returned }
    switch shipmentState {
    case "Delivered": return .delivered
    case "Shipped": return .shipped
    case "Partial": return .partiallyShipped
    case "Delayed", "Backorder": return .onHold
    case "Canceled": return .cancelled
    case "Ready": return .processing
    case "Pending", nil: break
    default: throw UnreadableAnswer("shipmentState")
    }
    switch state {
    case "Open": return .pending
    case "Confirmed": return .processing
    // Without a parcel to speak of: collected, or nothing that is sent.
    case "Complete": return .delivered
    default: throw UnreadableAnswer("orderState")
    }
  }

  /// What the customer pays: with taxes, where the order knows them.
  private func total() throws(UnreadableAnswer) -> Money {
    let gross = try fields.fields("taxedPrice")?.fields("totalGross")
    let price = if let gross { gross } else { try fields.fields("totalPrice") }
    guard let price, let currency = try price.text("currencyCode").flatMap({ Currency($0) }),
      let amount = price.value("centAmount")?.integer,
      try price.count("fractionDigits") ?? currency.fractionDigits == currency.fractionDigits
    else { throw UnreadableAnswer("totalPrice") }
    return Money(minorUnits: amount, currency: currency)
  }

  private func ownership() throws(UnreadableAnswer) -> Order.Ownership {
    var ownership = Order.Ownership()
    for name in ["shippingAddress", "billingAddress"] {
      guard let address = try fields.fields(name) else { continue }
      for field in ["phone", "mobile"] {
        if let phone = try address.text(field), !ownership.phoneNumbers.contains(phone) {
          ownership.phoneNumbers.append(phone)
        }
      }
      if let code = try address.text("postalCode"), !ownership.postalCodes.contains(code) {
        ownership.postalCodes.append(code)
      }
    }
    return ownership
  }

  private static func deliveries(_ fields: AnswerFields) throws(UnreadableAnswer) -> [Delivery] {
    var deliveries: [Delivery] = []
    for delivery in try fields.fields("shippingInfo")?.list("deliveries") ?? [] {
      var quantities: [String: Int] = [:]
      for item in try delivery.list("items") {
        if let lineID = try item.text("id") { quantities[lineID, default: 0] += try item.count("quantity") ?? 0 }
      }
      var tracking: Order.Tracking?
      for parcel in try delivery.list("parcels") {
        // The label for the way back is a parcel too.
        guard let data = try parcel.fields("trackingData"), try data.flag("isReturn") != true, tracking == nil,
          let number = try data.text("trackingId")
        else { continue }
        tracking = Order.Tracking(carrier: try data.text("carrier") ?? "", number: number)
      }
      deliveries.append(
        Delivery(created: try delivery.time("createdAt"), quantities: quantities, tracking: tracking))
    }
    return deliveries
  }
}

extension AnswerFields {
  fileprivate func time(_ name: String) throws(UnreadableAnswer) -> Timestamp? {
    guard let text = try text(name) else { return nil }
    guard let time = Timestamp(text) else { throw UnreadableAnswer(place(name)) }
    return time
  }
}

extension JSONValue {
  /// Of a localized string such as `{"en": …, "de-AT": …}`: that of the language, else of its base, else of English, else
  /// the first.
  fileprivate func text(in locale: String) -> String? {
    guard let members else { return nil }
    let base = String(locale.prefix { $0 != "-" })
    let named = [locale, base, "en"].lazy.compactMap { self[$0]?.string }.first
    return (named ?? members.lazy.compactMap(\.value.string).first).map { String($0.prefix(500)) }
  }
}
