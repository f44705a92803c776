import Core
import HTTPMessages
import Loyalty
import Webhooks

/// Webhooks that earn points.
enum LoyaltyEvents {
  /// By source, for the inbox; a source that no entry of `loyalty.earning` names is not there.
  ///
  /// - Parameter conversations: says who a conversation was with.
  static func consumers(
    _ settings: LoyaltySettings, _ loyalty: LedgerFeature, conversations: any ConversationCustomer,
    time: any TimeSource
  ) -> [String: any WebhookConsumer] {
    consumers(
      settings, customer: { loyalty.requests.customer($0) }, conversations: conversations,
      post: { command in
        let posting = try await loyalty.ledger.post(command)
        return CreditedEvent(
          transactionID: posting.id.description, points: posting.entry.points, isReplay: posting.isReplay)
      }, time: time)
  }

  static func consumers(
    _ settings: LoyaltySettings, customer: @escaping @Sendable (String) -> Customer,
    conversations: any ConversationCustomer, post: @escaping PostToLedger, time: any TimeSource
  ) -> [String: any WebhookConsumer] {
    Dictionary(grouping: settings.earning, by: \.source).mapValues { entries in
      EarningWebhooks(
        accrue: AccrueFromEvent(
          filters: entries.map(\.filter), customer: customer, conversations: conversations, post: post, time: time))
    }
  }
}

struct EarningWebhooks: WebhookConsumer {
  let accrue: AccrueFromEvent

  func triage(topic: String, body: JSONValue) -> Triage {
    accrue.isMeant(body)
      ? .take(lane: accrue.lane(of: body)) : .ignore(reason: "no entry of loyalty.earning means it")
  }

  func consume(_ delivery: InboxDelivery, context: CallContext) async -> Consumption {
    guard let event = try? JSONValue(parsing: delivery.body) else { return .failed(reason: "it is no JSON") }
    switch await accrue(event, receivedAt: delivery.receivedAt, context: context) {
    case .credited(let note): return .applied(note: note)
    case .nothing(let reason): return .ignored(reason: reason)
    case .retry(let reason): return .retry(reason: reason)
    case .failed(let reason): return .failed(reason: reason)
    }
  }
}
