import Core
import HTTPMessages
import Security

/// The guide's shop: `X-Signature` is the hexadecimal HMAC-SHA-256 of the raw body, `X-Timestamp` Unix seconds or RFC 3339.
/// `X-Delivery-ID` and `X-Topic` are beside them.
///
/// The time is not under the signature, so that it keeps late deliveries out and not whoever recorded one: a recorded
/// delivery, sent again with another time and id, has its object read again and changes nothing.
package struct GuideShopScheme: SignatureScheme {
  private let tolerance: Duration

  /// - Parameter tolerance: how far the sender's clock may be off, either side.
  package init(tolerance: Duration) {
    self.tolerance = tolerance
  }

  package func verify(
    _ headers: Headers, body: [UInt8], keys: [WebhookKey], now: Timestamp
  ) throws(SignatureRefusal) -> SignedDelivery {
    let signature = try headers.one("x-signature", missing: .signatureMissing, repeated: .signatureWrong)
    guard let code = [UInt8](hex: signature), keys.accept(code, for: body) else { throw .signatureWrong }
    let time = try headers.one("x-timestamp", missing: .timestampInvalid, repeated: .timestampInvalid)
    guard let sentAt = Timestamp(unixSeconds: time) ?? Timestamp(time) else { throw .timestampInvalid }
    try sentAt.check(at: now, past: tolerance, future: tolerance)
    return SignedDelivery(
      id: headers.token("x-delivery-id") ?? SignedDelivery.contentID(body, time), topic: headers.token("x-topic"),
      triggeredAt: sentAt)
  }

  package func topic(in body: JSONValue) -> String? { body["type"]?.string ?? body["event"]?.string }

  package func sign(_ draft: DeliveryDraft, key: WebhookKey) throws(SigningError) -> Headers {
    [
      "x-signature": try key.code(for: draft.body).hex, "x-timestamp": String(draft.sentAt.seconds),
      "x-delivery-id": draft.id, "x-topic": draft.topic,
    ]
  }
}
