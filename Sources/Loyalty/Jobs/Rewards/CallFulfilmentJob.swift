import Core
import Jobs
import Resilience
import Storage

/// Tells the shop's own system that a reward is due. What was interrupted is sent again under the same id, by which the
/// receiver tells repetitions (Standard Webhooks), so nothing is marked before sending.
struct CallFulfilmentJob: JobHandler {
  static let kind = "loyalty.call_fulfilment"
  /// The schedule that Standard Webhooks recommends.
  private static let waits: [Int64] = [5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 10 * 3_600]
  static let attempts = waits.count + 1

  let receipts: ReceiptTable
  let rewards: RewardTable
  let database: any Database
  let call: CallFulfilment
  let end: EndFulfilment

  var kind: String { Self.kind }
  var backoff: Backoff? { .schedule(Self.waits.map { .seconds($0) }) }

  static func job(for receipt: Receipt) -> NewJob {
    NewJob(kind: kind, payload: Array(receipt.id.utf8), maxAttempts: attempts, requestID: receipt.requestID)
  }

  func run(_ job: Job, in context: JobContext) async -> JobOutcome {
    do {
      return try await attempt(
        String(decoding: job.payload, as: UTF8.self), isLast: job.attempt >= job.maxAttempts)
    } catch {
      return .retry(reason: "the receipt could not be read or written")
    }
  }

  func attempt(_ id: String, isLast: Bool) async throws -> JobOutcome {
    let (found, url) = try await database.read { connection in
      let receipt = try receipts.find(id, in: connection)
      return (receipt, try receipt.flatMap { try rewards.find($0.reward, in: connection)?.webhookURL })
    }
    guard let receipt = found else { return .failed(reason: "there is no such receipt") }
    switch receipt.status {
    case .fulfilled: return .done()
    case .failed: return .failed(reason: "the points were given back")
    case .pending, .sending, .unknown: break
    }
    guard let url else { return try await fail(id, "the reward has no URL to call any more") }
    switch await call(FulfilmentCall(id: id, url: url, body: Self.body(receipt))) {
    case .taken:
      try await end.fulfilled(id)
      return .done()
    case .refused(let reason): return try await fail(id, reason)
    case .failed(let reason, _) where isLast: return try await fail(id, reason)
    case .failed(let reason, let wait): return .retry(after: wait, reason: reason)
    }
  }

  /// `type`, `timestamp` and `data`, as Standard Webhooks recommends. No code and no address: neither is known to whom it goes.
  private static func body(_ receipt: Receipt) -> [UInt8] {
    let value: JSONValue = [
      "type": "loyalty.reward_due", "timestamp": .string("\(receipt.createdAt)"),
      "data": [
        "receipt_id": .string(receipt.id), "reward_id": .string(receipt.reward),
        "title": .string(receipt.title.text(for: receipt.locale) ?? receipt.reward),
        "point_cost": .integer(receipt.pointCost), "customer_hash": .string(receipt.customer.handle),
        "transaction_id": .string(receipt.transaction), "locale": receipt.locale.map { .string($0) } ?? .null,
      ],
    ]
    return value.bytes
  }

  private func fail(_ id: String, _ reason: String) async throws -> JobOutcome {
    try await end.failed(id, because: reason)
    return .failed(reason: reason)
  }
}
