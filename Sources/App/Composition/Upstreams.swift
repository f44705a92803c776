import Cache
import CommercePlatforms
import Core
import EventLoop
import GenesysCloud
import HTTPClient
import Loyalty
import Orders
import Recording
import Telemetry

/// The systems outside, as the configuration names them: the shop platform, the contact centre, a shared cache.
struct Upstreams: Sendable {
  let http: Client
  /// For subscribers' URLs: to public addresses only, unless the operator says otherwise.
  let webhooks: Client
  let orderPlatform: any OrderPlatform
  /// Nil where there is no platform that takes returns.
  let returnPlatform: (any ReturnPlatform)?
  let contactCentre: any ContactCentre & ReturnContactCentre & RecordingControl & ConversationCustomer & RewardMail
  let sharedCache: (any SharedCache)?
  private let redis: RedisCache?

  /// - Throws: `CommandFailure` for what the configuration check could not see; `LoopError`.
  init(
    _ live: LiveConfiguration, loop: Loop, time: any TimeSource, random: any RandomSource, metrics: Metrics,
    logger: Logger
  ) throws {
    let settings = live.current
    http = try Client(loop: loop)
    var options = Client.Options()
    options.requiresPublicAddress = !settings.events.allowsPrivate
    webhooks = try Client(loop: loop, options: options)
    let vendors = VendorAccess(http: http, live: live, time: time, random: random, metrics: metrics)
    let platform = try Self.platform(settings, vendors, logger: logger)
    orderPlatform = platform ?? NoPlatform()
    returnPlatform = platform
    contactCentre = try Self.contactCentre(settings, vendors, logger: logger)
    redis = try Self.redis(settings, password: { live.current.redis.password }, time: time, metrics: metrics)
    sharedCache = redis
  }

  func shutdown() async {
    await webhooks.shutdown(grace: .zero)
    await http.shutdown(grace: .seconds(2))
    redis?.stop()
  }

  private static func platform(
    _ settings: Configuration, _ vendors: VendorAccess, logger: Logger
  ) throws -> (any OrderPlatform & ReturnPlatform)? {
    switch settings.orders.platform {
    case .none:
      return nil
    case .guideShop:
      return GuideShop(
        try settings.guideShop.connector(), http: vendors.requests(to: "guide_shop"),
        tokens: vendors.tokens(for: "guide_shop", settings.guideShop.tokenEndpoint) { $0.guideShop.clientSecret },
        time: vendors.time, random: vendors.random)
    case .shopify:
      let connector = settings.shopify.connector
      return Shopify(
        connector, http: vendors.requests(to: "shopify"),
        tokens: vendors.tokens(for: "shopify", connector.tokenEndpoint(clientID: settings.shopify.clientID ?? "")) {
          $0.shopify.clientSecret
        }, time: vendors.time, random: vendors.random, logger: logger)
    case .adobeCommerce: return adobeCommerce(settings.adobeCommerce, vendors)
    case .commercetools:
      return Commercetools(
        settings.commercetools.connector, http: vendors.requests(to: "commercetools"),
        tokens: vendors.tokens(for: "commercetools", settings.commercetools.tokenEndpoint) {
          $0.commercetools.clientSecret
        }, time: vendors.time, random: vendors.random)
    }
  }

  private static func adobeCommerce(_ settings: AdobeCommerceSettings, _ vendors: VendorAccess) -> AdobeCommerce {
    AdobeCommerce(
      settings.connector, http: vendors.requests(to: "adobe_commerce"),
      authentication: settings.authentication(
        { [live = vendors.live] in live.current.adobeCommerce },
        tokens: {
          vendors.tokens(for: "adobe_commerce", settings.tokenEndpoint) { $0.adobeCommerce.clientSecret }
        }), time: vendors.time, random: vendors.random)
  }

  private static func contactCentre(
    _ settings: Configuration, _ vendors: VendorAccess, logger: Logger
  ) throws -> any ContactCentre & ReturnContactCentre & RecordingControl & ConversationCustomer & RewardMail {
    guard let clientID = settings.genesys.clientID else { return NoContactCentre() }
    let connector = try settings.genesys.connector()
    return GenesysClient(
      connector, http: vendors.requests(to: "genesys"),
      tokens: vendors.tokens(for: "genesys", connector.hosts.tokenEndpoint(clientID: clientID)) {
        $0.genesys.clientSecret
      }, time: vendors.time, random: vendors.random, logger: logger)
  }

  /// Nil when none is configured.
  ///
  /// - Throws: `CommandFailure` for an address that cannot be read, `LoopError`.
  static func redis(
    _ settings: Configuration, password: @escaping @Sendable () -> Redacted<String>?, time: any TimeSource,
    metrics: Metrics?
  ) throws -> RedisCache? {
    guard let text = settings.redis.address else { return nil }
    let address = try ListenAddress(text)
    var options = RedisCache.Options(address: .tcp(host: address.host, port: address.port))
    options.database = settings.redis.database
    options.prefix = settings.redis.keyPrefix
    options.password = password
    let connected = metrics?.gauge("ringback_redis_connected", help: "Whether the shared cache can be reached.").with()
    return try RedisCache(options, time: time) { event in
      if case .connected = event { connected?.set(1) } else { connected?.set(0) }
    }
  }
}

/// What every connector is given: requests that are counted and sent once more when nothing was sent, and a source of access
/// tokens whose secret is read anew at each use.
struct VendorAccess: Sendable {
  let http: any HTTPRequesting
  let live: LiveConfiguration
  let time: any TimeSource
  let random: any RandomSource
  let metrics: Metrics

  func requests(to vendor: String) -> any HTTPRequesting {
    let counted = UpstreamMetrics(metrics, upstream: vendor)
    return ObservedRequests(vendor: vendor, RetryingUnsent(http, time: time), time: time) { call in
      counted.record(outcome: call.outcome.label, duration: call.duration)
    }
  }

  func tokens(
    for vendor: String, _ endpoint: TokenEndpoint, secret: @escaping @Sendable (Configuration) -> Redacted<String>?
  ) -> AccessTokenSource {
    let refreshes = metrics.counter(
      "ringback_upstream_token_refreshes_total", help: "Attempts to fetch an access token, by how they ended.",
      labels: ["upstream", "outcome"])
    refreshes.with(vendor, "ok").increment(by: 0)
    return AccessTokenSource(
      name: vendor, endpoint: endpoint, secret: { [live] in secret(live.current) ?? Redacted("") },
      http: RetryingUnsent(http, time: time), time: time, random: random,
      observe: { refreshes.with($0.name, $0.outcome).increment() })
  }
}
