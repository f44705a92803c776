import Core
import HTTPMessages
import Jobs
import Storage
import Telemetry

/// Books a call-back at the contact centre.
///
/// `sending` is recorded before the call. Whoever finds it there was interrupted, or got no answer, and first asks the
/// contact centre whether the call-back exists: a caller is never called twice. What it looks up lags behind what it does,
/// so "no" counts only once it has had time to know.
struct PlaceCallbackJob: Errand {
  static let kind = "orders.place_callback"
  /// Genesys Cloud's search shows a conversation some seconds after it began; a minute is ample.
  static let settling = Duration.seconds(60)

  let table: CallbackTable
  let database: any Database
  let contactCentre: any ContactCentre
  /// How long it is tried.
  let patience: Duration
  let time: any TimeSource
  let random: any RandomSource
  let observer: OrdersObserver
  let logger: Logger

  func attempt(_ id: String, mark: () async throws -> Void) async throws -> JobOutcome {
    guard let record = try await database.read({ try table.find(id, in: $0) }) else { return .done() }
    if let ending = record.state.ending { return ending }
    guard let callback = record.callback else { return .done() }
    let context = CallContext(requestID: record.requestID, trace: TraceContext(random: random))
    let isTooLate = time.now >= record.createdAt + patience
    if record.state == .sending {
      let conversationID: String?
      do throws(ContactCentreError) {
        conversationID = try await contactCentre.findCallback(reference: id, triedAt: record.movedAt, context: context)
      } catch {
        return isTooLate
          ? try await end(record, as: .unknown, error.reason) : .retry(after: error.retryAfter, reason: error.reason)
      }
      if let conversationID { return try await finish(id, conversationID) }
      let unsettled = record.movedAt + Self.settling - time.now
      if unsettled > .zero { return .retry(after: unsettled, reason: "the contact centre may not know of it yet") }
    }
    if isTooLate { return try await end(record, as: .failed, "the contact centre could not be reached in time") }
    return try await book(callback, record, context, mark: mark)
  }

  private func book(
    _ callback: Callback, _ record: CallbackRecord, _ context: CallContext, mark: () async throws -> Void
  ) async throws -> JobOutcome {
    var callback = callback
    if let at = callback.at, at <= time.now { callback.at = nil }
    try await mark()
    try await move(record.id, to: .sending)
    let conversationID: String
    do throws(ContactCentreError) {
      conversationID = try await contactCentre.bookCallback(callback, reference: record.id, context: context)
    } catch {
      switch error {
      case .notDone(let reason, let wait):
        try await move(record.id, to: .accepted)
        return .retry(after: wait, reason: reason)
      case .unknown(let reason):
        return .retry(after: Self.settling, reason: reason)
      case .refused(let reason):
        return try await end(record, as: .failed, reason)
      }
    }
    return try await finish(record.id, conversationID)
  }

  private func finish(_ id: String, _ conversationID: String) async throws -> JobOutcome {
    let now = time.now
    try await database.write { try table.recordBooked(id, conversationID: conversationID, now: now, in: $0) }
    observer.errandMoved(.callback, .done)
    return .done()
  }

  private func end(_ record: CallbackRecord, as state: ErrandState, _ reason: String) async throws -> JobOutcome {
    try await move(record.id, to: state)
    logger.error(
      "call-back not booked",
      [
        "callback_id": .string(record.id), "request_id": .string(record.requestID), "state": .string(state.rawValue),
        "reason": .string(reason),
      ])
    return state == .unknown ? .unknown(reason: reason) : .failed(reason: reason)
  }

  private func move(_ id: String, to state: ErrandState) async throws {
    let now = time.now
    try await database.write { try table.move(id, to: state, now: now, in: $0) }
    observer.errandMoved(.callback, state)
  }
}
