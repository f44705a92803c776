import Core
import HTTPServer
import Synchronization

/// The merchant of the simulated shop: what an administrator does with a return. Every step is told of as Adobe I/O Events
/// would.
///
/// Ids are the returns' entity ids. Each throws `Problem` 404 for a return that there is not and 409 for a step that does
/// not follow.
struct AdobeCommerceMerchant {
  let shop: AdobeCommerceShop

  /// All returns, as `GET /V1/returns/{id}` shows them.
  var returns: [JSONValue] { shop.state.withLock { $0.returns.all.map(\.json) } }

  func authorize(_ id: String) throws(Problem) {
    try move(id, from: ["pending"], to: "authorized") { item in
      item.status = "authorized"
      item.authorized = item.requested
    }
  }

  /// - Parameter reason: shown to the customer.
  func decline(_ id: String, reason: String) throws(Problem) {
    try move(id, from: ["pending", "authorized"], to: "closed", comment: reason) { $0.status = "denied" }
  }

  func receive(_ id: String) throws(Problem) {
    try move(id, from: ["authorized"], to: "received") { item in
      item.status = "received"
      item.returned = item.authorized ?? item.requested
    }
  }

  /// Approves what came back, and makes the credit memo for it.
  func refund(_ id: String) throws(Problem) {
    let made = try move(id, from: ["received"], to: "processed_closed", isRefund: true) { item in
      item.status = "approved"
      item.approved = item.returned ?? item.requested
    }
    shop.tell("sales_order_creditmemo_save_after", ["order_id": .integer(made.order.adobeCommerceID)])
  }

  /// Ends it as it stands.
  func close(_ id: String) throws(Problem) {
    try move(id, from: ["pending", "authorized", "received"], to: "closed") { _ in }
  }

  /// Ends it before anything has come back. Adobe Commerce has no word for it but closed.
  func cancel(_ id: String) throws(Problem) {
    try move(id, from: ["pending", "authorized"], to: "closed") { _ in }
  }

  @discardableResult
  private func move(
    _ id: String, from states: Set<String>, to status: String, comment: String? = nil, isRefund: Bool = false,
    _ change: (inout AdobeCommerceReturns.Return.Item) -> Void
  ) throws(Problem) -> AdobeCommerceReturns.Return {
    let now = shop.time.now
    let made = try shop.state.withLock { (state) throws(Problem) in
      guard let index = state.returns.index(id) else { throw .noReturn(id) }
      let before = state.returns.all[index].status
      guard states.contains(before) else { throw .noStep(from: before, to: status) }
      let commentID = state.returns.nextID()
      state.returns.change(index) { made in
        made.status = status
        for item in made.items.indices { change(&made.items[item]) }
        if let comment {
          made.comments.append(.init(id: commentID, text: comment, isVisible: true, isAdmin: true, created: now))
        }
      }
      let made = state.returns.all[index]
      if isRefund { state.returns.refund(made) }
      return made
    }
    shop.saved(made)
    return made
  }
}

extension AdobeCommerceShop {
  /// `rma_save_commit_after` carries the row that was saved, without its items.
  func saved(_ made: AdobeCommerceReturns.Return) {
    tell(
      "rma_save_commit_after",
      [
        "entity_id": .integer(made.id), "increment_id": .string(made.number),
        "order_id": .integer(made.order.adobeCommerceID), "order_increment_id": .string(made.order.number),
        "store_id": 1, "status": .string(made.status), "date_requested": .string(made.requested.adobeCommerce),
      ])
  }

  /// The names of the events are Adobe's; the frame is CloudEvents 1.0 as Adobe I/O Events describes it, written from the
  /// documentation and not compared with a delivery.
  func tell(_ event: String, _ value: JSONValue) {
    let id = identities.uuid()
    let type = "com.adobe.commerce.observer.\(event)"
    emit(
      type,
      [
        "specversion": "1.0", "id": .string(id), "event_id": .string(id), "type": .string(type),
        "source": "urn:uuid:4e7f0a52-9c1b-4d6e-8a35-2f6b7c8d9e10", "datacontenttype": "application/json",
        "time": .string("\(time.now)"), "recipient_client_id": .string(clients.ims.id),
        "data": ["key": .string(id), "source": "com.adobe.commerce", "value": value],
      ], id)
  }
}

extension Problem {
  fileprivate static func noReturn(_ id: String) -> Problem {
    Problem(
      status: 404, code: "return_unknown", title: "There is no such return", detail: "No return has the id \"\(id)\".")
  }

  fileprivate static func noStep(from before: String, to after: String) -> Problem {
    Problem(
      status: 409, code: "return_state", title: "The return stands elsewhere",
      detail: "A return that is \(before) does not become \(after).")
  }
}
