import Core
import HTTPMessages
import Testing

@testable import Webhooks

@Suite struct StandardWebhooksSchemeTests {
  private typealias Vector = Vectors.StandardWebhooks
  private let scheme = StandardWebhooksScheme(tolerance: .seconds(300))
  private static let good: Headers = [
    "webhook-id": Vector.id, "webhook-timestamp": Vector.timestamp, "webhook-signature": Vector.signature,
  ]
  private static let wrong = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="

  @Test(
    arguments: [
      ("the published one", good, "ok"),
      ("Ed25519", good.with("webhook-signature", Vector.ed25519), "ok"),
      ("one of several", good.with("webhook-signature", "\(wrong) v2,AAAA \(Vector.signature)"), "ok"),
      ("wrong", good.with("webhook-signature", wrong), "signature_wrong"),
      ("another version", good.with("webhook-signature", "v2" + Vector.signature.dropFirst(2)), "signature_wrong"),
      (
        "the code as an Ed25519 one", good.with("webhook-signature", "v1a" + Vector.signature.dropFirst(2)),
        "signature_wrong"
      ),
      ("no version", good.with("webhook-signature", String(Vector.signature.dropFirst(3))), "signature_wrong"),
      ("cut short", good.with("webhook-signature", "v1,"), "signature_wrong"),
      ("a list with commas", good.with("webhook-signature", "\(wrong),\(Vector.signature)"), "signature_wrong"),
      ("two fields", good.with("webhook-signature", wrong, also: Vector.signature), "signature_wrong"),
      (
        "too many",
        good.with(
          "webhook-signature", Array(repeating: wrong, count: 8).joined(separator: " ") + " " + Vector.signature),
        "signature_wrong"
      ),
      ("no signature", good.with("webhook-signature", nil), "signature_missing"),
      ("no id", good.with("webhook-id", nil), "delivery_id_invalid"),
      ("an id with a dot", good.with("webhook-id", "msg.1"), "delivery_id_invalid"),
      ("another id", good.with("webhook-id", "msg_1"), "signature_wrong"),
      ("no time", good.with("webhook-timestamp", nil), "timestamp_invalid"),
      ("a date", good.with("webhook-timestamp", "2021-02-25T15:02:10Z"), "timestamp_invalid"),
      ("another time", good.with("webhook-timestamp", "1614265331"), "signature_wrong"),
    ] as [(String, Headers, String)])
  func verifies(_ name: String, _ headers: Headers, _ verdict: String) {
    let secrets = ["whsec_AAAA", Vector.secret, Vector.publicKey]
    #expect(scheme.verdict(headers, Vector.body, secrets: secrets) == verdict, "\(name)")
  }

  @Test(arguments: [(-301, "timestamp_out_of_range"), (-300, "ok"), (300, "ok"), (301, "timestamp_out_of_range")])
  func holdsTheTime(_ seconds: Int, _ verdict: String) {
    let now = signedAt + .seconds(seconds)
    #expect(scheme.verdict(Self.good, Vector.body, secrets: [Vector.secret], now: now) == verdict)
  }

  @Test(arguments: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
  func readsASecretWithAndWithoutItsPrefix(_ secret: String) {
    #expect(scheme.verdict(Self.good, Vector.body, secrets: [secret]) == "ok")
  }

  @Test(arguments: ["", "whsec_", "whsec_*", "whpk_AAAA", "whpk_"])
  func refusesWhatIsNoSecret(_ secret: String) {
    #expect(scheme.key(from: Redacted(secret)) == nil)
  }
}
