import Core
import HTTPMessages
import Loyalty
import Synchronization
import Webhooks

/// Webhooks that earn points.
enum LoyaltyEvents {
  /// By source, for the inbox.
  ///
  /// - Parameter conversations: says who a conversation was with.
  static func consumers(
    _ earning: LiveEarning, _ loyalty: LedgerFeature, conversations: any ConversationCustomer,
    time: any TimeSource
  ) -> [String: any WebhookConsumer] {
    consumers(
      earning, customer: { loyalty.requests.customer($0) }, conversations: conversations,
      post: { command in
        let posting = try await loyalty.ledger.post(command)
        return CreditedEvent(
          transactionID: posting.id.description, points: posting.entry.points, isReplay: posting.isReplay)
      }, time: time)
  }

  static func consumers(
    _ earning: LiveEarning, customer: @escaping @Sendable (String) -> Customer,
    conversations: any ConversationCustomer, post: @escaping PostToLedger, time: any TimeSource
  ) -> [String: any WebhookConsumer] {
    Dictionary(
      uniqueKeysWithValues: LiveEarning.sources.map { source in
        let consumer = EarningWebhooks {
          AccrueFromEvent(
            filters: earning.filters(of: source), customer: customer, conversations: conversations, post: post,
            time: time)
        }
        return (source, consumer)
      })
  }
}

/// `loyalty.earning` as it is now.
final class LiveEarning: Sendable {
  /// Whose webhooks may earn points.
  static let sources = [WebhookVendor.genesys.rawValue]

  private let entries: Mutex<[LoyaltySettings.Earning]>

  init(_ entries: [LoyaltySettings.Earning]) {
    self.entries = Mutex(entries)
  }

  func apply(_ entries: [LoyaltySettings.Earning]) { self.entries.withLock { $0 = entries } }

  func filters(of source: String) -> [EarningFilter] {
    entries.withLock { entries in entries.filter { $0.source == source }.map(\.filter) }
  }
}

extension Configuration {
  /// What the inbox takes. A source that earns points is there only while an entry of `loyalty.earning` names it.
  ///
  /// - Throws: `CommandFailure`.
  func inbox() throws -> WebhookInbox.Settings {
    var inbox = try webhooks.inbox()
    let idle = Set(LiveEarning.sources).subtracting(loyalty.earning.map(\.source))
    inbox.sources.removeAll { idle.contains($0.name) }
    return inbox
  }
}

struct EarningWebhooks: WebhookConsumer {
  /// By the entries as they are now; one event is read by the same ones to its end.
  let now: @Sendable () -> AccrueFromEvent

  func triage(topic: String, body: JSONValue) -> Triage {
    let accrue = now()
    return accrue.isMeant(body)
      ? .take(lane: accrue.lane(of: body)) : .ignore(reason: "no entry of loyalty.earning means it")
  }

  func consume(_ delivery: InboxDelivery, context: CallContext) async -> Consumption {
    guard let event = try? JSONValue(parsing: delivery.body) else { return .failed(reason: "it is no JSON") }
    switch await now()(event, receivedAt: delivery.receivedAt, context: context) {
    case .credited(let note): return .applied(note: note)
    case .nothing(let reason): return .ignored(reason: reason)
    case .retry(let reason): return .retry(reason: reason)
    case .failed(let reason): return .failed(reason: reason)
    }
  }
}
