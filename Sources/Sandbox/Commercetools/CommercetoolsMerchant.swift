import Core
import HTTPServer
import Synchronization

/// The merchant, as the control plane plays it. A return of commercetools has no id of its own: here it is known by that of
/// its first item.
extension CommercetoolsProject: SimulatedReturns {
  var bookedReturns: [SimulatedReturn] {
    let held = state.withLock { $0.orders }
    return orders.flatMap { order in
      (held[order.number]?.returns ?? []).map { made in
        SimulatedReturn(
          id: made.items[0].id, orderNumber: order.number,
          reference: made.items.lazy.compactMap { $0.comment?.returnReference }.first, state: made.state,
          rmaNumber: made.trackingID, mutations: 1, created: made.date)
      }
    }.sorted { $0.created < $1.created }
  }

  func act(_ action: ReturnAction, on id: String, reason: String?) throws(Problem) {
    guard let booked = bookedReturns.first(where: { $0.id == id }),
      let order = orders.first(where: { $0.number == booked.orderNumber })
    else { throw .returnUnknown(id) }
    try change(order) { (held) throws(Problem) in
      guard let index = held.returns.firstIndex(where: { $0.items[0].id == id }) else { throw .returnUnknown(id) }
      let now = held.returns[index]
      guard now.allows(action) else { throw .returnStepRefused(action, in: now.state) }
      guard action != .cancel else {
        held.returns[index].isRemoved = true
        let left = held.returns.filter { !$0.isRemoved }.map(\.json)
        return [Message(type: "ReturnInfoSet", members: [.init("returnInfo", .array(left))])]
      }
      for item in now.items.indices {
        switch action {
        case .receive: held.returns[index].items[item].move(to: "Returned")
        case .refund: held.returns[index].items[item].paymentState = "Refunded"
        default: held.returns[index].items[item].paymentState = "NotRefunded"
        }
        held.returns[index].items[item].modified = time.now
      }
      return action == .receive ? now.items.map { Self.shipmentChanged($0.id, to: "Returned") } : []
    }
  }

  /// As a subscription puts it into a queue (format "Platform"), from where a bridge brings it.
  func tell(_ message: Message, of order: SimulatedOrder, number: Int64, version: Int64) {
    let id = identities.uuid()
    let now = "\(time.now)"
    emit(
      message.type,
      .object(
        [
          .init("notificationType", "Message"), .init("projectKey", .string(projectKey)), .init("id", .string(id)),
          .init("version", 1), .init("sequenceNumber", .integer(number)),
          .init("resource", ["typeId": "order", "id": .string(order.commercetoolsID)]),
          .init("resourceVersion", .integer(version)),
          .init("resourceUserProvidedIdentifiers", ["orderNumber": .string(order.number)]),
          .init("type", .string(message.type)), .init("createdAt", .string(now)), .init("lastModifiedAt", .string(now)),
        ] + message.members), id)
  }
}

extension CommercetoolsOrderState.ReturnInfo {
  /// The payment state once the money is settled, else the shipment state of the first item.
  fileprivate var state: String {
    isRemoved ? "removed" : items[0].isSettled ? items[0].paymentState : items[0].shipmentState
  }

  /// A return is authorized as it is made: nobody does that.
  fileprivate func allows(_ action: ReturnAction) -> Bool {
    guard !isRemoved, !items.contains(where: \.isSettled) else { return false }
    let cameBack = items.contains(where: \.cameBack)
    return switch action {
    case .authorize: false
    case .decline, .receive, .cancel: !cameBack
    case .refund, .close: cameBack
    }
  }
}
