import Core
import YAML

/// Why a file of orders was not taken, for the person who wrote it.
package struct OrdersFileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Where: `orders[2].items[0].price`, or empty for the file as a whole.
  package let place: String
  package let reason: String

  package var description: String { place.isEmpty ? reason : "\(place): \(reason)" }
}

/// Reads the orders of `ringback sandbox --orders FILE`: `{"orders": [...]}` or the list itself, with the members that
/// `GET /_orders` shows. Only `number` and `items` with `sku` and `price` are required.
package enum OrdersFile {
  /// Reads JSON from a file whose name ends in `.json`, else YAML.
  ///
  /// - Throws: `OrdersFileError`.
  package static func read(_ text: [UInt8], fileName: String) throws(OrdersFileError) -> [SimulatedOrder] {
    if fileName.lowercased().hasSuffix(".json") { return try read(json: text) }
    guard let text = String(validating: text, as: UTF8.self) else {
      throw OrdersFileError(place: "", reason: "The file is not text in UTF-8.")
    }
    return try read(yaml: text)
  }

  /// - Throws: `OrdersFileError` for text that is no JSON or orders that make no sense.
  package static func read(json text: [UInt8]) throws(OrdersFileError) -> [SimulatedOrder] {
    let tree: JSONValue
    do {
      tree = try JSONValue(parsing: text)
    } catch {
      throw OrdersFileError(place: "", reason: "The file is not JSON: \(error).")
    }
    return try read(tree)
  }

  /// The same from YAML.
  package static func read(yaml text: String) throws(OrdersFileError) -> [SimulatedOrder] {
    let document: YAMLDocument
    do {
      document = try YAMLDocument(parsing: text)
    } catch {
      throw OrdersFileError(place: "", reason: "The file is not YAML as it is taken here: \(error).")
    }
    return try read(document.root.json)
  }

  static func read(_ tree: JSONValue) throws(OrdersFileError) -> [SimulatedOrder] {
    guard let list = (tree["orders"] ?? tree).array else {
      throw OrdersFileError(place: "", reason: "There is no list of orders: write `orders:` with one order an entry.")
    }
    var orders: [SimulatedOrder] = []
    var numbers: Set<String> = []
    for (index, entry) in list.enumerated() {
      let order = try order(OrderFields(entry, at: "orders[\(index)]"))
      guard numbers.insert(order.number).inserted else {
        throw OrdersFileError(place: "orders[\(index)].number", reason: "\(order.number) is there twice.")
      }
      orders.append(order)
    }
    return orders
  }

  private static func order(_ fields: OrderFields) throws(OrdersFileError) -> SimulatedOrder {
    try fields.allow(
      "number", "status", "placed_at", "fulfillment_date", "currency", "items", "tracking", "return_eligible",
      "return_eligible_until", "customer", "total_amount")
    let currencyCode = try fields.text("currency") ?? "EUR"
    guard let currency = Currency(currencyCode) else {
      throw fields.error("currency", "\(currencyCode) is no ISO 4217 code such as EUR.")
    }
    let status = try fields.choice("status", SimulatedOrder.Status.self) ?? .processing
    let until = try fields.date("return_eligible_until")
    var items: [SimulatedOrder.Item] = []
    for item in try fields.list("items") { items.append(try Self.item(item, currency: currency, status: status)) }
    guard !items.isEmpty else { throw fields.error("items", "An order has at least one item.") }
    let tracking = try fields.group("tracking")
    try tracking?.allow("carrier", "number")
    return SimulatedOrder(
      number: try fields.required("number"), status: status,
      placedAt: try fields.time("placed_at") ?? Timestamp(seconds: 1_795_000_000),
      fulfillmentDate: try fields.date("fulfillment_date"), items: items,
      tracking: try tracking.map { (group) throws(OrdersFileError) in
        .init(carrier: try group.required("carrier"), number: try group.required("number"))
      },
      returnEligible: try fields.flag("return_eligible") ?? (until != nil), returnEligibleUntil: until,
      customer: try customer(fields.group("customer")))
  }

  private static func item(_ fields: OrderFields, currency: Currency, status: SimulatedOrder.Status)
    throws(OrdersFileError) -> SimulatedOrder.Item
  {
    try fields.allow("sku", "title", "quantity", "shipped", "price")
    let sku = try fields.required("sku")
    let price = try fields.required("price")
    guard let money = Money(decimal: price, currency: currency), money.minorUnits >= 0 else {
      throw fields.error("price", "\(price) is no amount of \(currency.code) such as 19.90.")
    }
    let quantity = try fields.count("quantity") ?? 1
    guard quantity > 0 else { throw fields.error("quantity", "At least 1.") }
    let shipped = try fields.count("shipped") ?? (status.hasLeft ? quantity : 0)
    guard shipped <= quantity else { throw fields.error("shipped", "More than the \(quantity) that were ordered.") }
    return .init(sku: sku, title: try fields.text("title") ?? sku, quantity: quantity, shipped: shipped, price: money)
  }

  private static func customer(_ fields: OrderFields?) throws(OrdersFileError) -> SimulatedOrder.Customer {
    try fields?.allow("name", "email", "phone", "postal_code", "city", "country")
    return .init(
      name: try fields?.text("name") ?? "Sam Sample", email: try fields?.text("email") ?? "sam@example.com",
      phone: try fields?.text("phone") ?? "+4930123456799", postalCode: try fields?.text("postal_code") ?? "10117",
      city: try fields?.text("city") ?? "Berlin", country: try fields?.text("country") ?? "DE")
  }
}

extension SimulatedOrder.Status {
  var hasLeft: Bool { [.shipped, .outForDelivery, .delivered, .returned].contains(self) }
}
