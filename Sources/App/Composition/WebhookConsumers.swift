import Core
import HTTPMessages
import Orders
import Webhooks

/// Who does something with the webhooks of a source. A source that nobody listens to answers as if it were not there.
enum WebhookConsumers {
  /// The sources that each platform sends through. What has no signature of its own form, such as a bridge from a queue,
  /// speaks Standard Webhooks.
  private static let sources: [String: WebhookVendor] = [
    "guide_shop": .guideShop, "shopify": .shopify, "adobe_commerce": .adobeIO,
  ]

  static func make(_ platform: (any ReturnPlatform)?, returns: HintedReturns) -> [String: any WebhookConsumer] {
    guard let platform else { return [:] }
    let consumer = ReturnWebhooks(platform: platform, returns: returns)
    let vendors = [sources[platform.name], .standardWebhooks].compactMap { $0 }
    return Dictionary(uniqueKeysWithValues: vendors.map { ($0.rawValue, consumer) })
  }
}

/// Has the returns read again that a webhook of the platform is about.
struct ReturnWebhooks: WebhookConsumer {
  let platform: any ReturnPlatform
  let returns: HintedReturns

  func triage(topic: String, body: JSONValue) -> Triage {
    platform.hint(topic: topic, body: body) == nil ? .ignore(reason: "not about returns") : .take(lane: Optional.none)
  }

  func consume(_ delivery: InboxDelivery, context: CallContext) async -> Consumption {
    guard let body = try? JSONValue(parsing: delivery.body),
      let hint = platform.hint(topic: delivery.topic, body: body)
    else { return .ignored(reason: "not about returns") }
    do {
      switch try await returns.apply(hint, cause: .webhook, requestID: delivery.requestID) {
      case .refreshing(let ids): return .applied(note: ids.isEmpty ? Optional.none : ids.joined(separator: " "))
      case .unknown: return .ignored(reason: "no return of ours")
      }
    } catch {
      return .retry(reason: "the database: \(error)")
    }
  }
}
