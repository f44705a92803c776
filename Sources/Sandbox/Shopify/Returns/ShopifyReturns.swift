import Core
import Synchronization

/// All returns of one simulated shop: what apps ask for and what the merchant decides. A change is told to `emit`, after
/// it is made, as a webhook would tell it.
final class ShopifyReturns: Sendable {
  /// - Parameters: the topic, the body and the event's id.
  typealias Emit = @Sendable (_ topic: String, _ payload: JSONValue, _ eventID: String) -> Void

  /// One entry of `userErrors`.
  struct UserError: Error, Sendable, Hashable {
    let code: String
    let field: [String]
    let message: String
  }

  private struct State {
    /// In the order in which they were made.
    var returns: [ShopifyReturn] = []
    var lines: UInt64 = 0
    var refunds: UInt64 = 0
  }

  private struct Event {
    let topic: String
    let payload: JSONValue

    init(_ topic: String, _ payload: JSONValue) {
      self.topic = topic
      self.payload = payload
    }
  }

  private let time: any TimeSource
  private let identities: Identities
  private let emit: Emit
  private let state: Mutex<State>

  /// - Parameter orders: those that are returned already begin with a closed return of all that was sent.
  init(orders: [SimulatedOrder], time: any TimeSource, identities: Identities, emit: @escaping Emit = { _, _, _ in }) {
    self.time = time
    self.identities = identities
    self.emit = emit
    var state = State()
    for order in orders where order.status == .returned {
      let lines = order.items.indices.filter { order.items[$0].shipped > 0 }.map {
        ShopifyReturn.Line(item: $0, quantity: order.items[$0].shipped, reason: .unknown)
      }
      var closed = Self.add(lines, of: order, .closed, at: order.fulfilledAt, to: &state)
      closed.closed = order.fulfilledAt
      closed.isReceived = true
      Self.addRefund(to: &closed, at: order.fulfilledAt, &state)
      state.returns[state.returns.count - 1] = closed
    }
    self.state = Mutex(state)
  }

  // MARK: - Reading

  /// In the order in which they were made.
  var all: [ShopifyReturn] { state.withLock { $0.returns } }

  func returns(of order: SimulatedOrder) -> [ShopifyReturn] {
    state.withLock { $0.returns.filter { $0.order.number == order.number } }
  }

  /// - Parameter id: `gid://shopify/Return/…`, or its number alone.
  func find(_ id: String) -> ShopifyReturn? {
    state.withLock { state in Self.index(of: id, in: state).map { state.returns[$0] } }
  }

  /// How many of an item may be in a new return: what was sent and is in no other.
  ///
  /// Shopify itself leaves the return window to the shop's rules; here an order that may not be returned has nothing
  /// returnable.
  func returnable(_ item: Int, of order: SimulatedOrder) -> Int {
    state.withLock { Self.returnable(item, of: order, in: $0) }
  }

  private static func returnable(_ item: Int, of order: SimulatedOrder, in state: State) -> Int {
    guard order.returnEligible else { return 0 }
    let taken = state.returns.lazy.filter { $0.order.number == order.number && $0.takesItems }
      .flatMap(\.lines).filter { $0.item == item }.reduce(0) { $0 + $1.quantity }
    return max(0, order.items[item].shipped - taken)
  }

  // MARK: - What apps ask for

  /// `returnRequest`: the merchant has to decide.
  func request(_ lines: [ShopifyReturn.Line], of order: SimulatedOrder) throws(UserError) -> ShopifyReturn {
    try open(lines, of: order, as: .requested, topic: "returns/request", argument: "input")
  }

  /// `returnCreate`: open at once.
  func create(_ lines: [ShopifyReturn.Line], of order: SimulatedOrder) throws(UserError) -> ShopifyReturn {
    try open(lines, of: order, as: .open, topic: "returns/approve", argument: "returnInput")
  }

  private func open(
    _ lines: [ShopifyReturn.Line], of order: SimulatedOrder, as status: ShopifyReturn.Status, topic: String,
    argument: String
  ) throws(UserError) -> ShopifyReturn {
    let result = state.withLock { state -> Result<ShopifyReturn, UserError> in
      var asked: [Int: Int] = [:]
      for (index, line) in lines.enumerated() {
        asked[line.item, default: 0] += line.quantity
        guard asked[line.item, default: 0] <= Self.returnable(line.item, of: order, in: state) else {
          return .failure(
            UserError(
              code: "INVALID", field: [argument, "returnLineItems", "\(index)", "quantity"],
              message: "Quantity is more than can be returned."))
        }
      }
      return .success(Self.add(lines, of: order, status, at: time.now, to: &state))
    }
    let made = try result.get()
    publish([Event(topic, made.payload)])
    return made
  }

