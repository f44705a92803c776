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
  var backlog: Int
  var genesys: Genesys

  /// How senders that sign nothing show who they are.
  struct Genesys: Sendable {
    var key: Redacted<String>?
    var oldKey: Redacted<String>?
    var keyHeader: String
    var user: String
  }

  /// - Parameter shopify: whose client secret signs, if no other is given.
  init(from reader: inout SettingsReader, shopify: ShopifySettings) {
    tolerance = reader.value(
      "webhooks.tolerance", .duration, default: .seconds(300), reloads: true,
      "How far the time of a webhook may be from ours, either side.")
    retention = reader.value(
      "webhooks.retention", .duration, default: .seconds(7 * 86_400), reloads: true,
      "How long webhooks are kept, sealed; 4d at least, as vendors send again for days.")
    backlog = reader.value(
      "webhooks.backlog", .number(1...10_000_000), default: 100_000, reloads: true,
      "How many webhooks may wait to be worked on; more are answered 429.")
    sources = [
      Source(.guideShop, "guide_shop", "X-Signature is made with", &reader),
      Source(.shopify, "shopify", "Shopify signs with, if it is not shopify.client_secret", &reader),
      Source(.adobeIO, "adobe_io", "x-adobe-signature is made with: the client secret at Adobe", &reader),
      Source(.standardWebhooks, "standard", "the sender shows as whsec_…, or its public key whpk_…", &reader),
      Source(.genesys, "genesys", "X-Hub-Signature-256 of Open Messaging is made with", &reader),
    ]
    genesys = Genesys(from: &reader)
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

extension WebhookSettings.Genesys {
  fileprivate init(from reader: inout SettingsReader) {
    key = reader.secret("webhooks.genesys.api_key", "The key that EventBridge or a data action shows.")
    oldKey = reader.secret("webhooks.genesys.old_api_key", "The one before it, until all senders have changed over.")
    keyHeader = reader.value(
      "webhooks.genesys.api_key_header", .headerName, default: "x-api-key", reloads: true,
      "The header field that it comes in.")
    user = reader.value(
      "webhooks.genesys.user", .text, default: "ringback", reloads: true,
      "The user name beside it, where it comes as the password of HTTP Basic.")
  }
}

extension SettingForm where Value == String {
  fileprivate static let headerName = SettingForm(
    expectation: "the name of a header field other than authorization and x-hub-signature-256",
    parse: { text in
      let name = text.lowercased()
      let isToken = name.utf8.allSatisfy { $0.isDecimalDigit || (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x5F }
      return (1...64).contains(name.utf8.count) && isToken && !["authorization", "x-hub-signature-256"].contains(name)
        ? name : nil
    }, show: { $0 })
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
