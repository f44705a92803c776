import Core
import HTTPMessages
import Synchronization

@testable import Orders

/// A shop that takes returns, and does what a test tells it to first.
final class ScriptedReturnPlatform: ReturnPlatform {
  enum Fault: Sendable {
    case error(ReturnPlatformError)
    /// It does it, and the answer is lost.
    case lostAnswer
  }

  private struct State {
    var orders = [ReturnableOrder.sample]
    /// By our reference.
    var returns: [String: PlatformReturn] = [:]
    var answersWith = PlatformReturn.State.submitted
    var faults: [String: [Fault]] = [:]
    var calls: [String] = []
  }

  let name = "scripted"
  private let state = Mutex(State())

  /// `returnable`, `submit`, `find` and `read`, in the order they were asked.
  var calls: [String] { state.withLock { $0.calls } }
  var returns: [String: PlatformReturn] { state.withLock { $0.returns } }
  var submissions: Int { state.withLock { $0.returns.count } }
  func forgetCalls() { state.withLock { $0.calls = [] } }
  func has(_ orders: ReturnableOrder...) { state.withLock { $0.orders = orders } }
  func answers(with next: PlatformReturn.State) { state.withLock { $0.answersWith = next } }
  func fails(_ call: String, _ faults: Fault...) { state.withLock { $0.faults[call] = faults } }

  /// What happens at the shop, of which we hear later.
  func move(_ reference: String, to next: PlatformReturn.State, rmaNumber: String? = nil) {
    state.withLock { state in
      state.returns[reference]?.state = next
      if let rmaNumber { state.returns[reference]?.rmaNumber = rmaNumber }
    }
  }

  func returnable(
    _ orderID: OrderID, context: CallContext
  ) async throws(ReturnPlatformError) -> ReturnableOrder? {
    try call("returnable") { state in state.orders.first { $0.orderID == orderID } }
  }

  func submit(
    _ submission: ReturnSubmission, context: CallContext
  ) async throws(ReturnPlatformError) -> PlatformReturn {
    try call("submit") { state in
      // A shop that is asked twice makes two.
      let isSecond = state.returns[submission.reference] != nil
      let reference = isSecond ? "\(submission.reference)-twice" : submission.reference
      let made = PlatformReturn(id: "platform-\(reference)", rmaNumber: nil, state: state.answersWith)
      state.returns[reference] = made
      return made
    }
  }

  func find(
    _ submission: ReturnSubmission, context: CallContext
  ) async throws(ReturnPlatformError) -> PlatformReturn? {
    try call("find") { $0.returns[submission.reference] }
  }

  func read(
    _ id: String, of orderID: OrderID, context: CallContext
  ) async throws(ReturnPlatformError) -> PlatformReturn? {
    try call("read") { state in state.returns.values.first { $0.id == id } }
  }

  func hint(topic: String, body: JSONValue) -> ReturnHint? { nil }

  private func call<Value: Sendable>(
    _ name: String, _ effect: @Sendable (inout State) -> Value
  ) throws(ReturnPlatformError) -> Value {
    let result: Result<Value, ReturnPlatformError> = state.withLock { state in
      state.calls.append(name)
      guard let fault = state.faults[name]?.first else { return .success(effect(&state)) }
      state.faults[name]?.removeFirst()
      switch fault {
      case .error(let error): return .failure(error)
      case .lostAnswer:
        _ = effect(&state)
        return .failure(.unknown(reason: "reset"))
      }
    }
    return try result.get()
  }
}

extension ReturnableOrder {
  static let sample = ReturnableOrder(
    orderID: OrderID(rawValue: "ORD-839201"), isEligible: true, until: nil,
    lines: [Line(sku: "SKU-12345", bought: 1, returned: 0), Line(sku: "SKU-2", bought: 3, returned: 1)])

  func with(_ change: (inout ReturnableOrder) -> Void) -> ReturnableOrder {
    var order = self
    change(&order)
    return order
  }
}

/// A contact centre that fails as a test tells it to, and then does what it is asked.
final class ScriptedReturnCentre: ReturnContactCentre {
  private struct State {
    var faults: [ContactCentreError] = []
    var recorded: [(attributes: ReturnAttributes, conversation: String)] = []
    var texts: [TextMessage] = []
    var mails: [EmailMessage] = []
  }

  private let state = Mutex(State())

  var recorded: [(attributes: ReturnAttributes, conversation: String)] { state.withLock { $0.recorded } }
  var texts: [TextMessage] { state.withLock { $0.texts } }
  var mails: [EmailMessage] { state.withLock { $0.mails } }
  func fails(with errors: ContactCentreError...) { state.withLock { $0.faults = errors } }

  func record(
    _ attributes: ReturnAttributes, conversation: String, context: CallContext
  ) async throws(ContactCentreError) {
    try next { $0.recorded.append((attributes, conversation)) }
  }

  func sendText(_ text: TextMessage, context: CallContext) async throws(ContactCentreError) -> String {
    try next { $0.texts.append(text) }
    return "message"
  }

  func sendEmail(_ mail: EmailMessage, context: CallContext) async throws(ContactCentreError) -> String {
    try next { $0.mails.append(mail) }
    return "message"
  }

  private func next(_ effect: (inout State) -> Void) throws(ContactCentreError) {
    let error: ContactCentreError? = state.withLock { state in
      if !state.faults.isEmpty { return state.faults.removeFirst() }
      effect(&state)
      return nil
    }
    if let error { throw error }
  }
}
