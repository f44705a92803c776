import Core
import HTTPMessages
import Jobs
import Storage
import Telemetry

/// Tells the customer how a return stands, once for each state.
///
/// As with the text about an order: a message cannot be found again by a reference of ours, so one that was interrupted
/// while it was sent ends as `unknown` and is not sent again.
struct TellCustomerJob: Errand {
  static let kind = "returns.tell_customer"
  /// How long the message that a return is authorized waits for the RMA number, which some shops give later.
  static let numberPatience = Duration.seconds(15 * 60)
  /// News of a day ago is none.
  static let patience = Duration.seconds(86_400)

  let table: ReturnTable
  let messages: ReturnMessageTable
  let optOuts: OptOutTable
  let database: any Database
  let contactCentre: any ReturnContactCentre
  let orders: LiveOrdersConfiguration
  let time: any TimeSource
  let random: any RandomSource
  let observer: ReturnsObserver
  let logger: Logger

  private struct Message {
    let record: ReturnRecord
    let about: ReturnState
    let address: String
  }

  func attempt(_ payload: String, mark: () async throws -> Void) async throws -> JobOutcome {
    let parts = payload.split(separator: " ").map(String.init)
    guard parts.count == 2, let about = ReturnState(rawValue: parts[1]) else { return .failed(reason: "no state") }
    let (found, row) = try await database.read { connection in
      (try table.find(parts[0], in: connection), try messages.find(parts[0], about: about, in: connection))
    }
    guard let record = found, let row else { return .done() }
    switch row.state {
    case .accepted: break
    case .sending: return try await end(record, about, as: .unknown, "interrupted while it was sent")
    case .done, .failed, .unknown: return .done()
    }
    guard time.now < row.createdAt + Self.patience, let address = try table.details(of: record)?.address else {
      return try await end(record, about, as: .failed, "it could not be sent in time")
    }
    if about == .authorized, record.rmaNumber == nil, record.state == .authorized {
      let wait = row.createdAt + Self.numberPatience - time.now
      if wait > .zero { return .retry(after: min(wait, .seconds(30)), reason: "there is no RMA number yet") }
    }
    if try await database.read({ try optOuts.contains(record.channel, address, in: $0) }) {
      try await move(record, about, to: .failed)
      return .done(result: "the customer has opted out")
    }
    return try await send(Message(record: record, about: about, address: address), mark: mark)
  }

  private func send(_ message: Message, mark: () async throws -> Void) async throws -> JobOutcome {
    let (record, about) = (message.record, message.about)
    try await mark()
    try await move(record, about, to: .sending)
    let messageID: String
    do throws(ContactCentreError) {
      messageID = try await deliver(message)
    } catch {
      switch error {
      case .notDone(let reason, let wait):
        try await move(record, about, to: .accepted)
        return .retry(after: wait, reason: reason)
      case .unknown(let reason):
        return try await end(record, about, as: .unknown, reason)
      case .refused(let reason):
        if reason.tellsOfOptOut { try await optOut(message) }
        return try await end(record, about, as: .failed, reason)
      }
    }
    try await move(record, about, to: .done, messageID: messageID)
    return .done()
  }

  private func deliver(_ message: Message) async throws(ContactCentreError) -> String {
    let record = message.record
    let context = CallContext(requestID: record.requestID, trace: TraceContext(random: random))
    let text = ReturnText(record: record, about: message.about, lastDay: orders.today(at: record.expiresAt))
    guard record.channel == .email else {
      return try await contactCentre.sendText(
        TextMessage(number: message.address, body: text.body(in: record.language)), context: context)
    }
    return try await contactCentre.sendEmail(
      EmailMessage(
        address: message.address, subject: text.subject(in: record.language), text: text.body(in: record.language)),
      context: context)
  }

  private func optOut(_ message: Message) async throws {
    let now = time.now
    try await database.write { try optOuts.insert(message.record.channel, message.address, now: now, in: $0) }
  }

  private func end(
    _ record: ReturnRecord, _ about: ReturnState, as state: ErrandState, _ reason: String
  ) async throws -> JobOutcome {
    try await move(record, about, to: state)
    logger.error(
      "customer not told of a return, or in doubt",
      [
        "return_id": .string(record.id), "request_id": .string(record.requestID), "about": .string(about.rawValue),
        "state": .string(state.rawValue), "reason": .string(reason),
      ])
    return state == .unknown ? .unknown(reason: reason) : .failed(reason: reason)
  }

  /// With the last message of a return that has ended goes the address.
  private func move(
    _ record: ReturnRecord, _ about: ReturnState, to state: ErrandState, messageID: String? = nil
  ) async throws {
    let now = time.now
    try await database.write { connection in
      try messages.move(record.id, about: about, to: state, messageID: messageID, now: now, in: connection)
      guard let current = try table.find(record.id, in: connection), current.state.isFinal,
        try !messages.hasOpen(record.id, in: connection)
      else { return }
      try table.forgetDetails(record.id, in: connection)
    }
    observer.messageMoved(record.channel, state)
  }
}

extension String {
  /// What contact centres say when the receiver has asked not to be written to.
  fileprivate var tellsOfOptOut: Bool {
    let text = lowercased()
    return ["opted out", "opt-out", "opt out", "opted_out"].contains { text.contains($0) }
  }
}
