import Core

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
  let genesys: GenesysPlatform

  init(
    seed: UInt64, time: any TimeSource, orders: [SimulatedOrder], clients: SandboxVendors.Clients,
    limits: SandboxLimits,
    adobeCommerce options: AdobeCommerceOptions = AdobeCommerceOptions()
  ) {
    self.orders = orders
    let limits = LimitBoard(limits)
    self.limits = limits
    faults = FaultBoard(seed: seed)
    guideShop = GuideShop(
      orders: orders, client: clients.guideShop, limits: limits, time: time,
      identities: Identities(seed: seed, name: Vendor.guideShop.rawValue))
    shopify = ShopifyShop(
      orders: orders, client: clients.shopify, limits: limits, time: time,
      identities: Identities(seed: seed, name: Vendor.shopify.rawValue))
    adobeCommerce = AdobeCommerceShop(
      orders: orders, clients: clients.adobeCommerce, options: options, time: time,
      identities: Identities(seed: seed, name: Vendor.adobeCommerce.rawValue))
    genesys = GenesysPlatform(
      client: clients.genesys, limits: limits, time: time,
      identities: Identities(seed: seed, name: Vendor.genesys.rawValue), inbox: inbox)
  }

  func vendor(_ vendor: Vendor) -> any SimulatedVendor {
    switch vendor {
    case .guideShop: guideShop
    case .shopify: shopify
    case .adobeCommerce: adobeCommerce
    case .genesys: genesys
    }
  }
}
