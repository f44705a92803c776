import Core
import HTTPMessages
import Testing

@testable import Webhooks

@Suite struct GuideShopSchemeTests {
  private let scheme = GuideShopScheme(tolerance: .seconds(300))
  private static let body = #"{"type":"return.updated"}"#
  private static let good: Headers = [
    "x-signature": hmac(body, "s").hex, "x-timestamp": "1614265330", "x-delivery-id": "d-1",
    "x-topic": "return.updated",
  ]

  @Test func takesThePublishedCode() {
    let headers: Headers = ["x-signature": Vectors.GitHub.code, "x-timestamp": "1614265330"]
    #expect(scheme.verdict(headers, Vectors.GitHub.body, secrets: [Vectors.GitHub.secret]) == "ok")
  }

  @Test(
    arguments: [
      ("as it is", good, "ok"),
      ("capitals", good.with("x-signature", hmac(body, "s").hex.uppercased()), "ok"),
      ("RFC 3339", good.with("x-timestamp", "2021-02-25T15:02:10Z"), "ok"),
      ("exactly 300 s old", good.with("x-timestamp", "1614265030"), "ok"),
      ("exactly 300 s ahead", good.with("x-timestamp", "1614265630"), "ok"),
      ("301 s old", good.with("x-timestamp", "1614265029"), "timestamp_out_of_range"),
      ("301 s ahead", good.with("x-timestamp", "1614265631"), "timestamp_out_of_range"),
      ("milliseconds", good.with("x-timestamp", "1614265330000"), "timestamp_invalid"),
      ("negative time", good.with("x-timestamp", "-1614265330"), "timestamp_invalid"),
      ("fraction", good.with("x-timestamp", "1614265330.5"), "timestamp_invalid"),
      ("no time", good.with("x-timestamp", nil), "timestamp_invalid"),
      ("two times", good.with("x-timestamp", "1614265330", also: "1614265330"), "timestamp_invalid"),
      ("no signature", good.with("x-signature", nil), "signature_missing"),
      ("empty signature", good.with("x-signature", ""), "signature_missing"),
      ("two signatures", good.with("x-signature", hmac(body, "s").hex, also: hmac(body, "s").hex), "signature_wrong"),
      ("a list", good.with("x-signature", hmac(body, "s").hex + "," + hmac(body, "t").hex), "signature_wrong"),
      ("with a prefix", good.with("x-signature", "sha256=" + hmac(body, "s").hex), "signature_wrong"),
      ("half", good.with("x-signature", String(hmac(body, "s").hex.prefix(32))), "signature_wrong"),
      ("a byte more", good.with("x-signature", hmac(body, "s").hex + "00"), "signature_wrong"),
      ("an odd digit", good.with("x-signature", String(hmac(body, "s").hex.dropLast())), "signature_wrong"),
      ("no hexadecimal", good.with("x-signature", String(repeating: "zz", count: 32)), "signature_wrong"),
      ("base 64", good.with("x-signature", Base64.standard.encode(hmac(body, "s"))), "signature_wrong"),
      ("another secret", good.with("x-signature", hmac(body, "other").hex), "signature_wrong"),
      ("another body", good.with("x-signature", hmac(body + " ", "s").hex), "signature_wrong"),
      // The signature is looked at first: whoever cannot sign learns nothing of our clock.
      ("wrong and old", good.with("x-signature", hmac(body, "t").hex).with("x-timestamp", "1"), "signature_wrong"),
    ] as [(String, Headers, String)])
  func verifies(_ name: String, _ headers: Headers, _ verdict: String) {
    #expect(scheme.verdict(headers, Self.body, secrets: ["s"]) == verdict, "\(name)")
  }

  @Test(arguments: [
    (["new", "s"], "ok"), (["s", "old"], "ok"), (["new", "old"], "signature_wrong"), ([], "signature_wrong"),
  ])
  func takesTheOldSecretToo(_ secrets: [String], _ verdict: String) {
    #expect(scheme.verdict(Self.good, Self.body, secrets: secrets) == verdict)
  }

  @Test(arguments: ["", "\u{FEFF}{}", "no json", "\r\n"])
  func signsWhateverBytesCome(_ body: String) {
    #expect(scheme.verdict(Self.good.with("x-signature", hmac(body, "s").hex), body, secrets: ["s"]) == "ok")
  }

  @Test func anEmptySecretIsNoKey() {
    #expect(scheme.key(from: Redacted("")) == nil)
  }

  @Test func saysWhatItIs() throws {
    let delivery = try scheme.delivery(Self.good, Self.body, secret: "s")
    #expect(delivery == SignedDelivery(id: "d-1", topic: "return.updated", triggeredAt: signedAt))
    #expect(scheme.topic(in: ["type": "a", "event": "b"]) == "a")
    #expect(scheme.topic(in: ["event": "b"]) == "b")
  }

  /// Without an id of the vendor, the same bytes at the same time are the same delivery.
  @Test func withoutAnIdTheContentIsOne() throws {
    let headers = Self.good.with("x-delivery-id", nil)
    let first = try scheme.delivery(headers, Self.body, secret: "s").id
    #expect(first.hasPrefix("sha256:"))
    #expect(try scheme.delivery(headers, Self.body, secret: "s").id == first)
    #expect(try scheme.delivery(headers.with("x-timestamp", "1614265331"), Self.body, secret: "s").id != first)
    for unusable in ["a b", String(repeating: "x", count: 256), "ü"] {
      #expect(try scheme.delivery(headers.with("x-delivery-id", unusable), Self.body, secret: "s").id == first)
    }
    #expect(try scheme.delivery(headers.with("x-delivery-id", "a", also: "b"), Self.body, secret: "s").id == first)
  }
}
