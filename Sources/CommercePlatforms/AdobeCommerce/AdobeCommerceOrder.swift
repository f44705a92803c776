import Core
import Orders

/// Reads Adobe Commerce's order.
struct AdobeCommerceOrder {
  /// A line as the customer bought it. The parts of a configurable product or of a bundle are lines of the answer too, with
  /// the line that they belong to as parent; they are left out, as they would double it.
  struct Line: Hashable {
    let itemID: String
    let sku: String
    let title: String
    let ordered: Int
    /// What can come back: a bundle is returned part by part, which needs a person who asks which.
    let shipped: Int
    let isBundle: Bool
    /// What returns have brought back.
    let returned: Int
    let refunded: Int

    /// What Adobe Commerce takes back: what has left and is not back.
    var returnable: Int { isBundle ? 0 : shipped }
  }

  let id: OrderID
  let entityID: String
  let storeID: String?
  let state: String?
  let lines: [Line]
  private let status: String?
  private let fields: AnswerFields

  var hasShipped: Bool { lines.contains { $0.shipped > 0 } }
  private var isShippedWhole: Bool { lines.allSatisfy { $0.shipped >= $0.ordered } }

  /// Whether the state allows a return: an order that is on hold, cancelled or given back whole does not.
  var allowsReturns: Bool { state == "processing" || state == "complete" }

  /// - Parameter body: of a search for the order's number. Nil when there is none with this very number: the database
  ///   compares more loosely than we do.
  init?(_ id: OrderID, inSearch body: [UInt8]) throws(UnreadableAnswer) {
    let answer = try AnswerFields(body: body)
    guard answer.value("items") != nil || answer.value("total_count") != nil else { throw UnreadableAnswer("items") }
    var found: [AnswerFields] = []
    for fields in try answer.list("items")
    where try fields.text("increment_id")?.uppercased() == id.rawValue.uppercased() {
      found.append(fields)
    }
    guard let fields = found.first else { return nil }
    guard found.count == 1 else { throw UnreadableAnswer("increment_id of several orders") }
    try self.init(id, fields)
  }

  /// - Parameter fields: one order.
  init(_ id: OrderID, _ fields: AnswerFields) throws(UnreadableAnswer) {
    guard let entityID = try fields.identifier("entity_id") else { throw UnreadableAnswer(fields.place("entity_id")) }
    self.id = id
    self.entityID = entityID
    self.fields = fields
    storeID = try fields.identifier("store_id")
    state = try fields.text("state")
    status = try fields.text("status")
    var lines: [Line] = []
    for item in try fields.list("items") where try item.identifier("parent_item_id") == nil {
      lines.append(try Line(item))
    }
    self.lines = lines
  }

  func order(
    _ configuration: AdobeCommerce.Configuration, shipments: [AdobeCommerceShipment], today: Timestamp
  ) throws(UnreadableAnswer) -> Order {
    let latest = shipments.max { $0.created < $1.created }
    let until = lastDayOfReturn(configuration, shipments)
    return Order(
      id: id, status: try orderStatus(configuration.statuses), fulfillmentDate: latest?.created.day,
      total: try total(), items: lines.map { Order.Item(sku: $0.sku, quantity: $0.ordered, title: $0.title) },
      tracking: shipments.sorted { $0.created > $1.created }.compactMap(\.tracking).first,
      returnEligible: allowsReturns && lines.contains { $0.returnable > $0.returned }
        && until.map { today.day <= $0 } ?? true,
      returnEligibleUntil: until, ownership: try ownership())
  }

  /// Counted from the last parcel; nil before one has left or where the shop has no window.
  func lastDayOfReturn(
    _ configuration: AdobeCommerce.Configuration, _ shipments: [AdobeCommerceShipment]
  ) -> CalendarDate? {
    guard let days = configuration.returnWindowDays, let last = shipments.map(\.created).max() else { return nil }
    return CalendarDate(daysSince1970: last.day.daysSince1970 + Int64(days))
  }

  // MARK: - Parts

  /// `complete` says that all has left; what comes after is known to the shop's own statuses alone.
  private static let usualStatuses: [String: OrderStatus] = [
    "delivered": .delivered, "out_for_delivery": .outForDelivery,
  ]

