import Core
import HTTPMessages
import Loyalty
import Webhooks

/// Webhooks that earn points.
enum LoyaltyEvents {
  /// By source, for the inbox; a source that no entry of `loyalty.earning` names is not there.
  ///
  /// - Parameters:
  ///   - customer: whose account an id or a handle stands for; quick.
  ///   - conversations: nil where no contact centre is connected.
  static func consumers(
    _ settings: LoyaltySettings, customer: @escaping @Sendable (String) -> Customer,
    conversations: (any ConversationCustomer)?, post: @escaping PostToLedger, time: any TimeSource
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
