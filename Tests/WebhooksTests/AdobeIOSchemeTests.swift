import Core
import HTTPMessages
import Security
import Testing

@testable import Webhooks

@Suite struct AdobeIOSchemeTests {
  private typealias Vector = Vectors.Adobe
  private static let signed: Headers = [
    "x-adobe-digital-signature-1": Vector.signature, "x-adobe-digital-signature-2": "AAAA",
    "x-adobe-event-id": "b555a1b1", "x-adobe-event-code": "com.adobe.commerce.observer.rma_save",
  ]

  private func verdict(_ headers: Headers, _ body: String = Vector.body, clientID: String? = Vector.clientID) throws
    -> String
  {
    let keys = [WebhookKey.publicKey(try PublicKey(pem: Vector.publicKey)), .shared(Redacted(Array("s".utf8)))]
    do throws(SignatureRefusal) {
      let scheme = AdobeIOScheme(clientID: clientID)
      return try scheme.verify(headers, body: Array(body.utf8), keys: keys, now: signedAt).id
    } catch {
      return error.rawValue
    }
  }

  @Test(
    arguments: [
      ("the first", signed, "b555a1b1"),
      (
        "the second",
        signed.with("x-adobe-digital-signature-1", "AAAA").with("x-adobe-digital-signature-2", Vector.signature),
        "b555a1b1"
      ),
      ("neither", signed.with("x-adobe-digital-signature-1", "AAAA"), "signature_wrong"),
      ("no base 64", signed.with("x-adobe-digital-signature-1", "?"), "signature_wrong"),
      (
        "more than two", signed.with("x-adobe-digital-signature-1", Vector.signature, also: Vector.signature),
        "signature_wrong"
      ),
      ("none", ["x-adobe-event-id": "b555a1b1"], "signature_missing"),
      // A good code beside a wrong digital signature is no way around it.
      (
        "wrong, with a code",
        signed.with("x-adobe-digital-signature-1", "AAAA").with(
          "x-adobe-signature", Base64.standard.encode(hmac(Vector.body, "s"))), "signature_wrong"
      ),
      (
        "the code of older registrations",
        ["x-adobe-signature": Base64.standard.encode(hmac(Vector.body, "s")), "x-adobe-event-id": "e"], "e"
      ),
      ("another code", ["x-adobe-signature": Base64.standard.encode(hmac(Vector.body, "t"))], "signature_wrong"),
    ] as [(String, Headers, String)])
  func verifies(_ name: String, _ headers: Headers, _ verdict: String) throws {
    #expect(try self.verdict(headers) == verdict, "\(name)")
  }

  /// Adobe's keys sign for every customer.
  @Test(arguments: ["other", nil] as [String?])
  func anEventForSomebodyElseIsRefused(_ clientID: String?) throws {
    #expect(try verdict(Self.signed, clientID: clientID) == "recipient_wrong")
  }

  @Test func aChangedBodyIsRefused() throws {
    #expect(try verdict(Self.signed, Vector.body + " ") == "signature_wrong")
  }

  /// A key of Adobe's alone takes no code, and a secret alone no digital signature.
  @Test func eachNeedsItsKey() throws {
    let scheme = AdobeIOScheme(clientID: Vector.clientID)
    #expect(scheme.verdict(Self.signed, Vector.body, secrets: ["s"]) == "signature_missing")
    let code: Headers = ["x-adobe-signature": Base64.standard.encode(hmac(Vector.body, "s"))]
    #expect(throws: SignatureRefusal.signatureWrong) {
      try scheme.verify(
        code, body: Array(Vector.body.utf8), keys: [.publicKey(try PublicKey(pem: Vector.publicKey))], now: signedAt)
    }
  }
}
