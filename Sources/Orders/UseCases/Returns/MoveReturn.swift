import Core
import Jobs
import Privacy
import Storage

/// Moves a return to another state, and sees to all that follows from it, in the transaction of its caller.
struct MoveReturn: Sendable {
  let table: ReturnTable
  let messages: ReturnMessageTable
  let jobs: JobQueue
  let announce: Announce
  let configuration: LiveReturnsConfiguration
  let time: any TimeSource
  let observer: ReturnsObserver

  /// Who moves it, and why.
  struct Cause: Sendable {
    let cause: ReturnCause
    let requestID: String
    /// Short, without personal data.
    var detail: String?
    var refusal: ReturnRecord.Refusal?
    /// Of a move by hand.
    var actor: String?
  }

  /// - Parameter record: as it was locked in this transaction.
  /// - Returns: false for a move that is against the rules, which is not made but counted.
  @discardableResult
  func callAsFunction(
    _ record: ReturnRecord, to next: ReturnState, _ why: Cause, in connection: any Connection
  ) throws -> Bool {
    guard record.state.canBecome(next) else {
      connection.afterCommit { [observer] in observer.refusedMove(record.state, next) }
      return false
    }
    let now = time.now
    let step = ReturnTransition(
      from: record.state, to: next, at: now, cause: why.cause, requestID: why.requestID, detail: why.detail,
      actor: why.actor)
    try table.move(
      record, step, refusal: why.refusal,
      checkAt: next.isFinal ? nil : ReturnChecks.next(after: 0, now: now, expiresAt: record.expiresAt), in: connection)
    try announce(
      OutboxEvent(
        next, of: record.id, orderID: record.orderID, rmaNumber: record.rmaNumber, items: record.items, time: now),
      connection)
    try tell(record, next, requestID: why.requestID, now: now, in: connection)
    connection.afterCommit { [observer] in observer.moved(next, why.cause) }
    return true
  }

  private func tell(
    _ record: ReturnRecord, _ next: ReturnState, requestID: String, now: Timestamp, in connection: any Connection
  ) throws {
    try jobs.enqueue(
      TellCentreJob.job(for: record.id, lane: .centre(record.id), maxAttempts: 20, requestID: requestID),
      in: connection)
    let isTold = record.channel != .none && configuration.read { $0.tell.contains(next) }
    if isTold, try messages.insert(record.id, about: next, now: now, in: connection) {
      try jobs.enqueue(
        TellCustomerJob.job(
          for: "\(record.id) \(next.rawValue)", lane: .customer(record.id), requestID: requestID),
        in: connection)
    }
    if next.isFinal, record.details != nil, try !messages.hasOpen(record.id, in: connection) {
      try table.forgetDetails(record.id, in: connection)
    }
  }

  /// Takes on what was read at the platform: the only way in which its state enters.
  ///
  /// - Parameter record: as it was locked in this transaction.
  func apply(
    _ found: PlatformReturn, to record: ReturnRecord, _ cause: ReturnCause, requestID: String,
    in connection: any Connection
  ) throws {
    var record = record
    let hasNews = found.rmaNumber != nil && found.rmaNumber != record.rmaNumber
    if hasNews || record.platformID != found.id || record.triedAt != nil {
      try table.setPlatform(record.id, platformID: found.id, rmaNumber: found.rmaNumber, in: connection)
      record.platformID = found.id
      record.rmaNumber = found.rmaNumber ?? record.rmaNumber
    }
    let next = found.state.returnState
    guard next != record.state else { return }
    var why = Cause(cause: cause, requestID: requestID)
    if case .declined(let reason) = found.state {
      let detail = String(Masking.masked(reason).prefix(200))
      why.refusal = ReturnRecord.Refusal(reason: .refusedByPlatform, detail: detail)
      why.detail = detail
    }
    try self(record, to: next, why, in: connection)
  }
}

extension String {
  /// The lane of all that is done about an order at its platform.
  static func order(_ id: OrderID) -> String { "order:\(id)" }
  /// Apart, so that a contact centre that is away holds up neither the platform nor the customer.
  static func centre(_ id: String) -> String { "centre:\(id)" }
  static func customer(_ id: String) -> String { "customer:\(id)" }
}
