import Core
import HTTPMessages
import Testing

@testable import Webhooks

@Suite struct SigningTests {
  private static let secrets: [WebhookVendor: String] = [.standardWebhooks: Vectors.StandardWebhooks.secret]

  /// What `ringback webhook sign` prints is taken, with its id and topic.
  @Test(arguments: WebhookVendor.allCases)
  func whatIsSignedIsTaken(_ vendor: WebhookVendor) throws {
    let scheme = vendor.scheme(tolerance: .seconds(300))
    let key = try #require(scheme.key(from: Redacted(Self.secrets[vendor] ?? "secret")))
    let draft = DeliveryDraft(id: "d-1", topic: "returns/approve", sentAt: signedAt, body: Array("{}".utf8))
    let delivery = try scheme.verify(scheme.sign(draft, key: key), body: draft.body, keys: [key], now: signedAt)
    // Genesys Cloud says both in the body.
    #expect(vendor == .genesys || delivery.id == "d-1")
    #expect(delivery.topic == ([.standardWebhooks, .genesys].contains(vendor) ? nil : "returns/approve"))
  }

  @Test func aPublicKeyDoesNotSign() throws {
    let scheme = StandardWebhooksScheme(tolerance: .seconds(300))
    let key = try #require(scheme.key(from: Redacted(Vectors.StandardWebhooks.publicKey)))
    #expect(throws: SigningError.keyOnlyVerifies) {
      try scheme.sign(DeliveryDraft(id: "d", topic: "t", sentAt: signedAt, body: []), key: key)
    }
  }
}
