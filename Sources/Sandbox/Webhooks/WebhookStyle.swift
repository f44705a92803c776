import Core
import HTTPMessages
import Security

/// How a vendor sends its webhooks.
struct WebhookStyle: Sendable {
  /// The pause before the second attempt and those after it. After the last it gives up.
  var retries: [Duration]
  /// For one attempt, from the connection to the answer's end.
  var timeout: Duration
  /// What goes with an attempt beside `Content-Type: application/json`: topic, ids and signature.
  var headers: @Sendable (WebhookMessage) -> Headers
  /// Waits as long as a 429 asks for in `Retry-After`, where that is longer than its own pause.
  var extendsOn429 = false
  /// Of a vendor that has several ways of sending: what differs, by the beginning of a topic.
  var ways: [String: WebhookStyle] = [:]

  /// How it sends what is about `topic`.
  func way(of topic: String) -> WebhookStyle { ways.first { topic.hasPrefix($0.key) }?.value ?? self }
}

/// One attempt, as it is signed.
struct WebhookMessage: Sendable, Hashable {
  /// In the vendor's own form, such as `return.updated` or `returns/approve`.
  let topic: String
  var body: [UInt8]
  /// Of what happened.
  let eventID: String
  /// Of the message: the same for every attempt and for a duplicate.
  let deliveryID: String
  /// When what it tells of happened.
  let triggered: Timestamp
  /// When this attempt is made, or when a vendor whose clock is wrong thinks so.
  let sent: Timestamp
}

extension WebhookStyle {
  /// The guide asks for a webhook and names no form of it (section 3): HMAC-SHA256 in hexadecimal over the body as it is.
  static func guideShop(secret: String) -> WebhookStyle {
    WebhookStyle(retries: guideShopRetries, timeout: .seconds(10)) { message in
      [
        "x-topic": message.topic, "x-delivery-id": message.deliveryID,
        "x-timestamp": String(message.sent.seconds),
        "x-signature": HMACSHA256.code(for: message.body, key: Array(secret.utf8)).hex,
      ]
    }
  }

  static let guideShopRetries: [Duration] = [.seconds(10), .seconds(60), .seconds(300), .seconds(1_800)]

  /// Eight more attempts over four hours, each pause twice as long (shopify.dev, "Updates to webhook retry mechanism";
  /// it does not publish the pauses).
  static let shopifyRetries: [Duration] = [1, 2, 4, 8, 16, 32, 64, 113].map { .seconds($0 * 60) }
  /// Shopify waits 1 s for the connection and 5 s in all.
  static let shopifyTimeout = Duration.seconds(5)

  static func shopify(secret: String) -> WebhookStyle {
    WebhookStyle(retries: shopifyRetries, timeout: shopifyTimeout) { message in
      ShopifyWebhook.headers(
        topic: message.topic, webhookID: message.deliveryID, eventID: message.eventID, triggeredAt: message.triggered,
        body: message.body, secret: secret)
    }
  }

  /// Adobe I/O Events signs older registrations by the client secret. It tries for a day, each pause twice as long, and
  /// does not publish the pauses.
  static func adobeIO(secret: String) -> WebhookStyle {
    WebhookStyle(retries: adobeIORetries, timeout: .seconds(10)) { message in
      [
        "x-adobe-event-code": message.topic, "x-adobe-event-id": message.eventID,
        "x-adobe-delivery-id": message.deliveryID,
        "x-adobe-signature": Base64.standard.encode(HMACSHA256.code(for: message.body, key: Array(secret.utf8))),
      ]
    }
  }

  /// Standard Webhooks 1.0.0. The id is that of what happened: whoever brings it from a queue has no other.
  ///
  /// - Parameter secret: `whsec_` and base 64.
  static func standardWebhooks(secret: String) -> WebhookStyle {
    WebhookStyle(retries: standardRetries, timeout: .seconds(15)) { message in
      let key = Base64.standard.decode(secret.dropFirst("whsec_".count)) ?? []
      let content = Array("\(message.eventID).\(message.sent.seconds).".utf8) + message.body
      return [
        "webhook-id": message.eventID, "webhook-timestamp": String(message.sent.seconds),
        "webhook-signature": "v1," + Base64.standard.encode(HMACSHA256.code(for: content, key: key)),
      ]
    }
  }

  /// The schedule that the specification recommends.
  static let standardRetries: [Duration] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map {
    .seconds($0)
  }

  static let adobeIORetries: [Duration] = [1, 2, 4, 8, 15, 15, 15].map { .seconds($0 * 60) }
}
