import Core
import HTTPClient
import HTTPMessages
import Orders

/// Returns are part of the order, and written into it with the version that was read: of two updates for the same version
/// one is refused. So a return is there once, whatever becomes of an answer.
extension Commercetools: ReturnPlatform {
  /// How often an order is read again because somebody else has changed it.
  static let attempts = 5

  package func returnable(_ orderID: OrderID, context: CallContext) async throws(ReturnPlatformError)
    -> ReturnableOrder?
  {
    guard let order = try await order(numbered: orderID, context, calls.deadline(of: context)) else { return nil }
    var lines: [ReturnableOrder.Line] = []
    for line in order.lines {
      // What has not left yet cannot come back: it counts as not bought.
      if let index = lines.firstIndex(where: { $0.sku == line.sku }) {
        lines[index].bought += line.shipped
        lines[index].returned += order.taken(of: line)
      } else {
        lines.append(.init(sku: line.sku, bought: line.shipped, returned: order.taken(of: line)))
      }
    }
    let until = try readable { () throws(UnreadableAnswer) in try order.lastDayOfReturn(configuration) }
    return ReturnableOrder(
      orderID: orderID, isEligible: order.allowsReturns && lines.contains { $0.bought > $0.returned }, until: until,
      lines: lines)
  }

  package func submit(_ submission: ReturnSubmission, context: CallContext) async throws(ReturnPlatformError)
    -> PlatformReturn
  {
    let deadline = calls.deadline(of: context)
    for _ in 1...Self.attempts {
      guard let order = try await order(numbered: submission.orderID, context, deadline) else {
        throw .refused(.orderUnknown, code: "commercetools order_unknown")
      }
      // What changed the order may have been an earlier request of ours whose answer was lost.
      if let made = order.platformReturn(submission.reference) { return made }
      let asked = try CommercetoolsSubmission(submission, order: order)
      let response = try await calls.sendReturn(
        .post, address(ofID: order.entityID), body: asked.body(submission, order).bytes,
        maximumBodySize: configuration.maximumBodySize, isRead: false, context: context, by: deadline)
      if CommercetoolsRefusal.isConflict(response) { continue }
      guard (200..<300).contains(response.status) else { throw CommercetoolsRefusal.meaning(of: response) }
      return try made(response, submission)
    }
    throw .notDone(reason: "the order is changed by others all the time", retryAfter: nil)
  }

  package func find(_ submission: ReturnSubmission, context: CallContext) async throws(ReturnPlatformError)
    -> PlatformReturn?
  {
    try await order(numbered: submission.orderID, context, calls.deadline(of: context))?
      .platformReturn(submission.reference)
  }

  package func read(_ id: String, of orderID: OrderID, context: CallContext) async throws(ReturnPlatformError)
    -> PlatformReturn?
  {
    guard let key = CommercetoolsReturnID(id),
      let order = try await order(orderID, at: address(ofID: key.orderID), context, calls.deadline(of: context))
    else { return nil }
    // A merchant who takes a return back takes it out of the order.
    return order.platformReturn(key.reference) ?? PlatformReturn(id: id, rmaNumber: nil, state: .cancelled)
  }

  /// A message of a subscription, in the format "Platform". There is none of a refund; that the payment state of the order
  /// changed may be a sign of one.
  package func hint(topic: String, body: JSONValue) -> ReturnHint? {
    let types = ["ReturnInfoAdded", "ReturnInfoSet", "OrderReturnShipmentStateChanged", "OrderPaymentStateChanged"]
    guard types.contains(topic), body["resource"]?["typeId"]?.string == "order" else { return nil }
    let number = body["resourceUserProvidedIdentifiers"]?["orderNumber"]?.string
    return ReturnHint(orderID: number.map { OrderID(rawValue: $0) })
  }

  // MARK: - Calls

  private func made(
    _ response: IncomingResponse, _ submission: ReturnSubmission
  ) throws(ReturnPlatformError) -> PlatformReturn {
    do throws(UnreadableAnswer) {
      let order = try CommercetoolsOrder(submission.orderID, body: response.body)
      guard let made = order.platformReturn(submission.reference) else { throw UnreadableAnswer("returnInfo") }
      return made
    } catch {
      throw .unknown(reason: "unreadable answer: \(error.field)")
    }
  }

  private func order(
    numbered id: OrderID, _ context: CallContext, _ deadline: Duration
  ) async throws(ReturnPlatformError) -> CommercetoolsOrder? {
    try await order(id, at: address(ofNumber: id), context, deadline)
  }

  /// Nil when there is none.
  private func order(
    _ id: OrderID, at url: String, _ context: CallContext, _ deadline: Duration
  ) async throws(ReturnPlatformError) -> CommercetoolsOrder? {
    let response = try await calls.sendReturn(
      .get, url, body: nil, maximumBodySize: configuration.maximumBodySize, isRead: true, context: context,
      by: deadline)
    guard response.status != 404 else { return nil }
    guard (200..<300).contains(response.status) else { throw CommercetoolsRefusal.meaning(of: response) }
    return try readable { () throws(UnreadableAnswer) in try CommercetoolsOrder(id, body: response.body) }
  }

  private func readable<Value>(_ value: () throws(UnreadableAnswer) -> Value) throws(ReturnPlatformError) -> Value {
    do throws(UnreadableAnswer) {
      return try value()
    } catch {
      throw .notDone(reason: "unreadable answer: \(error.field)", retryAfter: nil)
    }
  }
}
