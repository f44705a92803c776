import Core
import Orders

/// A return as `POST /V1/returns` takes it.
struct AdobeCommerceSubmission {
  /// Of one order line. A SKU may stand on several lines.
  struct Item: Hashable {
    let orderItemID: String
    let quantity: Int
    /// The id of an option of the attribute `reason`.
    let reason: String
  }

  let items: [Item]

  /// Spreads what is asked for over the lines of the order.
  ///
  /// - Parameter returns: that the order has already.
  init(
    _ submission: ReturnSubmission, order: AdobeCommerceOrder, returns: [AdobeCommerceReturn]
  ) throws(ReturnPlatformError) {
    guard order.allowsReturns else { throw .refused(.notEligible, code: "adobe_commerce state") }
    var left = Dictionary(
      order.lines.map { ($0.itemID, max(0, $0.returnable - $0.taken(by: returns))) }, uniquingKeysWith: +)
    var items: [Item] = []
    for asked in submission.items {
      let lines = order.lines.filter { $0.sku == asked.sku }
      guard !lines.isEmpty else { throw .refused(.skuUnknown, code: "adobe_commerce sku") }
      guard let reason = asked.platformReason else { throw .refused(.reasonUnknown, code: "adobe_commerce reason") }
      var missing = asked.quantity
      for line in lines where missing > 0 {
        let taken = min(missing, left[line.itemID] ?? 0)
        guard taken > 0 else { continue }
        items.append(Item(orderItemID: line.itemID, quantity: taken, reason: reason))
        left[line.itemID, default: 0] -= taken
        missing -= taken
      }
      guard missing == 0 else { throw .refused(.quantityTooLarge, code: "adobe_commerce quantity") }
    }
    self.items = items
  }

  /// What shows in the return's history, for staff only, and is looked for after a lost answer.
  static func comment(_ submission: ReturnSubmission) -> String {
    "Ringback \(submission.reference), asked for in \(submission.customerReference)"
  }

  /// The service takes all members of an item, null for those that are not known yet.
  func body(
    _ submission: ReturnSubmission, order: AdobeCommerceOrder, _ configuration: AdobeCommerce.Configuration
  ) -> JSONValue {
    let items = items.map { item -> JSONValue in
      [
        "entity_id": .null, "rma_entity_id": .null, "order_item_id": .number(item.orderItemID),
        "qty_requested": .integer(item.quantity), "qty_authorized": .null, "qty_approved": .null,
        "qty_returned": .null, "reason": .string(item.reason), "condition": .text(configuration.condition),
        "resolution": .text(configuration.resolution), "status": "pending",
      ]
    }
    return [
      "rmaDataObject": [
        "order_id": .number(order.entityID), "order_increment_id": .string(order.id.rawValue),
        "store_id": order.storeID.map { .number($0) } ?? .null, "status": "pending", "items": .array(items),
        "comments": [Self.json(comment: Self.comment(submission))],
      ]
    ]
  }

  static func json(comment: String) -> JSONValue {
    [
      "comment": .string(comment), "visible_on_front": false, "customer_notified": false, "admin": true,
      "status": "pending",
    ]
  }
}

extension AdobeCommerceOrder.Line {
  func taken(by returns: [AdobeCommerceReturn]) -> Int { returns.reduce(0) { $0 + $1.taken(ofLine: itemID) } }
}

extension JSONValue {
  fileprivate static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
}
