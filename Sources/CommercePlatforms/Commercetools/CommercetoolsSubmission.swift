import Core
import Orders

/// A return as the update action `addReturnInfo` takes it.
struct CommercetoolsSubmission {
  /// Of one order line. A SKU may stand on several lines.
  struct Item: Hashable {
    let lineID: String
    let quantity: Int
    let reason: String
  }

  let items: [Item]

  /// Spreads what is asked for over the lines of the order. commercetools checks none of this.
  init(_ submission: ReturnSubmission, order: CommercetoolsOrder) throws(ReturnPlatformError) {
    guard order.allowsReturns else { throw .refused(.notEligible, code: "commercetools state") }
    var left = Dictionary(
      order.lines.map { ($0.id, max(0, $0.shipped - order.taken(of: $0))) }, uniquingKeysWith: +)
    var items: [Item] = []
    for asked in submission.items {
      let lines = order.lines.filter { $0.sku == asked.sku }
      guard !lines.isEmpty else { throw .refused(.skuUnknown, code: "commercetools sku") }
      var missing = asked.quantity
      for line in lines where missing > 0 {
        let taken = min(missing, left[line.id] ?? 0)
        guard taken > 0 else { continue }
        items.append(Item(lineID: line.id, quantity: taken, reason: asked.platformReason ?? asked.reasonCode))
        left[line.id, default: 0] -= taken
        missing -= taken
      }
      guard missing == 0 else { throw .refused(.quantityTooLarge, code: "commercetools quantity") }
    }
    self.items = items
  }

  /// What the customer writes on the parcel and the warehouse finds in the order. No version comes twice, and none is
  /// taken by two updates, so that no number comes twice either.
  static func rmaNumber(_ order: CommercetoolsOrder) -> String { "\(order.id.rawValue)-R\(order.version)" }

  func body(_ submission: ReturnSubmission, _ order: CommercetoolsOrder) -> JSONValue {
    let items = items.map { item -> JSONValue in
      [
        "lineItemId": .string(item.lineID), "quantity": .integer(item.quantity),
        "comment": .string("\(submission.reference) \(item.reason)"), "shipmentState": "Advised",
      ]
    }
    return [
      "version": .integer(order.version),
      "actions": [
        [
          "action": "addReturnInfo", "returnTrackingId": .string(Self.rmaNumber(order)), "items": .array(items),
        ]
      ],
    ]
  }
}
