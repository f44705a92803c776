import Core
import HTTPMessages
import Jobs
import Security
import Storage
import Telemetry

/// Hands a delivery to the consumer of its source, and writes down what came of it. The payload is the id of its row.
struct ProcessWebhookJob: JobHandler {
  static let kind = "webhooks.process"

  let table: InboxTable
  let database: any Database
  let consumers: [String: any WebhookConsumer]
  let time: any TimeSource
  let random: any RandomSource
  let counters: WebhookCounters
  let logger: Logger

  var kind: String { Self.kind }

  static func job(for id: String, lane: String?, requestID: String) -> NewJob {
    // With the back-off of the runner that is some four hours. A reconciler is there for what takes longer.
    NewJob(kind: kind, payload: Array(id.utf8), lane: lane, maxAttempts: 100, requestID: requestID)
  }

  func run(_ job: Job, in context: JobContext) async -> JobOutcome {
    do {
      return try await process(String(decoding: job.payload, as: UTF8.self), isLast: job.attempt >= job.maxAttempts)
    } catch is CryptographyError {
      return .retry(reason: "the body cannot be opened: is a key missing from the key ring?")
    } catch {
      return .retry(reason: "the inbox could not be read or written")
    }
  }

  private func process(_ id: String, isLast: Bool) async throws -> JobOutcome {
    guard let (delivery, entry) = try await database.read({ try table.find(id, in: $0) }) else { return .done() }
    // A dead letter that is tried again finds the row as failed.
    guard entry.state == .received || entry.state == .failed else { return .done() }
    guard let consumer = consumers[delivery.source] else {
      return try await end(delivery, as: .failed, note: "nothing listens to \(delivery.source)")
    }
    let context = CallContext(requestID: delivery.requestID, trace: TraceContext(random: random))
    switch await consumer.consume(delivery, context: context) {
    case .applied(let note): return try await end(delivery, as: .applied, note: note)
    case .ignored(let reason): return try await end(delivery, as: .ignored, note: reason)
    case .failed(let reason): return try await end(delivery, as: .failed, note: reason)
    case .retry(let wait, let reason):
      if isLast { return try await end(delivery, as: .failed, note: reason) }
      counters.consumed(delivery.source, "retried")
      return .retry(after: wait, reason: reason)
    }
  }

  private func end(_ delivery: InboxDelivery, as state: InboxState, note: String?) async throws -> JobOutcome {
    let now = time.now
    try await database.write { try table.move(delivery.id, to: state, note: note, now: now, in: $0) }
    counters.consumed(delivery.source, state.rawValue)
    if state == .failed { return .failed(reason: note ?? "") }
    let fields: [String: JSONValue] = [
      "inbox_id": .string(delivery.id), "source": .string(delivery.source), "topic": .string(delivery.topic),
      "state": .string(state.rawValue), "note": .string(note ?? ""),
    ]
    logger.with(requestID: delivery.requestID).info("webhook consumed", fields)
    return .done()
  }
}
