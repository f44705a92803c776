import Core
import Orders

/// Reads Shopify's return.
enum ShopifyReturnAnswer {
  static func platformReturn(_ fields: AnswerFields) throws(UnreadableAnswer) -> PlatformReturn {
    guard let id = try fields.text("id"), let name = try fields.text("name") else {
      throw UnreadableAnswer(fields.place("id"))
    }
    let state = try state(fields)
    return PlatformReturn(id: id, rmaNumber: hasNumber(state) ? name : nil, state: state)
  }

  /// A return has its name from the start; until it is approved nobody should write it on a parcel.
  private static func hasNumber(_ state: PlatformReturn.State) -> Bool {
    switch state {
    case .submitted, .declined: false
    case .authorized, .received, .refunded, .closed, .cancelled: true
    }
  }

  private static func state(_ fields: AnswerFields) throws(UnreadableAnswer) -> PlatformReturn.State {
    let isRefunded = try fields.fields("refunds")?.list("nodes").isEmpty == false
    switch try fields.text("status") {
    case "REQUESTED": return .submitted
    case "OPEN": return isRefunded ? .refunded : try isReceived(fields) ? .received : .authorized
    case "CLOSED": return isRefunded ? .refunded : .closed
    case "DECLINED":
      let reason = try fields.fields("decline")?.text("reason") ?? ""
      return .declined(reason: ["RETURN_PERIOD_ENDED", "FINAL_SALE"].contains(reason) ? reason : "OTHER")
    case "CANCELED": return .cancelled
    default: throw UnreadableAnswer(fields.place("status"))
    }
  }

  /// Whether the work of taking the goods in is done: every reverse fulfillment order that was not cancelled is closed.
  private static func isReceived(_ fields: AnswerFields) throws(UnreadableAnswer) -> Bool {
    var statuses: [String] = []
    for order in try fields.fields("reverseFulfillmentOrders")?.list("nodes") ?? [] {
      statuses.append(try order.text("status") ?? "")
    }
    return statuses.contains("CLOSED") && statuses.allSatisfy { $0 == "CLOSED" || $0 == "CANCELED" }
  }

  /// Whether one of its lines has our reference as a word of a note.
  static func isReturn(_ fields: AnswerFields, of reference: String) throws(UnreadableAnswer) -> Bool {
    for line in try fields.fields("returnLineItems")?.list("nodes") ?? [] {
      for name in ["customerNote", "returnReasonNote"] {
        if try line.text(name)?.split(separator: " ").contains(Substring(reference)) == true { return true }
      }
    }
    return false
  }
}

/// What may still be returned of an order, line by line as it was sent.
struct ShopifyReturnable {
  struct Line: Hashable {
    let sku: String
    let fulfillmentLineItemID: String
    var quantity: Int
  }

  /// SKU and how many were sent, in the order of the order.
  private(set) var sent: [(sku: String, quantity: Int)] = []
  private(set) var lines: [Line] = []
  private(set) var until: CalendarDate?
  /// Where the next page begins.
  private(set) var next: String?

  /// Takes one page of the query `returnable`.
  ///
  /// - Returns: false when the order has gone since it was found.
  mutating func add(_ data: JSONValue, _ reader: ShopifyOrder) throws(UnreadableAnswer) -> Bool {
    guard let order = try AnswerFields(data).fields("order") else { return false }
    if sent.isEmpty {
      until = try reader.returnEligibleUntil(order)
      for item in try order.fields("lineItems")?.list("nodes") ?? [] {
        guard let sku = try item.text("sku"), let quantity = try item.count("quantity") else { continue }
        add(sku, quantity - (try item.count("unfulfilledQuantity") ?? 0))
      }
    }
    guard let page = try AnswerFields(data).fields("returnableFulfillments") else {
      throw UnreadableAnswer("returnableFulfillments")
    }
    for parcel in try page.list("nodes") {
      guard let contents = try parcel.fields("returnableFulfillmentLineItems") else { continue }
      guard try contents.fields("pageInfo")?.flag("hasNextPage") != true else {
        throw UnreadableAnswer("more than 50 lines in one parcel")
      }
      for line in try contents.list("nodes") { try add(line) }
    }
    let info = try page.fields("pageInfo")
    next = try info?.flag("hasNextPage") == true ? try info?.text("endCursor") : nil
    return true
  }

  private mutating func add(_ sku: String, _ quantity: Int) {
    if let index = sent.firstIndex(where: { $0.sku == sku }) {
      sent[index].quantity += quantity
    } else {
      sent.append((sku, quantity))
    }
  }

  private mutating func add(_ fields: AnswerFields) throws(UnreadableAnswer) {
    guard let item = try fields.fields("fulfillmentLineItem"), let id = try item.text("id"),
      let quantity = try fields.count("quantity")
    else { throw UnreadableAnswer(fields.place("fulfillmentLineItem")) }
    // What has no SKU cannot be asked for.
    guard let sku = try item.fields("lineItem")?.text("sku") else { return }
    lines.append(Line(sku: sku, fulfillmentLineItemID: id, quantity: quantity))
  }

  /// How many of a SKU may be returned, of all parcels.
  func returnable(_ sku: String) -> Int { lines.filter { $0.sku == sku }.reduce(0) { $0 + $1.quantity } }

  /// Takes what is asked for from the lines, one parcel after the other.
  mutating func take(_ item: ReturnSubmission.Item) throws(ReturnPlatformError) -> [Line] {
    guard sent.contains(where: { $0.sku == item.sku }) || lines.contains(where: { $0.sku == item.sku }) else {
      throw .refused(.skuUnknown, code: "shopify SKU_NOT_IN_ORDER")
    }
    guard returnable(item.sku) >= item.quantity else {
      throw .refused(.quantityTooLarge, code: "shopify QUANTITY_NOT_RETURNABLE")
    }
    var (taken, missing): ([Line], Int) = ([], item.quantity)
    for index in lines.indices where lines[index].sku == item.sku && lines[index].quantity > 0 && missing > 0 {
      var line = lines[index]
      line.quantity = min(line.quantity, missing)
      missing -= line.quantity
      lines[index].quantity -= line.quantity
      taken.append(line)
    }
    return taken
  }
}
