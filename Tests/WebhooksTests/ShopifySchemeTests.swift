import Core
import HTTPMessages
import Testing

@testable import Webhooks

@Suite struct ShopifySchemeTests {
  private let scheme = ShopifyScheme(tolerance: .seconds(300))
  private static let body = #"{"id":1}"#
  private static let code = Base64.standard.encode(hmac(body, "hush"))
  private static let classic: Headers = [
    "x-shopify-hmac-sha256": code, "x-shopify-topic": "returns/approve", "x-shopify-webhook-id": "w-1",
    "x-shopify-event-id": "e-1", "x-shopify-triggered-at": "2021-02-25T15:02:10.123456Z",
  ]
  private static let events: Headers = [
    "shopify-hmac-sha256": code, "shopify-topic": "Return", "shopify-webhook-id": "w-2", "shopify-event-id": "e-2",
    "shopify-triggered-at": "2021-02-25T15:02:10Z",
  ]

  @Test(
    arguments: [
      ("classic", classic, "ok"),
      ("events", events, "ok"),
      ("no signature", classic.with("x-shopify-hmac-sha256", nil), "signature_missing"),
      ("two", classic.with("x-shopify-hmac-sha256", code, also: code), "signature_wrong"),
      ("hexadecimal", classic.with("x-shopify-hmac-sha256", hmac(body, "hush").hex), "signature_wrong"),
      ("without padding", classic.with("x-shopify-hmac-sha256", String(code.dropLast())), "signature_wrong"),
      ("shorter", classic.with("x-shopify-hmac-sha256", String(code.prefix(40))), "signature_wrong"),
      (
        "another secret", classic.with("x-shopify-hmac-sha256", Base64.standard.encode(hmac(body, "h"))),
        "signature_wrong"
      ),
      // The newer family is the one that counts where it is there.
      ("newer wrong", classic.with("shopify-hmac-sha256", "AAAA"), "signature_wrong"),
      ("newer good, older wrong", events.with("x-shopify-hmac-sha256", "AAAA"), "ok"),
      // Shopify sends the first time again with each retry, for four hours.
      ("retried for 5 h", classic.with("x-shopify-triggered-at", "2021-02-25T10:02:10Z"), "ok"),
      ("older", classic.with("x-shopify-triggered-at", "2021-02-25T10:02:09Z"), "timestamp_out_of_range"),
      ("ahead", classic.with("x-shopify-triggered-at", "2021-02-25T15:07:11Z"), "timestamp_out_of_range"),
      ("no time", classic.with("x-shopify-triggered-at", "soon"), "timestamp_invalid"),
      ("without a time", classic.with("x-shopify-triggered-at", nil), "ok"),
    ] as [(String, Headers, String)])
  func verifies(_ name: String, _ headers: Headers, _ verdict: String) {
    #expect(scheme.verdict(headers, Self.body, secrets: ["new", "hush"]) == verdict, "\(name)")
  }

  @Test func takesAllFromOneFamily() throws {
    var both = Self.classic
    for (name, value) in Self.events { both[name] = value }
    let delivery = try scheme.delivery(both, Self.body, secret: "hush")
    #expect(delivery == SignedDelivery(id: "w-2", topic: "Return", triggeredAt: signedAt))
  }

  /// One event of a merchant makes deliveries of several topics: none may hide the other.
  @Test func theDeliveryIsTheWebhookAndNotTheEvent() throws {
    func id(_ headers: Headers) throws -> String { try scheme.delivery(headers, Self.body, secret: "hush").id }
    #expect(try id(Self.classic) == "w-1")
    let withoutID = Self.classic.with("x-shopify-webhook-id", nil)
    #expect(try id(withoutID) == "e-1/returns/approve")
    #expect(try id(withoutID.with("x-shopify-topic", "orders/updated")) != id(withoutID))
    #expect(try id(withoutID.with("x-shopify-event-id", nil)).hasPrefix("sha256:"))
  }
}
