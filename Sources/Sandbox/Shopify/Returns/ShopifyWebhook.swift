import Core
import HTTPMessages
import Security

/// How Shopify signs what it sends: base64 of HMAC-SHA256 over the raw body with the app's client secret, in the headers
/// of one of two families. Both carry the same code; a message has one family.
enum ShopifyWebhook {
  enum Family: Sendable, Hashable, CaseIterable {
    /// `X-Shopify-*`.
    case classic
    /// `shopify-*`: "Events", since version 2026-04.
    case events
  }

  /// - Parameters:
  ///   - webhookID: of this message; the same when it is sent again.
  ///   - eventID: of what happened; the same in every message about it.
  ///   - secret: the app's client secret.
  static func headers(
    topic: String, webhookID: String, eventID: String, triggeredAt: Timestamp, body: [UInt8], secret: String,
    version: String = "2026-07", family: Family = .classic
  ) -> Headers {
    let code = Base64.standard.encode(HMACSHA256.code(for: body, key: Array(secret.utf8)))
    let prefix = family == .classic ? "x-shopify-" : "shopify-"
    var headers: Headers = ["content-type": "application/json"]
    headers[prefix + "topic"] = topic
    headers[prefix + "hmac-sha256"] = code
    headers[prefix + "shop-domain"] = ShopifyShop.domain
    headers[prefix + "api-version"] = version
    headers[prefix + "webhook-id"] = webhookID
    headers[prefix + "event-id"] = eventID
    headers[prefix + "triggered-at"] = "\(triggeredAt)"
    return headers
  }
}
