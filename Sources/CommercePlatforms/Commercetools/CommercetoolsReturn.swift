import Core
import Orders

/// Reads a `returnInfo` of an order: one return. It has no id of its own.
struct CommercetoolsReturn {
  enum ShipmentState: String {
    case advised = "Advised"
    case returned = "Returned"
    case backInStock = "BackInStock"
    case unusable = "Unusable"
  }

  enum PaymentState: String {
    case nonRefundable = "NonRefundable"
    case initial = "Initial"
    case refunded = "Refunded"
    case notRefunded = "NotRefunded"
  }

  struct Item {
    /// Nil for a custom line item.
    let lineID: String?
    let quantity: Int
    let comment: String?
    let shipmentState: ShipmentState
    let paymentState: PaymentState

    var cameBack: Bool { shipmentState != .advised }
    var isSettled: Bool { paymentState == .refunded || paymentState == .notRefunded }
    /// The merchant will not have it: there is no other word for that.
    var isRefused: Bool { !cameBack && paymentState == .notRefunded }
  }

  let trackingID: String?
  let items: [Item]

  static func all(_ list: [AnswerFields]) throws(UnreadableAnswer) -> [CommercetoolsReturn] {
    var returns: [CommercetoolsReturn] = []
    for info in list {
      var items: [Item] = []
      for item in try info.list("items") { items.append(try Item(item)) }
      returns.append(CommercetoolsReturn(trackingID: try info.text("returnTrackingId"), items: items))
    }
    return returns
  }

  /// Whether it is ours: the first word of a comment is our reference.
  func carries(_ reference: String) -> Bool {
    items.contains { $0.comment?.split(separator: " ").first.map(String.init) == reference }
  }

  /// How many of a line it takes.
  func taken(ofLine id: String) -> Int {
    items.reduce(0) { $0 + ($1.lineID == id && !$1.isRefused ? $1.quantity : 0) }
  }

  /// How many of a line are back.
  func back(ofLine id: String) -> Int { items.reduce(0) { $0 + ($1.lineID == id && $1.cameBack ? $1.quantity : 0) } }

  /// commercetools has no step of approval: what is advised may be sent. It is over when the money of every item is
  /// settled one way or the other.
  var state: PlatformReturn.State {
    guard !items.isEmpty else { return .cancelled }
    let cameBack = items.contains(where: \.cameBack)
    guard items.allSatisfy(\.isSettled) else { return cameBack ? .received : .authorized }
    if items.contains(where: { $0.paymentState == .refunded }) { return .refunded }
    return cameBack ? .closed : .declined(reason: PaymentState.notRefunded.rawValue)
  }
}

extension CommercetoolsReturn.Item {
  init(_ item: AnswerFields) throws(UnreadableAnswer) {
    guard let shipment = try item.text("shipmentState").flatMap({ CommercetoolsReturn.ShipmentState(rawValue: $0) })
    else { throw UnreadableAnswer(item.place("shipmentState")) }
    guard
      let payment = try item.text("paymentState").map({ CommercetoolsReturn.PaymentState(rawValue: $0) })
        ?? .nonRefundable
    else { throw UnreadableAnswer(item.place("paymentState")) }
    self.init(
      lineID: try item.text("lineItemId"), quantity: try item.count("quantity") ?? 0,
      comment: try item.text("comment"), shipmentState: shipment, paymentState: payment)
  }
}

/// What a return is known by: the order's id and our reference, as `id:reference`.
struct CommercetoolsReturnID {
  let orderID: String
  let reference: String

  init(orderID: String, reference: String) {
    self.orderID = orderID
    self.reference = reference
  }

  init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.init(orderID: parts[0], reference: parts[1])
  }

  var text: String { "\(orderID):\(reference)" }
}

extension CommercetoolsOrder {
  /// The return that was asked for under a reference; nil when there is none.
  func platformReturn(_ reference: String) -> PlatformReturn? {
    returns.first { $0.carries(reference) }.map {
      PlatformReturn(
        id: CommercetoolsReturnID(orderID: entityID, reference: reference).text, rmaNumber: $0.trackingID,
        state: $0.state)
    }
  }
}
