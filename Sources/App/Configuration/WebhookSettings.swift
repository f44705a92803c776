import Core
import Webhooks

/// Webhooks that come in. Secrets are those of the vendors: what is not set is not taken.
struct WebhookSettings: Sendable {
  struct Source: Sendable {
    let vendor: WebhookVendor
    /// The name in keys.
    let key: String
    var isEnabled: Bool
    var secret: Redacted<String>?
    var oldSecret: Redacted<String>?
  }

  /// What vendors send again for: three days and some hours by Standard Webhooks, the longest of them.
  static let leastRetention = Duration.seconds(4 * 86_400)

  var tolerance: Duration
  var retention: Duration
  var sources: [Source]
  var adobeClientID: String?
  var adobePublicKeyFiles: [String]

  /// - Parameter shopify: whose client secret signs, if no other is given.
  init(from reader: inout SettingsReader, shopify: ShopifySettings) {
    tolerance = reader.value(
      "webhooks.tolerance", .duration, default: .seconds(300), reloads: true,
      "How far the time of a webhook may be from ours, either side.")
    retention = reader.value(
      "webhooks.retention", .duration, default: .seconds(7 * 86_400), reloads: true,
      "How long webhooks are kept, sealed; 4d at least, as vendors send again for days.")
    sources = [
      Source(.guideShop, "guide_shop", "X-Signature is made with", &reader),
      Source(.shopify, "shopify", "Shopify signs with, if it is not shopify.client_secret", &reader),
      Source(.adobeIO, "adobe_io", "x-adobe-signature is made with: the client secret at Adobe", &reader),
      Source(.standardWebhooks, "standard", "the sender shows as whsec_…, or its public key whpk_…", &reader),
    ]
    for index in sources.indices where sources[index].vendor == .shopify && sources[index].secret == nil {
      sources[index].secret = shopify.clientSecret
    }
    adobeClientID = reader.optional(
      "webhooks.adobe_io.client_id", .text, reloads: true,
      "Our client id at Adobe, which events with a digital signature must name.")
    adobePublicKeyFiles = reader.list(
      "webhooks.adobe_io.public_key_files", .text, reloads: true,
      "PEM files with Adobe's public keys, for its digital signatures.")
    if !adobePublicKeyFiles.isEmpty {
      reader.require(
        adobeClientID, "webhooks.adobe_io.client_id", because: "webhooks.adobe_io.public_key_files",
        example: "the client id of the project")
    }
    if retention < Self.leastRetention {
      reader.refuse(
        "webhooks.retention", "webhooks.retention is \(retention.text); it takes \(Self.leastRetention.text) or more.")
    }
  }
}

extension WebhookSettings.Source {
  fileprivate init(_ vendor: WebhookVendor, _ key: String, _ what: String, _ reader: inout SettingsReader) {
    self.vendor = vendor
    self.key = key
    isEnabled = reader.value(
      "webhooks.\(key).enabled", .flag, default: true, reloads: true,
      "Whether webhooks of \(vendor.rawValue) are taken; false asks for them to be sent again later.")
    secret = reader.secret("webhooks.\(key).secret", "The secret that \(what).")
    oldSecret = reader.secret("webhooks.\(key).old_secret", "The one before it, until the vendor has changed over.")
  }
}
