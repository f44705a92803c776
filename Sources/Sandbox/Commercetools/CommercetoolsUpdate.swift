import Core
import Synchronization

/// `POST /{projectKey}/orders/{id}`: `{"version": …, "actions": [{"action": …}]}`, all of them or none.
extension CommercetoolsProject {
  static let shipmentStates: Set<String> = ["Advised", "Returned", "BackInStock", "Unusable"]
  static let paymentStates: Set<String> = ["NonRefundable", "Initial", "Refunded", "NotRefunded"]

  /// What a subscription is told of a change: its type and what it carries beside the frame.
  struct Message {
    let type: String
    let members: [JSONValue.Member]
  }

  func update(_ order: SimulatedOrder, _ body: [UInt8]) throws(CommercetoolsError) -> JSONValue {
    guard let json = try? JSONValue(parsing: body) else { throw .invalidJSON("it is no JSON") }
    guard let version = json["version"]?.integer, let actions = json["actions"]?.array else {
      throw .invalidJSON("version and actions are required")
    }
    return try change(order) { (held) throws(CommercetoolsError) in
      if limits.take(\.commercetoolsConflicts) { held.version += 1 }
      guard version == held.version else {
        throw .conflict(order.commercetoolsID, expected: version, actual: held.version)
      }
      var messages: [Message] = []
      var after = held
      for action in actions {
        if let message = try apply(action, to: &after, of: order) { messages.append(message) }
      }
      held = after
      return messages
    }
  }

  /// Raises the version and tells of what changed. What is thrown leaves the returns as they were.
  @discardableResult
  func change<Failure: Error>(
    _ order: SimulatedOrder, _ body: (inout CommercetoolsOrderState) throws(Failure) -> [Message]
  ) throws(Failure) -> JSONValue {
    let (json, told, held) = try state.withLock {
      (state) throws(Failure) -> (JSONValue, [Message], CommercetoolsOrderState) in
      var held = state.orders[order.number] ?? CommercetoolsOrderState()
      defer { state.orders[order.number] = held }
      let messages = try body(&held)
      held.version += 1
      held.messages += Int64(messages.count)
      return (orderJSON(order, held), messages, held)
    }
    for (index, message) in told.enumerated() {
      tell(message, of: order, number: held.messages - Int64(told.count - 1 - index), version: held.version)
    }
    return json
  }

  private func apply(
    _ action: JSONValue, to held: inout CommercetoolsOrderState, of order: SimulatedOrder
  ) throws(CommercetoolsError) -> Message? {
    switch action["action"]?.string {
    case "addReturnInfo":
      let made = try returnInfo(action, of: order)
      held.returns.append(made)
      return Message(type: "ReturnInfoAdded", members: [.init("returnInfo", made.json)])
    case "setReturnInfo":
      var made: [CommercetoolsOrderState.ReturnInfo] = []
      for draft in action["items"]?.array ?? [] { made.append(try returnInfo(draft, of: order)) }
      for index in held.returns.indices { held.returns[index].isRemoved = true }
      held.returns += made
      return Message(type: "ReturnInfoSet", members: [.init("returnInfo", .array(made.map(\.json)))])
    case "setReturnShipmentState":
      let next = try word(action, "shipmentState", of: Self.shipmentStates)
      let id = try item(action, in: &held) { $0.move(to: next) }
      return Self.shipmentChanged(id, to: next)
    case "setReturnPaymentState":
      let next = try word(action, "paymentState", of: Self.paymentStates)
      _ = try item(action, in: &held) { $0.paymentState = next }
      // The product has no message for it.
      return nil
    default: throw .invalidJSON("actions: the action \"\(action["action"]?.string ?? "")\" is not known")
    }
  }

  static func shipmentChanged(_ itemID: String, to state: String) -> Message {
    Message(
      type: "OrderReturnShipmentStateChanged",
      members: [.init("returnItemId", .string(itemID)), .init("returnShipmentState", .string(state))])
  }

  private func returnInfo(
    _ draft: JSONValue, of order: SimulatedOrder
  ) throws(CommercetoolsError) -> CommercetoolsOrderState.ReturnInfo {
    guard let drafts = draft["items"]?.array, !drafts.isEmpty else { throw .invalidJSON("items: must not be empty") }
    let now = time.now
    var items: [CommercetoolsOrderState.Item] = []
    for item in drafts {
      let lineID = item["lineItemId"]?.string ?? ""
      guard order.items.indices.contains(where: { order.commercetoolsLineID($0) == lineID }) else {
        throw .invalidOperation("The line item with ID '\(lineID)' was not found.")
      }
      guard let quantity = item["quantity"]?.integer, quantity > 0 else {
        throw .invalidJSON("items: quantity must be above 0")
      }
      let state = try word(item, "shipmentState", of: ["Advised", "Returned"])
      items.append(
        CommercetoolsOrderState.Item(
          id: identities.uuid(), lineID: lineID, quantity: quantity, comment: item["comment"]?.string,
          shipmentState: state, paymentState: state == "Advised" ? "NonRefundable" : "Initial", created: now,
          modified: now))
    }
    let date = draft["returnDate"]?.string.flatMap { Timestamp($0) } ?? now
    return .init(trackingID: draft["returnTrackingId"]?.string, date: date, items: items)
  }

  private func word(
    _ action: JSONValue, _ name: String, of known: Set<String>
  ) throws(CommercetoolsError) -> String {
    guard let word = action[name]?.string, known.contains(word) else {
      throw .invalidJSON("\(name): one of \(known.sorted().joined(separator: ", "))")
    }
    return word
  }

  /// - Returns: the id of the item.
  private func item(
    _ action: JSONValue, in held: inout CommercetoolsOrderState,
    _ change: (inout CommercetoolsOrderState.Item) -> Void
  ) throws(CommercetoolsError) -> String {
    let id = action["returnItemId"]?.string ?? ""
    for info in held.returns.indices where !held.returns[info].isRemoved {
      for index in held.returns[info].items.indices where held.returns[info].items[index].id == id {
        change(&held.returns[info].items[index])
        held.returns[info].items[index].modified = time.now
        return id
      }
    }
    throw .invalidOperation("The return item with ID '\(id)' was not found.")
  }
}

extension CommercetoolsOrderState.Item {
  /// Money can go back once the goods are there.
  mutating func move(to state: String) {
    shipmentState = state
    if cameBack, paymentState == "NonRefundable" { paymentState = "Initial" }
  }
}