  private func orderStatus(_ configured: [String: OrderStatus]) throws(UnreadableAnswer) -> OrderStatus {
    if let status, let known = configured[status] { return known }
    switch state {
    case "new", "pending_payment", "payment_review": return .pending
    case "processing": return hasShipped ? isShippedWhole ? .shipped : .partiallyShipped : .processing
    case "complete": return status.flatMap { Self.usualStatuses[$0] } ?? .shipped
    // All the money went back: after the goods came back, or instead of them.
    case "closed": return hasShipped ? .returned : .cancelled
    case "canceled": return .cancelled
    case "holded": return .onHold
    default: throw UnreadableAnswer(fields.place("state"))
    }
  }

  /// In the currency that the customer was asked for.
  private func total() throws(UnreadableAnswer) -> Money {
    guard let currency = try fields.text("order_currency_code").flatMap({ Currency($0) }),
      let total = try fields.text("grand_total").flatMap({ Money(decimal: $0, currency: currency) })
    else { throw UnreadableAnswer(fields.place("grand_total")) }
    return total
  }

  private func ownership() throws(UnreadableAnswer) -> Order.Ownership {
    var addresses = [try fields.fields("billing_address")]
    for assignment in try fields.fields("extension_attributes")?.list("shipping_assignments") ?? [] {
      addresses.append(try assignment.fields("shipping")?.fields("address"))
    }
    var ownership = Order.Ownership()
    for address in addresses.compactMap({ $0 }) {
      if let phone = try address.text("telephone"), !ownership.phoneNumbers.contains(phone) {
        ownership.phoneNumbers.append(phone)
      }
      if let code = try address.text("postcode"), !ownership.postalCodes.contains(code) {
        ownership.postalCodes.append(code)
      }
    }
    return ownership
  }
}

extension AdobeCommerceOrder.Line {
  init(_ item: AnswerFields) throws(UnreadableAnswer) {
    guard let itemID = try item.identifier("item_id") else { throw UnreadableAnswer(item.place("item_id")) }
    self.init(
      itemID: itemID, sku: try item.text("sku") ?? "", title: try item.text("name") ?? "",
      ordered: try item.quantity("qty_ordered") ?? 0, shipped: try item.quantity("qty_shipped") ?? 0,
      isBundle: try item.text("product_type") == "bundle", returned: try item.quantity("qty_returned") ?? 0,
      refunded: try item.quantity("qty_refunded") ?? 0)
  }
}

/// A parcel or several that left at once.
struct AdobeCommerceShipment {
  let created: Timestamp
  let tracking: Order.Tracking?

  /// - Parameter body: of a search.
  static func all(in body: [UInt8]) throws(UnreadableAnswer) -> [AdobeCommerceShipment] {
    var shipments: [AdobeCommerceShipment] = []
    for fields in try AnswerFields(body: body).list("items") {
      guard let created = try fields.text("created_at").flatMap({ Timestamp(adobeCommerce: $0) }) else {
        throw UnreadableAnswer(fields.place("created_at"))
      }
      var tracking: Order.Tracking?
      for track in try fields.list("tracks") {
        guard tracking == nil, let number = try track.text("track_number") else { continue }
        tracking = Order.Tracking(carrier: try track.text(["title", "carrier_code"]) ?? "", number: number)
      }
      shipments.append(AdobeCommerceShipment(created: created, tracking: tracking))
    }
    return shipments
  }
}

extension AnswerFields {
  init(body: [UInt8]) throws(UnreadableAnswer) {
    guard let json = try? JSONValue(parsing: body) else { throw UnreadableAnswer("no JSON") }
    try self.init(json)
  }

  /// A row's number, as text of digits.
  func identifier(_ name: String) throws(UnreadableAnswer) -> String? {
    guard let text = try text(name) else { return nil }
    guard text.utf8.count <= 20, text.utf8.allSatisfy(\.isDecimalDigit) else { throw UnreadableAnswer(place(name)) }
    return text
  }

  /// A whole quantity, written as 2, 2.0 or "2.0000"; of a fraction only what is whole.
  func quantity(_ name: String) throws(UnreadableAnswer) -> Int? {
    guard let text = try text(name) else { return nil }
    let whole = text.utf8.prefix { $0 != UInt8(ascii: ".") }
    guard let count = whole.decimalNumber, count <= 1_000_000 else { throw UnreadableAnswer(place(name)) }
    return Int(count)
  }
}

extension Timestamp {
  /// `2026-11-20 09:00:00`, in UTC; a time with its zone too.
  init?(adobeCommerce text: String) {
    self.init(text.utf8.count == 19 ? text + "Z" : text)
  }

  /// The day in UTC.
  var day: CalendarDate {
    let days = seconds / 86_400
    return CalendarDate(daysSince1970: seconds % 86_400 < 0 ? days - 1 : days)
  }
}
