import Core

/// What has changed of an order since the world began: its version and its returns.
struct CommercetoolsOrderState {
  struct Item {
    let id: String
    let lineID: String
    let quantity: Int64
    let comment: String?
    var shipmentState: String
    var paymentState: String
    let created: Timestamp
    var modified: Timestamp

    var cameBack: Bool { shipmentState != "Advised" }
    var isSettled: Bool { paymentState == "Refunded" || paymentState == "NotRefunded" }
  }

  struct ReturnInfo {
    let trackingID: String?
    let date: Timestamp
    var items: [Item]
    /// Taken out of the order; the control plane still shows it.
    var isRemoved = false
  }

  var version: Int64 = 1
  var messages: Int64 = 0
  var returns: [ReturnInfo] = []
}

extension CommercetoolsOrderState.ReturnInfo {
  var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("returnDate", .string("\(date)")), .init("items", .array(items.map(\.json))),
    ]
    if let trackingID { members.append(.init("returnTrackingId", .string(trackingID))) }
    return .object(members)
  }
}

extension CommercetoolsOrderState.Item {
  var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("type", "LineItemReturnItem"), .init("id", .string(id)), .init("lineItemId", .string(lineID)),
      .init("quantity", .integer(quantity)), .init("shipmentState", .string(shipmentState)),
      .init("paymentState", .string(paymentState)), .init("createdAt", .string("\(created)")),
      .init("lastModifiedAt", .string("\(modified)")),
    ]
    if let comment { members.append(.init("comment", .string(comment))) }
    return .object(members)
  }
}
