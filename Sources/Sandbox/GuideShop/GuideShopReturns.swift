import Core
import HTTPMessages
import HTTPServer
import Synchronization

/// `POST /returns`, which the guide names, and the reads and webhooks that it leaves open.
extension GuideShop: SimulatedReturns {
  func createReturn(_ request: VendorRequest) -> Response {
    if let refused = admit(request, anyOf: ["returns:create"]) { return refused }
    guard var asked = GuideShopReturnRequest(request.body) else {
      return Self.error(400, "invalid_request", "order_id and items with sku, quantity and reason_code are required.")
    }
    let limits = limits.value
    let keepsReferences = limits.guideShopKeepsReferences > 0
    if !keepsReferences { asked.reference = nil }
    decideWhatIsDue()
    let answer = state.withLock { state -> Result<(taken: GuideShopReturn, isNew: Bool), GuideShopRefusal> in
      do throws(GuideShopRefusal) {
        return .success(
          try state.returns.take(
            asked, of: orders[asked.orderID], key: keepsReferences ? request.headers["idempotency-key"] : nil,
            id: { "RR-" + identities.hex(6) }, decision: .milliseconds(limits.guideShopDecidesAfterMilliseconds),
            now: Moment(time)))
      } catch { return .failure(error) }
    }
    switch answer {
    case .failure(let refusal): return Self.error(refusal.status, refusal.rawValue, refusal.message)
    case .success(let (taken, isNew)):
      if isNew { announce([taken]) }
      // The first answer again, wherever the return stands by now.
      return .json(
        [
          "return_request_id": .string(taken.id), "status": .string(GuideShopReturn.Status.pending.rawValue),
          "created_at": .string("\(taken.created)"),
        ], status: 202)
    }
  }

  func readReturn(_ id: String, _ request: VendorRequest) -> Response {
    if let refused = admit(request, anyOf: Self.scopes) { return refused }
    decideWhatIsDue()
    guard let found = state.withLock({ $0.returns[id] }) else {
      return Self.error(404, "return_not_found", "There is no return \(id).")
    }
    return .json(found.json)
  }

  /// With `external_reference`, `order_id` or both.
  func listReturns(_ request: VendorRequest) -> Response {
    if let refused = admit(request, anyOf: Self.scopes) { return refused }
    decideWhatIsDue()
    let order = request.query["order_id"]
    let reference = limits.value.guideShopKeepsReferences > 0 ? request.query["external_reference"] : nil
    guard order != nil || reference != nil else {
      return Self.error(400, "invalid_request", "Give order_id or external_reference.")
    }
    let found = state.withLock { state in
      reference.map { state.returns.returns(withReference: $0) } ?? state.returns.returns(ofOrder: order ?? "")
    }
    return .json(["returns": .array(found.filter { order == nil || $0.request.orderID == order }.map(\.json))])
  }

  // MARK: - The merchant

  var bookedReturns: [SimulatedReturn] {
    decideWhatIsDue()
    return state.withLock(\.returns.returns).map {
      SimulatedReturn(
        id: $0.id, orderNumber: $0.request.orderID, reference: $0.request.reference, state: $0.status.rawValue,
        rmaNumber: $0.rmaNumber, mutations: $0.mutations, created: $0.created)
    }
  }

  func act(_ action: ReturnAction, on id: String, reason: String?) throws(Problem) {
    decideWhatIsDue()
    let changed = state.withLock { state -> Result<GuideShopReturn, Problem> in
      do throws(Problem) {
        return .success(try state.returns.act(action, on: id, reason: reason, now: Moment(time)))
      } catch { return .failure(error) }
    }
    announce([try changed.get()])
  }

  /// Also before each answer, so that what one reads does not depend on whether the alarm was quicker.
  private func decideWhatIsDue() {
    announce(state.withLock { $0.returns.decide(now: Moment(time)) })
  }

  private func announce(_ changed: [GuideShopReturn]) {
    for item in changed { emit("return.updated", item.event, "evt_\(item.id.dropFirst(3))_\(item.status.rawValue)") }
    if let next = state.withLock(\.returns.nextDecision) {
      merchant.set(next) { [weak self] in self?.decideWhatIsDue() }
    }
  }
}
