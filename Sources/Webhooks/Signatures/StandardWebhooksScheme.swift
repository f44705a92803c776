import Core
import HTTPMessages
import Security

/// Standard Webhooks 1.0.0: `webhook-signature` signs `{webhook-id}.{webhook-timestamp}.{body}`.
///
/// It is a list, separated by spaces, and one good entry is enough: `v1,` with the HMAC-SHA-256 by a secret that is
/// written `whsec_…`, `v1a,` with an Ed25519 signature by the key that is written `whpk_…`, both in base 64.
package struct StandardWebhooksScheme: SignatureScheme {
  /// Two of each version during a rotation make four. More is work that somebody wants us to do.
  static let longestList = 8

  private let tolerance: Duration

  /// - Parameter tolerance: how far the sender's clock may be off, either side.
  package init(tolerance: Duration) {
    self.tolerance = tolerance
  }

  package func key(from secret: Redacted<String>) -> WebhookKey? {
    let text = secret.reveal()
    let isPublic = text.hasPrefix("whpk_")
    let encoded = isPublic || text.hasPrefix("whsec_") ? text.split(separator: "_", maxSplits: 1).last ?? "" : text[...]
    // Secrets are found with and without padding.
    let padding = String(repeating: "=", count: (4 - encoded.utf8.count % 4) % 4)
    guard let bytes = Base64.standard.decode(encoded + padding), !bytes.isEmpty else { return nil }
    guard isPublic else { return .shared(Redacted(bytes)) }
    let jwk: JSONValue = ["kty": "OKP", "crv": "Ed25519", "x": .string(Base64.url.encode(bytes))]
    return (try? PublicKey(jwk: jwk)).map { .publicKey($0) }
  }

  package func verify(
    _ headers: Headers, body: [UInt8], keys: [WebhookKey], now: Timestamp
  ) throws(SignatureRefusal) -> SignedDelivery {
    let list = try headers.one("webhook-signature", missing: .signatureMissing, repeated: .signatureWrong)
    let id = try headers.one("webhook-id", missing: .deliveryIDInvalid, repeated: .deliveryIDInvalid)
    let time = try headers.one("webhook-timestamp", missing: .timestampInvalid, repeated: .timestampInvalid)
    guard let sentAt = Timestamp(unixSeconds: time) else { throw .timestampInvalid }
    // With a dot in it, another split of the signed text would be another delivery.
    guard id.isToken, !id.contains(".") else { throw .deliveryIDInvalid }
    let signed = Self.signedBytes(id: id, time: time, body)
    let entries = list.split(separator: " ")
    guard entries.count <= Self.longestList, entries.contains(where: { Self.isSignature($0, of: signed, by: keys) })
    else { throw .signatureWrong }
    try sentAt.check(at: now, past: tolerance, future: tolerance)
    return SignedDelivery(id: id, topic: nil, triggeredAt: sentAt)
  }

  package func topic(in body: JSONValue) -> String? { body["type"]?.string }

  package func sign(_ draft: DeliveryDraft, key: WebhookKey) throws(SigningError) -> Headers {
    let time = String(draft.sentAt.seconds)
    let code = try key.code(for: Self.signedBytes(id: draft.id, time: time, draft.body))
    return [
      "webhook-id": draft.id, "webhook-timestamp": time, "webhook-signature": "v1," + Base64.standard.encode(code),
    ]
  }

  private static func signedBytes(id: String, time: String, _ body: [UInt8]) -> [UInt8] {
    Array("\(id).\(time).".utf8) + body
  }

  private static func isSignature(_ entry: Substring, of signed: [UInt8], by keys: [WebhookKey]) -> Bool {
    let parts = entry.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2, let signature = Base64.standard.decode(parts[1]) else { return false }
    switch parts[0] {
    case "v1": return keys.accept(signature, for: signed)
    case "v1a":
      return keys.compactMap(\.publicKey).contains { $0.verifies(signature, of: signed, algorithm: .edDSA) }
    default: return false
    }
  }
}
