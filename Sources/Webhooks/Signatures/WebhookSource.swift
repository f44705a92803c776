import Core

/// Who sends webhooks, and how it is known that it was them.
package struct WebhookSource: Sendable {
  /// The last part of the path, such as `shopify`.
  package let name: String
  package let scheme: any SignatureScheme
  /// The new and, during a rotation, the old.
  package let keys: [WebhookKey]
  /// Whether anybody can be believed.
  var isSetUp: Bool { !keys.isEmpty || scheme.scope != nil }
  /// A source that is switched off asks for its deliveries to be sent again later.
  package let isEnabled: Bool

  package init(name: String, scheme: any SignatureScheme, keys: [WebhookKey], isEnabled: Bool = true) {
    self.name = name
    self.scheme = scheme
    self.keys = keys
    self.isEnabled = isEnabled
  }
}

/// The sources that there are; the raw value is the name in the path.
package enum WebhookVendor: String, Sendable, Hashable, CaseIterable {
  case guideShop = "guide-shop"
  case shopify
  case adobeIO = "adobe-io"
  case standardWebhooks = "standard-webhooks"
  case genesys

  /// - Parameters:
  ///   - tolerance: how far the sender's clock may be off.
  ///   - clientID: ours at Adobe.
  ///   - genesys: how Genesys Cloud, or what stands between, shows its key.
  package func scheme(
    tolerance: Duration, clientID: String? = nil, genesys: GenesysScheme = GenesysScheme()
  ) -> any SignatureScheme {
    switch self {
    case .guideShop: GuideShopScheme(tolerance: tolerance)
    case .shopify: ShopifyScheme(tolerance: tolerance)
    case .adobeIO: AdobeIOScheme(clientID: clientID)
    case .standardWebhooks: StandardWebhooksScheme(tolerance: tolerance)
    case .genesys: genesys
    }
  }
}
