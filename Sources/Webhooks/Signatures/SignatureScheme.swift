import Core
import HTTPMessages
import Security

/// How a vendor signs what it sends, and where it says what it is. Pure: the time comes in, nothing is kept.
package protocol SignatureScheme: Sendable {
  /// Asks for the echo of a `GET` with `challenge` before the vendor sends anything.
  var answersChallenge: Bool { get }

  /// The key that the text of a secret stands for; nil for a text that cannot be one.
  func key(from secret: Redacted<String>) -> WebhookKey?

  /// Looks at the raw bytes only. Any of `keys` may have signed: during a rotation there are two.
  func verify(
    _ headers: Headers, body: [UInt8], keys: [WebhookKey], now: Timestamp
  ) throws(SignatureRefusal) -> SignedDelivery

  /// The scope of an access token of ours that is as good as a signature; nil, as it is by default, where none is.
  var scope: String? { get }

  /// What a delivery says of itself that came with such a token, or with a good signature.
  func delivery(_ headers: Headers, body: [UInt8]) -> SignedDelivery

  /// Where the body says what it is about, for vendors that do not say it in a header.
  func topic(in body: JSONValue) -> String?

  /// The header fields that the vendor would send with `draft`.
  ///
  /// - Throws: `SigningError` for a key that only verifies.
  func sign(_ draft: DeliveryDraft, key: WebhookKey) throws(SigningError) -> Headers
}

extension SignatureScheme {
  package var answersChallenge: Bool { false }
  package var scope: String? { nil }

  package func delivery(_ headers: Headers, body: [UInt8]) -> SignedDelivery {
    SignedDelivery(id: SignedDelivery.contentID(body), topic: nil)
  }

  package func key(from secret: Redacted<String>) -> WebhookKey? {
    let text = secret.reveal()
    return text.isEmpty ? nil : .shared(Redacted(Array(text.utf8)))
  }

  package func topic(in body: JSONValue) -> String? { nil }
}

/// What a signature is checked with.
package enum WebhookKey: Sendable {
  /// Of HMAC-SHA-256.
  case shared(Redacted<[UInt8]>)
  case publicKey(PublicKey)
  /// What the sender shows as it is, in a header field.
  case shown(Redacted<[UInt8]>)

  var shared: [UInt8]? { if case .shared(let key) = self { key.reveal() } else { nil } }
  var publicKey: PublicKey? { if case .publicKey(let key) = self { key } else { nil } }
}

/// What a good signature vouches for, and what stood beside it.
package struct SignedDelivery: Sendable, Hashable {
  /// The vendor's own, the same each time it sends this again; `sha256:…` of what was sent where it gives none.
  package var id: String
  /// As the vendor writes it, such as `returns/approve`; nil where no header says it.
  package var topic: String?
  package var triggeredAt: Timestamp?
}

/// Why a delivery is not believed. None of them tells which secret was tried.
package enum SignatureRefusal: String, Error, Sendable, Hashable, CaseIterable {
  case signatureMissing = "signature_missing"
  /// Not the code of this body, of another length, not readable, or there twice.
  case signatureWrong = "signature_wrong"
  /// Missing, there twice, or no time.
  case timestampInvalid = "timestamp_invalid"
  case timestampOutOfRange = "timestamp_out_of_range"
  /// Missing, there twice, or not fit to be signed.
  case deliveryIDInvalid = "delivery_id_invalid"
  /// The vendor signed it, for somebody else.
  case recipientWrong = "recipient_wrong"
}

package struct DeliveryDraft: Sendable, Hashable {
  package var id: String
  package var topic: String
  package var sentAt: Timestamp
  package var body: [UInt8]

  package init(id: String, topic: String, sentAt: Timestamp, body: [UInt8]) {
    self.id = id
    self.topic = topic
    self.sentAt = sentAt
    self.body = body
  }
}

package enum SigningError: Error, Sendable, Hashable {
  case keyOnlyVerifies
}
