import Core
import HTTPMessages
import Storage
import Telemetry

/// Looks the order up as soon as the platform answers, and sends its status as a text message.
///
/// A text message cannot be found again by a reference of ours, so one that was interrupted while it was sent ends as
/// `unknown` and is reported: a second one would be a guess.
struct SendStatusTextJob: Sendable {
  static let kind = "orders.send_status_text"

  let table: TextTable
  let database: any Database
  let contactCentre: any ContactCentre
  let lookUpOrder: LookUpOrder
  /// How long the platform and the contact centre are waited for.
  let patience: Duration
  let time: any TimeSource
  let random: any RandomSource
  let observer: OrdersObserver
  let logger: Logger

  func run(_ id: String) async throws -> ErrandStep {
    guard let record = try await database.read({ try table.find(id, in: $0) }), let text = record.order else {
      return .finished
    }
    switch record.state {
    case .accepted: break
    case .sending: return try await end(record, as: .unknown, "interrupted while it was sent")
    case .done, .failed, .unknown: return .finished
    }
    guard time.now < record.createdAt + patience else {
      return try await end(record, as: .failed, "the status could not be had, or the text not be sent, in time")
    }
    let context = CallContext(requestID: record.requestID, trace: TraceContext(random: random))
    let answer: LookUpOrder.Answer
    do throws(LookUpOrderError) {
      answer = try await lookUpOrder(text.orderID.rawValue, proof: text.proof, asker: text.asker, context: context)
    } catch {
      switch error {
      case .platformTimeout: return .retry(after: nil)
      case .platformUnavailable(_, let wait): return .retry(after: wait)
      case .invalidID, .notFound, .tooManyAttempts:
        return try await end(record, as: .failed, "the order is not to be told of")
      }
    }
    // There is time: what is sent should still hold when it is read.
    guard answer.freshness != .stale else { return .retry(after: nil) }
    return try await send(StatusText.compose(answer.copy.order, in: text.language), to: text.number, record, context)
  }

  private func send(
    _ body: String, to number: String, _ record: TextRecord, _ context: CallContext
  ) async throws -> ErrandStep {
    try await move(record.id, to: .sending)
    let messageID: String
    do throws(ContactCentreError) {
      messageID = try await contactCentre.sendText(TextMessage(number: number, body: body), context: context)
    } catch {
      switch error {
      case .notDone(_, let wait):
        try await move(record.id, to: .accepted)
        return .retry(after: wait)
      case .unknown(let reason): return try await end(record, as: .unknown, reason)
      case .refused(let reason): return try await end(record, as: .failed, reason)
      }
    }
    let now = time.now
    try await database.write { try table.recordSent(record.id, messageID: messageID, now: now, in: $0) }
    observer.errandMoved(.text, .done)
    return .finished
  }

  private func end(_ record: TextRecord, as state: ErrandState, _ reason: String) async throws -> ErrandStep {
    try await move(record.id, to: state)
    logger.error(
      "text message not sent, or in doubt",
      [
        "message_id": .string(record.id), "request_id": .string(record.requestID), "state": .string(state.rawValue),
        "reason": .string(reason),
      ])
    return .gaveUp(reason: reason)
  }

  private func move(_ id: String, to state: ErrandState) async throws {
    let now = time.now
    try await database.write { try table.move(id, to: state, now: now, in: $0) }
    observer.errandMoved(.text, state)
  }
}