  private static func add(
    _ lines: [ShopifyReturn.Line], of order: SimulatedOrder, _ status: ShopifyReturn.Status, at now: Timestamp,
    to state: inout State
  ) -> ShopifyReturn {
    let earlier = state.returns.count { $0.order.number == order.number }
    var made = ShopifyReturn(
      number: 945_000_001 + UInt64(state.returns.count), order: order, name: "\(order.number)-R\(earlier + 1)",
      status: status, lines: lines, created: now, approved: status == .requested ? nil : now)
    for index in made.lines.indices {
      state.lines += 1
      made.lines[index].number = 18_000_000 + state.lines
    }
    state.returns.append(made)
    return made
  }

  // MARK: - What the merchant does

  @discardableResult
  func approve(_ id: String) throws(UserError) -> ShopifyReturn {
    try change(id, from: [.requested]) { one, _, now in
      one.status = .open
      one.approved = now
      return [Event("returns/approve", one.payload)]
    }
  }

  /// - Parameter reason: `RETURN_PERIOD_ENDED`, `FINAL_SALE` or `OTHER`.
  @discardableResult
  func decline(_ id: String, reason: String, note: String? = nil) throws(UserError) -> ShopifyReturn {
    try change(id, from: [.requested]) { one, _, _ in
      one.status = .declined
      one.decline = .init(reason: reason, note: note)
      return [Event("returns/decline", one.payload)]
    }
  }

  /// The parcel is back and was looked through.
  @discardableResult
  func receive(_ id: String) throws(UserError) -> ShopifyReturn {
    try change(id, from: [.open]) { one, _, _ in
      one.isReceived = true
      return [Event("returns/update", one.payload)]
    }
  }

  /// The money goes back; once is enough.
  @discardableResult
  func refund(_ id: String) throws(UserError) -> ShopifyReturn {
    try change(id, from: [.open, .closed]) { one, state, now in
      guard one.refunds.isEmpty else { return [] }
      Self.addRefund(to: &one, at: now, &state)
      return one.refunds.map { Event("refunds/create", one.payload(of: $0)) } + [Event("returns/update", one.payload)]
    }
  }

  /// Received and refunded in one step, as `returnProcess` does it.
  @discardableResult
  func process(_ id: String) throws(UserError) -> ShopifyReturn {
    try receive(id)
    return try refund(id)
  }

  @discardableResult
  func close(_ id: String) throws(UserError) -> ShopifyReturn {
    try change(id, from: [.open]) { one, _, now in
      one.status = .closed
      one.closed = now
      return [Event("returns/close", one.payload)]
    }
  }

  @discardableResult
  func reopen(_ id: String) throws(UserError) -> ShopifyReturn {
    try change(id, from: [.closed]) { one, _, _ in
      one.status = .open
      one.closed = nil
      return [Event("returns/reopen", one.payload)]
    }
  }

  /// Only as long as nothing was done about it.
  @discardableResult
  func cancel(_ id: String) throws(UserError) -> ShopifyReturn {
    try change(id, from: [.requested, .open]) { one, _, _ in
      guard !one.isReceived, one.refunds.isEmpty else { return nil }
      one.status = .canceled
      return [Event("returns/cancel", one.payload)]
    }
  }

  private static func addRefund(to one: inout ShopifyReturn, at now: Timestamp, _ state: inout State) {
    state.refunds += 1
    one.refunds.append(.init(number: 939_000_000 + state.refunds, created: now))
  }

  /// - Parameter step: changes the return and says what to tell; nil when its state does not allow it.
  private func change(
    _ id: String, from allowed: Set<ShopifyReturn.Status>,
    _ step: (inout ShopifyReturn, inout State, Timestamp) -> [Event]?
  ) throws(UserError) -> ShopifyReturn {
    let result = state.withLock { state -> Result<(ShopifyReturn, [Event]), UserError> in
      guard let index = Self.index(of: id, in: state) else {
        return .failure(UserError(code: "NOT_FOUND", field: ["id"], message: "Return not found."))
      }
      var one = state.returns[index]
      guard allowed.contains(one.status), let events = step(&one, &state, time.now) else {
        return .failure(
          UserError(
            code: "INVALID_STATE", field: ["id"], message: "Return status \(one.status.rawValue) does not allow this."))
      }
      state.returns[index] = one
      return .success((one, events))
    }
    let (changed, events) = try result.get()
    publish(events)
    return changed
  }

  private func publish(_ events: [Event]) {
    for event in events { emit(event.topic, event.payload, identities.uuid()) }
  }

  private static func index(of id: String, in state: State) -> Int? {
    state.returns.firstIndex { $0.gid == id || String($0.number) == id }
  }
}
