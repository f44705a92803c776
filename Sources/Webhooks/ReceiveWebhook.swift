import Core
import HTTPServer
import Jobs
import Storage

/// Keeps a delivery whose signature is good: its row and its job in one transaction, or neither.
struct ReceiveWebhook: Sendable {
  /// What the sender is told.
  struct Receipt: Sendable, Hashable {
    let id: String
    let state: InboxState
    let note: String?
    let isDuplicate: Bool
  }

  let live: LiveWebhookSettings
  let consumers: [String: any WebhookConsumer]
  let table: InboxTable
  let services: WebhookInbox.Services
  let counters: WebhookCounters
  let identifiers: IdentifierSource

  /// - Throws: `DatabaseError`, `CryptographyError`: then nothing is kept, and it has to be sent again.
  func callAsFunction(
    _ signed: SignedDelivery, from source: WebhookSource, body: [UInt8], requestID: String
  ) async throws -> Receipt {
    let judged = judge(signed, from: source, body)
    let delivery = InboxDelivery(
      id: identifiers.make("inb"), source: source.name, deliveryID: signed.id, topic: judged.topic, body: body,
      triggeredAt: signed.triggeredAt, receivedAt: services.time.now, requestID: requestID)
    let sealed = try table.seal(body, id: delivery.id)
    let isNew = try await services.database.write { [table, services] connection in
      let isNew = try table.insert(
        delivery, sealed: sealed, state: judged.state, note: judged.note, in: connection)
      if isNew, judged.state == .received {
        try services.jobs.enqueue(
          ProcessWebhookJob.job(for: delivery.id, lane: judged.lane, requestID: requestID), in: connection)
      }
      return isNew
    }
    return Receipt(id: delivery.id, state: judged.state, note: judged.note, isDuplicate: !isNew)
  }

  private struct Judgement: Sendable {
    var topic: String
    var state: InboxState
    var note: String?
    var lane: String?
  }

  /// What can be said without asking anybody.
  private func judge(_ signed: SignedDelivery, from source: WebhookSource, _ body: [UInt8]) -> Judgement {
    let json: JSONValue
    do {
      json = try JSONValue(parsing: body)
    } catch {
      return Judgement(topic: signed.topic ?? "", state: .unreadable, note: "the body is not valid JSON: \(error)")
    }
    let topic = signed.topic ?? source.scheme.topic(in: json).flatMap { $0.isToken ? $0 : nil } ?? ""
    switch consumers[source.name]?.triage(topic: topic, body: json) {
    case .take(let lane): return Judgement(topic: topic, state: .received, lane: lane)
    case .ignore(let reason): return Judgement(topic: topic, state: .ignored, note: reason)
    case nil: return Judgement(topic: topic, state: .ignored, note: "nothing listens")
    }
  }
}
