import Core
import HTTPMessages
import Jobs
import Privacy
import Storage
import Telemetry

/// Asks the platform for a return, once it has checked what could not be checked when it was taken on.
///
/// `tried_at` is recorded before the platform is asked. Whoever finds it there was interrupted, or got no answer, and first
/// asks the platform whether it has the return: none is asked for twice.
struct SubmitReturnJob: Errand {
  static let kind = "returns.submit"
  /// How long a request that nobody waits for any more may still be on its way: "there is none" counts after that.
  static let settling = Duration.seconds(20)
  /// How soon after a lost answer it is looked for; as a rule it is there.
  static let firstLook = Duration.seconds(2)

  let table: ReturnTable
  let database: any Database
  let platform: any ReturnPlatform
  let lookUpOrder: LookUpOrder
  let orders: LiveOrdersConfiguration
  let configuration: LiveReturnsConfiguration
  let move: MoveReturn
  let time: any TimeSource
  let random: any RandomSource
  let logger: Logger

  func attempt(_ id: String, mark: () async throws -> Void) async throws -> JobOutcome {
    guard let record = try await database.read({ try table.find(id, in: $0) }), record.state == .requested else {
      return .done()
    }
    let context = CallContext(requestID: record.requestID, trace: TraceContext(random: random))
    let isTooLate = time.now >= record.createdAt + configuration.read { $0.patience }
    if let triedAt = record.triedAt {
      let found: PlatformReturn?
      do throws(ReturnPlatformError) {
        found = try await platform.find(submission(of: record), context: context)
      } catch {
        return isTooLate
          ? try await end(record, as: .failed, detail: "in_doubt")
          : .retry(after: error.retryAfter, reason: error.reason)
      }
      if let found { return try await adopt(found, record) }
      let unsettled = triedAt + Self.settling - time.now
      if unsettled > .zero { return .retry(after: unsettled, reason: "the platform may not know of it yet") }
    }
    if isTooLate { return try await end(record, as: .failed, detail: "not_submitted_in_time") }
    if let outcome = try await check(record, context) { return outcome }
    return try await submit(record, context, mark: mark)
  }

  private func submission(of record: ReturnRecord) -> ReturnSubmission {
    let reasons = configuration.read { $0.reasons }
    return ReturnSubmission(
      reference: record.id, orderID: record.orderID,
      items: record.items.map { item in
        ReturnSubmission.Item(
          sku: item.sku, quantity: item.quantity, reasonCode: item.reasonCode,
          platformReason: reasons.first { $0.code == item.reasonCode }?.platformCode)
      }, customerReference: record.customerReference, notificationChannel: record.channel.rawValue)
  }

  // MARK: - Checking

  /// - Returns: how the attempt ends already; nil when the return may be asked for.
  private func check(_ record: ReturnRecord, _ context: CallContext) async throws -> JobOutcome? {
    if orders.read({ $0.verification }) != .none, let outcome = try await verify(record, context) { return outcome }
    let order: ReturnableOrder?
    do throws(ReturnPlatformError) {
      order = try await platform.returnable(record.orderID, context: context)
    } catch {
      return try await refusedOrRetried(record, error)
    }
    guard let order else { return try await decline(record, .orderUnknown) }
    // This order's returns are submitted one at a time, so those before this one are counted and those after it are not.
    let others = try await database.read { try table.list(of: record.orderID, in: $0) }
    let taken = others.filter { $0.id != record.id && $0.state != .requested && !$0.state.isVoid }
      .flatMap(\.items).reduce(into: [:]) { $0[$1.sku, default: 0] += $1.quantity }
    let verdict = ReturnVerdict(record.items, of: order, taken: taken, today: orders.today(at: time.now))
    guard case .refused(let refusal) = verdict else { return nil }
    return try await decline(record, refusal)
  }

  /// Whether the order is the caller's, where `orders.verify` asks for it.
  private func verify(_ record: ReturnRecord, _ context: CallContext) async throws -> JobOutcome? {
    guard let claim = try table.details(of: record)?.claim else { return try await decline(record, .orderUnknown) }
    do throws(LookUpOrderError) {
      _ = try await lookUpOrder(record.orderID.rawValue, proof: claim.proof, asker: claim.asker, context: context)
      return nil
    } catch {
      switch error {
      case .platformTimeout: return .retry(reason: "the platform did not answer in time")
      case .platformUnavailable(_, let wait): return .retry(after: wait, reason: "the platform is not answering")
      case .tooManyAttempts(let wait): return .retry(after: wait, reason: "too many orders were tried by this caller")
      case .invalidID, .notFound: return try await decline(record, .orderUnknown)
      }
    }
  }

  // MARK: - Asking

  private func submit(
    _ record: ReturnRecord, _ context: CallContext, mark: () async throws -> Void
  ) async throws -> JobOutcome {
    try await mark()
    let now = time.now
    let isStillWanted = try await database.write { try table.markTried(record.id, now: now, in: $0) }
    guard isStillWanted else { return .done(result: "cancelled") }
    let found: PlatformReturn
    do throws(ReturnPlatformError) {
      found = try await platform.submit(submission(of: record), context: context)
    } catch {
      if case .unknown(let reason) = error { return .retry(after: Self.firstLook, reason: reason) }
      try await database.write { try table.clearTried(record.id, in: $0) }
      return try await refusedOrRetried(record, error)
    }
    return try await adopt(found, record)
  }

  private func adopt(_ found: PlatformReturn, _ record: ReturnRecord) async throws -> JobOutcome {
    try await database.write { connection in
      guard let record = try table.lock(record.id, in: connection) else { return }
      try move.apply(found, to: record, .job, requestID: record.requestID, in: connection)
    }
    return .done(result: found.id)
  }

  private func refusedOrRetried(_ record: ReturnRecord, _ error: ReturnPlatformError) async throws -> JobOutcome {
    guard case .refused(let refusal, let code) = error else {
      return .retry(after: error.retryAfter, reason: error.reason)
    }
    return try await decline(record, refusal, detail: String(Masking.masked(code).prefix(200)))
  }

  private func decline(
    _ record: ReturnRecord, _ refusal: ReturnRefusal, detail: String? = nil
  ) async throws -> JobOutcome {
    try await end(
      record, as: .declined, detail: detail ?? refusal.rawValue,
      refusal: ReturnRecord.Refusal(reason: refusal, detail: detail))
  }

  private func end(
    _ record: ReturnRecord, as state: ReturnState, detail: String, refusal: ReturnRecord.Refusal? = nil
  ) async throws -> JobOutcome {
    try await database.write { connection in
      guard let record = try table.lock(record.id, in: connection) else { return }
      let why = MoveReturn.Cause(cause: .job, requestID: record.requestID, detail: detail, refusal: refusal)
      try move(record, to: state, why, in: connection)
    }
    guard state == .failed else { return .done(result: detail) }
    logger.error(
      "return not submitted",
      ["return_id": .string(record.id), "request_id": .string(record.requestID), "reason": .string(detail)])
    return .failed(reason: detail)
  }
}

extension ReturnPlatformError {
  var reason: String {
    switch self {
    case .notDone(let reason, _), .unknown(let reason): reason
    case .refused(let refusal, let code): "\(refusal.rawValue): \(code)"
    }
  }

  var retryAfter: Duration? {
    if case .notDone(_, let wait) = self { wait } else { nil }
  }
}
