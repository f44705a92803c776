import Core
import HTTPMessages
import Jobs
import Storage
import Telemetry

/// Looks the order up as soon as the platform answers, and sends its status as a text message.
///
/// A text message cannot be found again by a reference of ours, so one that was interrupted while it was sent ends as
/// `unknown` and is reported: a second one would be a guess.
struct SendStatusTextJob: Errand {
  static let kind = "orders.send_status_text"

  let table: TextTable
  let database: any Database
  let contactCentre: any ContactCentre
  let lookUpOrder: LookUpOrder
  /// What a text about an unknown order links to (guide 1, edge case 2).
  let statusPage: String?
  /// How long the platform and the contact centre are waited for.
  let patience: Duration
  let time: any TimeSource
  let random: any RandomSource
  let observer: OrdersObserver
  let logger: Logger

  func attempt(_ id: String, mark: () async throws -> Void) async throws -> JobOutcome {
    guard let record = try await database.read({ try table.find(id, in: $0) }) else { return .done() }
    if let ending = record.state.ending { return ending }
    guard let text = record.order else { return .done() }
    if record.state == .sending { return try await end(record, as: .unknown, "interrupted while it was sent") }
    guard time.now < record.createdAt + patience else {
      return try await end(record, as: .failed, "the status could not be had, or the text not be sent, in time")
    }
    let context = CallContext(requestID: record.requestID, trace: TraceContext(random: random))
    let answer: LookUpOrder.Answer
    do throws(LookUpOrderError) {
      answer = try await lookUpOrder(text.orderID.rawValue, proof: text.proof, asker: text.asker, context: context)
    } catch {
      switch error {
      case .platformTimeout: return .retry(reason: "the platform did not answer in time")
      case .platformUnavailable(_, let wait): return .retry(after: wait, reason: "the platform is not answering")
      case .notFound where statusPage != nil:
        let body = StatusText.link(to: statusPage ?? "", in: text.language)
        return try await send(TextMessage(number: text.number, body: body), record, context, mark: mark)
      case .invalidID, .notFound, .tooManyAttempts:
        return try await end(record, as: .failed, "the order is not to be told of")
      }
    }
    // There is time: what is sent should still hold when it is read.
    guard answer.freshness != .stale else { return .retry(reason: "only an old status can be had") }
    let body = StatusText.compose(answer.copy.order, in: text.language)
    return try await send(TextMessage(number: text.number, body: body), record, context, mark: mark)
  }

  private func send(
    _ message: TextMessage, _ record: TextRecord, _ context: CallContext, mark: () async throws -> Void
  ) async throws -> JobOutcome {
    try await mark()
    try await move(record.id, to: .sending)
    let messageID: String
    do throws(ContactCentreError) {
      messageID = try await contactCentre.sendText(message, context: context)
    } catch {
      switch error {
      case .notDone(let reason, let wait):
        try await move(record.id, to: .accepted)
        return .retry(after: wait, reason: reason)
      case .unknown(let reason): return try await end(record, as: .unknown, reason)
      case .refused(let reason): return try await end(record, as: .failed, reason)
      }
    }
    let now = time.now
    try await database.write { try table.recordSent(record.id, messageID: messageID, now: now, in: $0) }
    observer.errandMoved(.text, .done)
    return .done()
  }

  private func end(_ record: TextRecord, as state: ErrandState, _ reason: String) async throws -> JobOutcome {
    try await move(record.id, to: state)
    logger.error(
      "text message not sent, or in doubt",
      [
        "message_id": .string(record.id), "request_id": .string(record.requestID), "state": .string(state.rawValue),
        "reason": .string(reason),
      ])
    return state == .unknown ? .unknown(reason: reason) : .failed(reason: reason)
  }

  private func move(_ id: String, to state: ErrandState) async throws {
    let now = time.now
    try await database.write { try table.move(id, to: state, now: now, in: $0) }
    observer.errandMoved(.text, state)
  }
}
