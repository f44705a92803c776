import Core
import HTTPMessages
import Security

/// Shopify: the HMAC-SHA-256 of the raw body by the app's client secret, in base 64, in one of two families of header
/// fields: `X-Shopify-…`, or `Shopify-…` of its newer Events, which is preferred where it has a signature, as in Shopify's
/// own libraries.
///
/// `…-Webhook-Id` is the delivery: the same on each of the 8 retries. `…-Event-Id` is what a merchant did, and one such
/// event makes several deliveries of different topics, which must not hide each other.
package struct ShopifyScheme: SignatureScheme {
  /// Shopify sends for 4 hours with the time of the first attempt; an hour more for queues and clocks.
  static let longestRetry = Duration.seconds(5 * 3_600)

  private let tolerance: Duration

  /// - Parameter tolerance: how far ahead Shopify's clock may be.
  package init(tolerance: Duration) {
    self.tolerance = tolerance
  }

  package func verify(
    _ headers: Headers, body: [UInt8], keys: [WebhookKey], now: Timestamp
  ) throws(SignatureRefusal) -> SignedDelivery {
    let family = headers["shopify-hmac-sha256"] == nil ? "x-shopify-" : "shopify-"
    let signature = try headers.one(
      family + "hmac-sha256", missing: .signatureMissing, repeated: .signatureWrong)
    guard let code = Base64.standard.decode(signature), keys.accept(code, for: body) else { throw .signatureWrong }
    let topic = headers.token(family + "topic")
    let triggered = headers[family + "triggered-at"]
    let triggeredAt = triggered.flatMap { Timestamp($0) }
    // Nothing of it is signed. Without it there is the id to go by.
    if triggered != nil {
      guard let triggeredAt else { throw .timestampInvalid }
      try triggeredAt.check(at: now, past: Self.longestRetry, future: tolerance)
    }
    let eventID = headers.token(family + "event-id").map { "\($0)/\(topic ?? "")" }
    return SignedDelivery(
      id: headers.token(family + "webhook-id") ?? eventID
        ?? SignedDelivery.contentID(body, topic ?? "", triggered ?? ""),
      topic: topic, triggeredAt: triggeredAt)
  }

  package func sign(_ draft: DeliveryDraft, key: WebhookKey) throws(SigningError) -> Headers {
    [
      "x-shopify-hmac-sha256": Base64.standard.encode(try key.code(for: draft.body)), "x-shopify-topic": draft.topic,
      "x-shopify-webhook-id": draft.id, "x-shopify-triggered-at": "\(draft.sentAt)",
    ]
  }
}
