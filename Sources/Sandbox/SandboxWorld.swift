import Core
import HTTPClient

/// All that a sandbox is at a time; `POST /_reset` makes a new one.
struct SandboxWorld: Sendable {
  let faults: FaultBoard
  let journal = Journal()
  let inbox = Inbox()
  let orders: [SimulatedOrder]
  let limits: LimitBoard
  private let guideShop: GuideShop
  private let shopify: ShopifyShop
  let adobeCommerce: AdobeCommerceShop
  let commercetools: CommercetoolsProject
  let genesys: GenesysPlatform
  private let subscriber: EventSubscriber
  let webhooks: WebhookSender

  init(
    seed: UInt64, time: any TimeSource, orders: [SimulatedOrder], clients: SandboxVendors.Clients,
    limits: SandboxLimits, adobeCommerce options: AdobeCommerceOptions, http: (any HTTPRequesting)?,
    webhookTargets: [Vendor: String]
  ) {
    self.orders = orders
    let limits = LimitBoard(limits)
    self.limits = limits
    subscriber = EventSubscriber(time: time)
    faults = FaultBoard(seed: seed)
    webhooks = WebhookSender(
      styles: [
        .guideShop: .guideShop(secret: clients.guideShopWebhookSecret),
        .shopify: .shopify(secret: clients.shopify.secret),
        .adobeCommerce: .adobeIO(secret: clients.adobeCommerceWebhookSecret),
        .commercetools: .standardWebhooks(secret: clients.commercetoolsBridgeSecret),
        .genesys: .genesys(key: clients.genesysWebhookKey, signatureSecret: clients.genesysSignatureSecret),
      ], targets: webhookTargets, seed: seed,
      time: time, http: http)
    guideShop = GuideShop(
      orders: orders, client: clients.guideShop, limits: limits, time: time,
      identities: Identities(seed: seed, name: Vendor.guideShop.rawValue), emit: webhooks.emitter(of: .guideShop))
    shopify = ShopifyShop(
      orders: orders, client: clients.shopify, limits: limits, time: time,
      identities: Identities(seed: seed, name: Vendor.shopify.rawValue), emit: webhooks.emitter(of: .shopify))
    adobeCommerce = AdobeCommerceShop(
      orders: orders, clients: clients.adobeCommerce, options: options, time: time,
      identities: Identities(seed: seed, name: Vendor.adobeCommerce.rawValue),
      emit: webhooks.emitter(of: .adobeCommerce))
    commercetools = CommercetoolsProject(
      orders: orders, projectKey: clients.commercetoolsProject, client: clients.commercetools, limits: limits,
      time: time, identities: Identities(seed: seed, name: Vendor.commercetools.rawValue),
      emit: webhooks.emitter(of: .commercetools))
    genesys = GenesysPlatform(
      client: clients.genesys, limits: limits, time: time,
      identities: Identities(seed: seed, name: Vendor.genesys.rawValue), inbox: inbox,
      emit: webhooks.emitter(of: .genesys))
  }

  func vendor(_ vendor: Vendor) -> any SimulatedVendor {
    switch vendor {
    case .guideShop: guideShop
    case .shopify: shopify
    case .adobeCommerce: adobeCommerce
    case .commercetools: commercetools
    case .genesys: genesys
    case .subscriber: subscriber
    }
  }
}
