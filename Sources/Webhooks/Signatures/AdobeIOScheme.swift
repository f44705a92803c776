import Core
import HTTPMessages
import Security

/// Adobe I/O Events, both its ways of signing the raw body:
///
/// - `x-adobe-digital-signature-1` and `-2`: RSASSA-PKCS1-v1_5 with SHA-256 in base 64, by keys of Adobe; either is enough.
///   The keys sign for every customer, so that `recipient_client_id` in the body has to be ours.
/// - `x-adobe-signature`: HMAC-SHA-256 in base 64 by the client secret, of older registrations.
///
/// `x-adobe-event-id` is the event, the same on each retry for 24 hours. No time is sent. The keys come from the
/// configuration: what `x-adobe-public-key1-path` names is not fetched.
package struct AdobeIOScheme: SignatureScheme {
  private let clientID: String?

  /// - Parameter clientID: of our project in the Adobe Developer Console; without it only the HMAC is taken.
  package init(clientID: String?) {
    self.clientID = clientID
  }

  package let answersChallenge = true

  package func verify(
    _ headers: Headers, body: [UInt8], keys: [WebhookKey], now: Timestamp
  ) throws(SignatureRefusal) -> SignedDelivery {
    let digital = headers.all("x-adobe-digital-signature-1") + headers.all("x-adobe-digital-signature-2")
    let publicKeys = keys.compactMap(\.publicKey)
    if !digital.isEmpty, !publicKeys.isEmpty {
      guard digital.count <= 2, digital.contains(where: { Self.isSignature($0, of: body, by: publicKeys) }) else {
        throw .signatureWrong
      }
      try checkRecipient(body)
    } else {
      let signature = try headers.one("x-adobe-signature", missing: .signatureMissing, repeated: .signatureWrong)
      guard let code = Base64.standard.decode(signature), keys.accept(code, for: body) else { throw .signatureWrong }
    }
    let topic = headers.token("x-adobe-event-code")
    return SignedDelivery(
      id: headers.token("x-adobe-event-id") ?? SignedDelivery.contentID(body, topic ?? ""), topic: topic)
  }

  package func topic(in body: JSONValue) -> String? { body["type"]?.string }

  package func sign(_ draft: DeliveryDraft, key: WebhookKey) throws(SigningError) -> Headers {
    [
      "x-adobe-signature": Base64.standard.encode(try key.code(for: draft.body)), "x-adobe-event-code": draft.topic,
      "x-adobe-event-id": draft.id,
    ]
  }

  private static func isSignature(_ text: String, of body: [UInt8], by keys: [PublicKey]) -> Bool {
    guard let signature = Base64.standard.decode(text) else { return false }
    return keys.contains { $0.verifies(signature, of: body, algorithm: .rs256) }
  }

  private func checkRecipient(_ body: [UInt8]) throws(SignatureRefusal) {
    let recipient = (try? JSONValue(parsing: body))?["recipient_client_id"]?.string
    guard let clientID, recipient == clientID else { throw .recipientWrong }
  }
}
