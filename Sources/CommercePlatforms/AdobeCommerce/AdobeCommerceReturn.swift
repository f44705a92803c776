import Core
import Orders

/// Reads Adobe Commerce's return merchandise authorisation.
struct AdobeCommerceReturn {
  struct Item: Hashable {
    let orderItemID: String
    /// Each is set by the step of its name; the last one that is set counts.
    let requested: Int
    let authorized: Int?
    let returned: Int?
    let approved: Int?
    let status: String

    var isRefused: Bool { status == "denied" || status == "rejected" }

    /// How many this return takes from what can be returned of the line.
    var taken: Int { isRefused ? 0 : approved ?? returned ?? authorized ?? requested }
  }

  let id: String
  let number: String?
  let orderEntityID: String?
  let status: String
  let items: [Item]
  /// Nil when the answer left them out.
  let comments: [String]?

  init(_ fields: AnswerFields) throws(UnreadableAnswer) {
    guard let id = try fields.identifier("entity_id") else { throw UnreadableAnswer(fields.place("entity_id")) }
    guard let status = try fields.text("status") else { throw UnreadableAnswer(fields.place("status")) }
    self.id = id
    self.status = status
    number = try fields.text("increment_id")
    orderEntityID = try fields.identifier("order_id")
    var items: [Item] = []
    for item in try fields.list("items") { items.append(try Item(item)) }
    self.items = items
    comments = try fields.value("comments") == nil ? nil : Self.comments(fields.list("comments"))
  }

  /// - Parameter body: of a search.
  static func all(in body: [UInt8]) throws(UnreadableAnswer) -> [AdobeCommerceReturn] {
    var found: [AdobeCommerceReturn] = []
    for fields in try AnswerFields(body: body).list("items") { found.append(try AdobeCommerceReturn(fields)) }
    return found
  }

  static func comments(_ list: [AnswerFields]) throws(UnreadableAnswer) -> [String] {
    var texts: [String] = []
    for comment in list {
      if let text = try comment.text("comment") { texts.append(text) }
    }
    return texts
  }

  // MARK: - What it means

  /// Nothing more comes of it: the merchant decided on every item.
  var isProcessed: Bool { status == "processed_closed" || status == "processed_and_closed" }

  /// How many of an order line this return takes. One that was closed before anything came back takes none.
  func taken(ofLine itemID: String) -> Int {
    guard !(status == "closed" && !cameBack) else { return 0 }
    return items.filter { $0.orderItemID == itemID }.reduce(0) { $0 + $1.taken }
  }

  private var cameBack: Bool { items.contains { ($0.returned ?? 0) > 0 || ($0.approved ?? 0) > 0 } }

  /// - Parameter isRefunded: whether the money for a processed return went back. The return itself does not say: a merchant
  ///   approves an exchange or a store credit alike.
  func state(isRefunded: Bool) throws(UnreadableAnswer) -> PlatformReturn.State {
    switch status {
    case "pending": return .submitted
    case "authorized", "partially_authorized", "partial_authorized": return .authorized
    case "received", "received_on_item", "approved", "approved_on_item", "rejected_on_item": return .received
    case "denied", "rejected": return .declined(reason: status)
    case "processed_closed", "processed_and_closed": return isRefunded ? .refunded : .closed
    case "closed":
      if !items.isEmpty, items.allSatisfy(\.isRefused) { return .declined(reason: items[0].status) }
      return cameBack ? .closed : .cancelled
    default: throw UnreadableAnswer("status of the return")
    }
  }

  func platformReturn(isRefunded: Bool = false) throws(UnreadableAnswer) -> PlatformReturn {
    PlatformReturn(id: id, rmaNumber: number, state: try state(isRefunded: isRefunded))
  }
}

extension AdobeCommerceReturn.Item {
  init(_ item: AnswerFields) throws(UnreadableAnswer) {
    self.init(
      orderItemID: try item.identifier("order_item_id") ?? "", requested: try item.quantity("qty_requested") ?? 0,
      authorized: try item.quantity("qty_authorized"), returned: try item.quantity("qty_returned"),
      approved: try item.quantity("qty_approved"), status: try item.text("status") ?? "")
  }
}
