import Core
import HTTPMessages
import Jobs
import Storage

/// Sends a reward by mail. A mail cannot be found again by a reference of ours, so one that was interrupted while it was
/// sent is in doubt and not sent again, unless a person says so; its points stay held meanwhile.
struct MailRewardJob: JobHandler {
  static let kind = "loyalty.mail_reward"

  let receipts: ReceiptTable
  let codes: RewardCodeTable
  let rewards: RewardTable
  let database: any Database
  let mail: any RewardMail
  let end: EndFulfilment
  let time: any TimeSource
  let random: any RandomSource

  var kind: String { Self.kind }

  static func job(for receipt: Receipt) -> NewJob {
    // How long it is tried is a matter of time; the count is only a backstop.
    NewJob(kind: kind, payload: Array(receipt.id.utf8), maxAttempts: 10_000, requestID: receipt.requestID)
  }

  func run(_ job: Job, in context: JobContext) async -> JobOutcome {
    do {
      return try await attempt(
        String(decoding: job.payload, as: UTF8.self), byHand: job.isReplay, mark: context.markSending)
    } catch {
      return .retry(reason: "the receipt could not be read or written")
    }
  }

  /// - Parameters:
  ///   - byHand: a person has brought it back, and knows that it may be sent twice.
  ///   - mark: called before the mail is sent; when it throws, nothing may be.
  func attempt(_ id: String, byHand: Bool, mark: () async throws -> Void) async throws -> JobOutcome {
    let (found, address, code, reward) = try await database.read { connection in
      let receipt = try receipts.find(id, in: connection)
      return (
        receipt, try receipts.address(of: id, in: connection), try codes.codes(of: [id], in: connection)[id],
        try receipt.flatMap { try rewards.find($0.reward, in: connection) }
      )
    }
    guard let receipt = found else { return .failed(reason: "there is no such receipt") }
    switch receipt.status {
    case .fulfilled: return .done()
    case .failed: return .failed(reason: "the points were given back")
    case .sending where !byHand: return try await doubt(id, "interrupted while it was sent")
    case .unknown where !byHand: return .unknown(reason: "it is in doubt")
    case .pending, .sending, .unknown: break
    }
    guard let address else { return try await fail(id, "there is no address") }
    guard byHand || time.now < receipt.createdAt + FulfilmentPatience.mail else {
      return try await fail(id, "it could not be sent in time")
    }
    try await mark()
    guard try await end.move(id, from: [receipt.status], to: .sending) else { return .done() }
    let message = message(receipt, address, code: code, description: reward?.description)
    let sent: String
    do throws(RewardMailError) {
      sent = try await mail.sendReward(
        message, context: CallContext(requestID: receipt.requestID, trace: TraceContext(random: random)))
    } catch {
      switch error {
      case .notSent(let reason, let wait):
        _ = try await end.move(id, from: [.sending], to: .pending)
        return .retry(after: wait, reason: reason)
      case .unknown(let reason): return try await doubt(id, reason)
      case .refused(let reason): return try await fail(id, reason)
      }
    }
    try await end.fulfilled(id)
    return .done(result: sent)
  }

  private func message(
    _ receipt: Receipt, _ address: String, code: String?, description: LocalizedText?
  ) -> RewardMessage {
    let words = PortalWording(receipt.locale)
    let title = receipt.title.text(for: receipt.locale) ?? receipt.reward
    return RewardMessage(
      address: address, subject: words.subject(title),
      text: words.body(title, description: description?.text(for: receipt.locale), code: code, receipt: receipt.id))
  }

  private func doubt(_ id: String, _ reason: String) async throws -> JobOutcome {
    _ = try await end.move(id, from: [.sending], to: .unknown)
    return .unknown(reason: reason)
  }

  private func fail(_ id: String, _ reason: String) async throws -> JobOutcome {
    try await end.failed(id, because: reason)
    return .failed(reason: reason)
  }
}
