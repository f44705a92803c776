import Core
import HTTPMessages
import Testing

@testable import Webhooks

@Suite struct GenesysSchemeTests {
  private let scheme = GenesysScheme(user: "events")
  private static let body = #"{"event_id":"e-1","interaction_id":"c-1","type":"WebChat","state":"closed"}"#
  private static let key = "a key of EventBridge"
  private static let signed: Headers = ["x-hub-signature-256": "sha256=" + Base64.standard.encode(hmac(body, "s"))]
  private static let shown: Headers = ["x-api-key": key]
  private static let basic: Headers = ["authorization": "Basic " + Base64.standard.encode(Array("events:\(key)".utf8))]

  private let keys: [WebhookKey] = [
    .shared(Redacted(Array("s".utf8))), .shared(Redacted(Array("old".utf8))), .shown(Redacted(Array(key.utf8))),
    .shown(Redacted(Array("the key before".utf8))),
  ]

  private func verdict(_ headers: Headers, _ body: String = body, keys: [WebhookKey]? = nil) -> String {
    do throws(SignatureRefusal) {
      return try scheme.verify(headers, body: Array(body.utf8), keys: keys ?? self.keys, now: signedAt).id
    } catch {
      return error.rawValue
    }
  }

  @Test(
    arguments: [
      ("signed in base 64, as Genesys Cloud's pages have it", signed, "e-1"),
      ("signed in hexadecimal", ["x-hub-signature-256": "sha256=" + hmac(body, "s").hex], "e-1"),
      ("by the old secret", ["x-hub-signature-256": "sha256=" + hmac(body, "old").hex], "e-1"),
      ("by another secret", ["x-hub-signature-256": "sha256=" + hmac(body, "x").hex], "signature_wrong"),
      ("by the key that is shown", ["x-hub-signature-256": "sha256=" + hmac(body, key).hex], "signature_wrong"),
      ("of another body", ["x-hub-signature-256": "sha256=" + hmac(body + " ", "s").hex], "signature_wrong"),
      ("without its name", ["x-hub-signature-256": hmac(body, "s").hex], "signature_wrong"),
      ("by another hash", ["x-hub-signature-256": "sha1=" + hmac(body, "s").hex], "signature_wrong"),
      ("half", ["x-hub-signature-256": "sha256=" + hmac(body, "s").hex.prefix(32)], "signature_wrong"),
      ("twice", signed.with("x-hub-signature-256", "sha256=", also: "sha256="), "signature_wrong"),
      // A wrong signature is wrong, whatever else is shown.
      ("wrongly, with a good key", shown.with("x-hub-signature-256", "sha256=00"), "signature_wrong"),
      ("shown", shown, "e-1"),
      ("the key before", ["x-api-key": "the key before"], "e-1"),
      ("another key", ["x-api-key": "a key of EventBridgf"], "signature_wrong"),
      ("part of the key", ["x-api-key": "a key"], "signature_wrong"),
      ("the secret of signatures", ["x-api-key": "s"], "signature_wrong"),
      ("two keys", shown.with("x-api-key", key, also: key), "signature_wrong"),
      ("an empty key", ["x-api-key": ""], "signature_missing"),
      ("Basic", basic, "e-1"),
      (
        "Basic of another user", ["authorization": "Basic " + Base64.standard.encode(Array("x:\(key)".utf8))],
        "signature_wrong"
      ),
      (
        "Basic without a colon", ["authorization": "Basic " + Base64.standard.encode(Array(key.utf8))],
        "signature_wrong"
      ),
      ("Basic that is none", ["authorization": "Basic ~"], "signature_wrong"),
      ("a token, which others look at", ["authorization": "Bearer x"], "signature_missing"),
      ("nothing", [:], "signature_missing"),
    ] as [(String, Headers, String)])
  func verifies(_ name: String, _ headers: Headers, _ expected: String) {
    #expect(verdict(headers) == expected, "\(name)")
  }

  @Test func withoutKeysNobodyIsBelieved() {
    for headers in [Self.signed, Self.shown, Self.basic] { #expect(verdict(headers, keys: []) == "signature_wrong") }
  }

  @Test func theKeyComesInTheFieldThatIsConfigured() throws {
    let scheme = GenesysScheme(keyHeader: "X-Events-Key")
    let headers: Headers = ["x-events-key": Self.key]
    #expect(try scheme.verify(headers, body: Array(Self.body.utf8), keys: keys, now: signedAt).id == "e-1")
    #expect(throws: SignatureRefusal.signatureMissing) {
      try scheme.verify(Self.shown, body: Array(Self.body.utf8), keys: keys, now: signedAt)
    }
  }

  @Test(
    arguments: [
      (#"{"event_id":"e-1","interaction_id":"c"}"#, "e-1", "interaction:updated"),
      (
        #"{"version":"0","id":"e-2","detail-type":"v2.detail.events.conversation.{id}.customer.end"}"#, "e-2",
        "v2.detail.events.conversation.{id}.customer.end"
      ),
      (
        #"{"event_id":"e-3","event":"conversation.customer.end","conversation_id":"c"}"#, "e-3",
        "conversation.customer.end"
      ),
      (#"{"id":"m-1","channel":{"platform":"Open"},"type":"Text"}"#, "m-1", "openmessaging.Text"),
      (#"{"id":"no id"}"#, nil, nil), (#"{"id":7}"#, nil, nil), ("{}", nil, nil), ("no json", nil, nil),
    ] as [(String, String?, String?)])
  func saysWhatItIs(_ body: String, _ id: String?, _ topic: String?) throws {
    let delivery = scheme.delivery([:], body: Array(body.utf8))
    if let id { #expect(delivery.id == id) } else { #expect(delivery.id.hasPrefix("sha256:")) }
    #expect((try? JSONValue(parsing: Array(body.utf8))).flatMap { scheme.topic(in: $0) } == topic)
  }
}
