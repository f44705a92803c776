import Core

/// The returns of a shop, and what they have done to order lines.
struct AdobeCommerceReturns {
  struct Return {
    struct Item {
      let id: UInt64
      let lineID: UInt64
      let requested: Int
      var authorized: Int?
      var returned: Int?
      var approved: Int?
      let reason: String
      let condition: String
      let resolution: String
      var status = "pending"
    }

    struct Comment {
      let id: UInt64
      let text: String
      let isVisible: Bool
      let isAdmin: Bool
      let created: Timestamp
    }

    let id: UInt64
    let order: SimulatedOrder
    let requested: Timestamp
    var status = "pending"
    var items: [Item]
    var comments: [Comment] = []

    var number: String { id.padded(to: 9) }
    var isOpen: Bool { status != "closed" && status != "processed_closed" }
    var cameBack: Bool { items.contains { ($0.returned ?? 0) > 0 } }
  }

  private(set) var all: [Return] = []
  private var refundedByLine: [UInt64: Int] = [:]
  private var lastID: UInt64 = 0

  mutating func nextID() -> UInt64 {
    lastID += 1
    return lastID
  }

  mutating func add(_ made: Return) { all.append(made) }

  func index(_ id: String) -> Int? { all.firstIndex { "\($0.id)" == id } }

  /// Changes one that is there.
  mutating func change(_ index: Int, _ change: (inout Return) -> Void) { change(&all[index]) }

  /// A credit memo.
  mutating func refund(_ made: Return) {
    for item in made.items { refundedByLine[item.lineID, default: 0] += item.approved ?? 0 }
  }

  func refunded(_ lineID: UInt64) -> Int { refundedByLine[lineID] ?? 0 }

  func approved(_ lineID: UInt64) -> Int { sum(lineID) { $0.approved ?? 0 } }

  /// What returns hold of a line, whatever becomes of them.
  func taken(_ lineID: UInt64) -> Int {
    all.reduce(0) { sum, each in
      guard each.isOpen || each.cameBack else { return sum }
      return sum
        + each.items.filter { $0.lineID == lineID && $0.status != "denied" && $0.status != "rejected" }
        .reduce(0) { $0 + ($1.approved ?? $1.returned ?? $1.authorized ?? $1.requested) }
    }
  }

  private func sum(_ lineID: UInt64, _ count: (Return.Item) -> Int) -> Int {
    all.reduce(0) { $0 + $1.items.filter { $0.lineID == lineID }.reduce(0) { $0 + count($1) } }
  }
}

extension AdobeCommerceReturns.Return {
  var json: JSONValue {
    [
      "increment_id": .string(number), "entity_id": .integer(id), "order_id": .integer(order.adobeCommerceID),
      "order_increment_id": .string(order.number), "store_id": 1, "customer_id": .null,
      "date_requested": .string(requested.adobeCommerce), "customer_custom_email": .null,
      "items": .array(
        items.map {
          [
            "entity_id": .integer($0.id), "rma_entity_id": .integer(id), "order_item_id": .integer($0.lineID),
            "qty_requested": .integer($0.requested), "qty_authorized": .count($0.authorized),
            "qty_approved": .count($0.approved), "qty_returned": .count($0.returned), "reason": .string($0.reason),
            "condition": .string($0.condition), "resolution": .string($0.resolution), "status": .string($0.status),
          ]
        }),
      "status": .string(status), "comments": .array(comments.map { $0.json(of: id) }), "tracks": [],
    ]
  }
}

extension AdobeCommerceReturns.Return.Comment {
  func json(of returnID: UInt64) -> JSONValue {
    [
      "comment": .string(text), "rma_entity_id": .integer(returnID), "created_at": .string(created.adobeCommerce),
      "entity_id": .integer(id), "customer_notified": false, "visible_on_front": .bool(isVisible), "status": "pending",
      "admin": .bool(isAdmin),
    ]
  }
}

extension JSONValue {
  fileprivate static func count(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }
}
