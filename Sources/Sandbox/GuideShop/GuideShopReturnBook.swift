import Core

/// The returns of the guide's shop and the rules by which it takes them.
struct GuideShopReturnBook: Sendable {
  private(set) var returns: [GuideShopReturn] = []
  private var places: [String: Int] = [:]
  private var placesOfOrder: [String: [Int]] = [:]
  private var placesOfReference: [String: [Int]] = [:]
  /// The first request under each `Idempotency-Key`.
  private var keys: [String: (request: GuideShopReturnRequest, place: Int)] = [:]
  private var undecided = Agenda<Int>()

  /// When the merchant decides next.
  var nextDecision: Duration? { undecided.nextDue }

  func returns(ofOrder number: String) -> [GuideShopReturn] { (placesOfOrder[number] ?? []).map { returns[$0] } }

  func returns(withReference reference: String) -> [GuideShopReturn] {
    (placesOfReference[reference] ?? []).map { returns[$0] }
  }

  subscript(_ id: String) -> GuideShopReturn? { places[id].map { returns[$0] } }

  /// Takes a return on, or answers with the one that the same key made.
  ///
  /// - Parameter decision: after how long the merchant allows it.
  /// - Returns: the return, and whether it is new.
  mutating func take(
    _ request: GuideShopReturnRequest, of order: SimulatedOrder?, key: String?, id: () -> String,
    decision: Duration, now: Moment
  ) throws(GuideShopRefusal) -> (taken: GuideShopReturn, isNew: Bool) {
    if let key, let first = keys[key] {
      guard first.request == request else { throw .keyReused }
      returns[first.place].mutations += 1
      return (returns[first.place], false)
    }
    guard let order else { throw .orderNotFound }
    try check(request, of: order, today: now.time)
    let (place, taken) = (
      returns.count, GuideShopReturn(id: id(), request: request, created: now.time, updated: now.time)
    )
    returns.append(taken)
    places[taken.id] = place
    placesOfOrder[order.number, default: []].append(place)
    if let reference = request.reference { placesOfReference[reference, default: []].append(place) }
    if let key { keys[key] = (request, place) }
    undecided.add(place, due: now.uptime + decision)
    return (taken, true)
  }

  private func check(_ request: GuideShopReturnRequest, of order: SimulatedOrder, today: Timestamp)
    throws(GuideShopRefusal)
  {
    let today = CalendarDate(daysSince1970: today.seconds / 86_400)
    if let last = order.returnEligibleUntil, last < today { throw .windowPassed }
    guard order.returnEligible else { throw .notEligible }
    var left: [String: Int] = [:]
    for item in order.items { left[item.sku, default: 0] += item.quantity }
    for item in returns(ofOrder: order.number).filter(\.counts).flatMap(\.request.items) {
      left[item.sku, default: 0] -= item.quantity
    }
    for item in request.items {
      guard let rest = left[item.sku] else { throw .skuNotInOrder }
      guard item.quantity <= rest else { throw .quantityExceeded }
      guard GuideShopRefusal.reasons.contains(item.reasonCode) else { throw .unknownReason }
      left[item.sku] = rest - item.quantity
    }
  }

  /// - Returns: those that the merchant has just allowed.
  mutating func decide(now: Moment) -> [GuideShopReturn] {
    var decided: [GuideShopReturn] = []
    while let place = undecided.takeDue(at: now.uptime) {
      // A hand may have been quicker.
      if let authorized = step(place, .authorize, reason: nil, now: now) { decided.append(authorized) }
    }
    return decided
  }

  /// - Throws: `Problem` as `SimulatedReturns.act`.
  mutating func act(_ action: ReturnAction, on id: String, reason: String?, now: Moment) throws(Problem)
    -> GuideShopReturn
  {
    guard let place = places[id] else { throw .returnUnknown(id) }
    guard let changed = step(place, action, reason: reason, now: now) else {
      throw .returnStepRefused(action, in: returns[place].status.rawValue)
    }
    return changed
  }

  private mutating func step(_ place: Int, _ action: ReturnAction, reason: String?, now: Moment) -> GuideShopReturn? {
    guard let status = action.result(from: returns[place].status) else { return nil }
    returns[place].status = status
    returns[place].updated = now.time
    if action == .authorize { returns[place].rmaNumber = "RMA-\(100_001 + place)" }
    if action == .decline { returns[place].reason = reason ?? "not_accepted" }
    return returns[place]
  }
}

extension GuideShopReturn {
  /// Whether its items are gone from what can still be returned.
  fileprivate var counts: Bool { status != .declined && status != .cancelled }
}
