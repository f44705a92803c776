import Core
import HTTPMessages
import Synchronization

@testable import Orders

/// A contact centre that answers what a test tells it to, one answer after the other; then it does what it is asked.
final class ScriptedContactCentre: ContactCentre {
  private struct State {
    var script: [ContactCentreError] = []
    /// What it did, in order.
    var booked: [(callback: Callback, reference: String)] = []
    var texts: [TextMessage] = []
    var asked: [String] = []
    var triedAt: [Timestamp] = []
    /// Whether a call-back that is answered with `unknown` was booked all the same.
    var doesItAllTheSame = false
  }

  private let state = Mutex(State())

  var booked: [(callback: Callback, reference: String)] { state.withLock { $0.booked } }
  var texts: [TextMessage] { state.withLock { $0.texts } }
  /// `book`, `find` and `text`, in the order they were asked.
  var asked: [String] { state.withLock { $0.asked } }
  /// The times that it was asked to look at.
  var triedAt: [Timestamp] { state.withLock { $0.triedAt } }

  func fails(with errors: ContactCentreError..., doesItAllTheSame: Bool = false) {
    state.withLock { ($0.script, $0.doesItAllTheSame) = (errors, doesItAllTheSame) }
  }

  func bookCallback(
    _ callback: Callback, reference: String, context: CallContext
  ) async throws(ContactCentreError) -> String {
    try next("book") { $0.booked.append((callback, reference)) }
    return "conversation-\(reference)"
  }

  func findCallback(
    reference: String, triedAt: Timestamp, context: CallContext
  ) async throws(ContactCentreError) -> String? {
    state.withLock { $0.triedAt.append(triedAt) }
    try next("find") { _ in }
    return booked.contains { $0.reference == reference } ? "conversation-\(reference)" : nil
  }

  func sendText(_ text: TextMessage, context: CallContext) async throws(ContactCentreError) -> String {
    try next("text") { $0.texts.append(text) }
    return "message"
  }

  private func next(_ asked: String, _ effect: (inout State) -> Void) throws(ContactCentreError) {
    let error: ContactCentreError? = state.withLock { state in
      state.asked.append(asked)
      let error = state.script.isEmpty ? nil : state.script.removeFirst()
      if error == nil || state.doesItAllTheSame { effect(&state) }
      return error
    }
    if let error { throw error }
  }
}
