import Core
import Orders
import Telemetry

/// All that an operator may set. Declared once: a key, its form, its default and its line in the reference are where it is
/// read.
struct Configuration: Sendable {
  var data: String
  var server: ServerSettings
  var log: LogLevel
  var database: DatabaseSettings
  var redis: RedisSettings
  var identity: IdentitySettings
  var orders: OrderSettings
  var returns: ReturnsSettings
  var guideShop: GuideShopSettings
  var shopify: ShopifySettings
  var adobeCommerce: AdobeCommerceSettings
  var commercetools: CommercetoolsSettings
  var genesys: GenesysSettings
  var webhooks: WebhookSettings
  var events: EventsSettings
  var recording: RecordingSettings
  var loyalty: LoyaltySettings

  init(from reader: inout SettingsReader) {
    data = reader.value("data", .text, default: "ringback-data", "The folder that holds the database and the keys.")
    log = reader.value("log.level", .choice, default: LogLevel.info, reloads: true, "The least level that is written.")
    server = ServerSettings(from: &reader)
    database = DatabaseSettings(from: &reader)
    redis = RedisSettings(from: &reader)
    identity = IdentitySettings(from: &reader)
    orders = OrderSettings(from: &reader)
    returns = ReturnsSettings(from: &reader)
    guideShop = GuideShopSettings(from: &reader)
    shopify = ShopifySettings(from: &reader)
    adobeCommerce = AdobeCommerceSettings(from: &reader)
    commercetools = CommercetoolsSettings(from: &reader)
    genesys = GenesysSettings(from: &reader)
    webhooks = WebhookSettings(from: &reader, shopify: shopify)
    events = EventsSettings(from: &reader)
    recording = RecordingSettings(from: &reader)
    loyalty = LoyaltySettings(from: &reader)
    checkWhatBelongsTogether(&reader)
    reader.refuseUnknownKeys()
  }

  private func checkWhatBelongsTogether(_ reader: inout SettingsReader) {
    if (server.certificateFile == nil) != (server.keyFile == nil) {
      reader.refuse("server.tls.certificate_file", "server.tls.certificate_file and server.tls.key_file go together.")
    }
    switch orders.platform {
    case .none: break
    case .guideShop:
      reader.require(
        guideShop.url, "guide_shop.url", because: "orders.platform \"guide_shop\"", example: "https://api.shop.example")
    case .shopify:
      reader.require(
        shopify.shop, "shopify.shop", because: "orders.platform \"shopify\"", example: "northwind.myshopify.com")
      reader.require(
        shopify.clientID, "shopify.client_id", because: "orders.platform \"shopify\"", example: "the id of the app")
    case .adobeCommerce: adobeCommerce.check(&reader)
    case .commercetools: commercetools.check(&reader)
    }
    if genesys.clientID != nil {
      reader.require(
        genesys.queueID, "genesys.queue_id", because: "genesys.client_id", example: "the id of the queue for call-backs"
      )
    }
  }
}

struct ServerSettings: Sendable {
  var listen: String
  var publicURL: String?
  var insecureHTTP: Bool
  var certificateFile: String?
  var keyFile: String?
  var loops: Int
  var drainTime: Duration
  var requestLine: Int
  var headerBytes: Int
  var headerFields: Int
  var bodyBytes: Int
  var headerTime: Duration
  var bodyGrace: Duration
  var bodyRate: Int
  var idleTime: Duration
  var connections: Int
  var connectionsPerAddress: Int

  init(from reader: inout SettingsReader) {
    listen = reader.value(
      "server.listen", .text, default: "127.0.0.1:8080", "Address and port of the API; port 0 takes a free one.")
    publicURL = reader.optional(
      "server.public_url", .url,
      "How clients reach the API; the issuer of its tokens. Without it, the address it listens on.")
    insecureHTTP = reader.value(
      "server.insecure_http", .flag, default: false,
      "Allow plain HTTP on an address that is not loopback, for example behind a proxy that ends TLS.")
    certificateFile = reader.optional(
      "server.tls.certificate_file", .text, "PEM file with the certificate and its chain.")
    keyFile = reader.optional("server.tls.key_file", .text, "PEM file with the private key.")
    loops = reader.value(
      "server.loops", .number(0...64), default: 0, "Event loops; 0 takes one for each core, four at most.")
    drainTime = reader.value(
      "server.drain_time", .duration, default: .seconds(15), reloads: true,
      "How long requests in flight may take after SIGTERM.")
    requestLine = reader.value("server.limits.request_line", .size, default: 8 << 10, reloads: true, "More is 414.")
    headerBytes = reader.value(
      "server.limits.header_bytes", .size, default: 16 << 10, reloads: true, "All header fields together; more is 431.")
    headerFields = reader.value(
      "server.limits.header_fields", .number(1...10_000), default: 100, reloads: true, "More is 431.")
    bodyBytes = reader.value("server.limits.body", .size, default: 1 << 20, reloads: true, "More is 413.")
    headerTime = reader.value(
      "server.limits.header_time", .duration, default: .seconds(10), reloads: true,
      "From the first byte to the end of the header; more is 408.")
    bodyGrace = reader.value(
      "server.limits.body_grace", .duration, default: .seconds(5), reloads: true,
      "After this a body has to keep to the rate.")
    bodyRate = reader.value(
      "server.limits.body_rate", .number(1...1_000_000_000), default: 500, reloads: true,
      "Bytes a second of a body, over the whole of it; less is 408.")
    idleTime = reader.value(
      "server.limits.idle_time", .duration, default: .seconds(60), reloads: true,
      "How long a connection is kept between requests.")
    connections = reader.value(
      "server.limits.connections", .number(1...1_000_000), default: 10_000, reloads: true, "Open connections in all.")
    connectionsPerAddress = reader.value(
      "server.limits.connections_per_address", .number(1...1_000_000), default: 2_000, reloads: true,
      "Open connections of one address.")
  }
}

struct DatabaseSettings: Sendable {
  /// Nil for SQLite in the data folder.
  var url: String?
  var password: Redacted<String>?
  var connections: Int

  init(from reader: inout SettingsReader) {
    url = reader.optional(
      "database.url", .text,
      "PostgreSQL, as \"postgresql://user@host/database\". Without it, SQLite in the data folder.")
    password = reader.secret("database.password", "The password of the database user.")
    connections = reader.value("database.connections", .number(1...100), default: 8, "Connections to PostgreSQL.")
  }
}

struct RedisSettings: Sendable {
  var address: String?
  var password: Redacted<String>?
  var database: Int
  var keyPrefix: String

  init(from reader: inout SettingsReader) {
    address = reader.optional("redis.address", .text, "host:port of a Redis that instances share as a cache.")
    password = reader.secret("redis.password", "The password for AUTH.")
    database = reader.value("redis.database", .number(0...15), default: 0, "The database number.")
    keyPrefix = reader.value("redis.key_prefix", .text, default: "ringback:", "What the keys begin with.")
  }
}

struct IdentitySettings: Sendable {
  var audience: String
  var tokenLifetime: Duration
  var algorithm: SigningAlgorithm
  var rotation: Duration
  var issuers: [OutsideIssuer]

  enum SigningAlgorithm: String, Sendable, CaseIterable {
    case es256 = "ES256"
    case rs256 = "RS256"
  }

  struct OutsideIssuer: Sendable {
    var issuer: String
    var jwksURL: String
    var audience: String
    /// Our scopes by theirs.
    var scopes: [String: String]
  }

  init(from reader: inout SettingsReader) {
    audience = reader.value("identity.audience", .text, default: "ringback", "What tokens name as aud.")
    tokenLifetime = reader.value(
      "identity.token_lifetime", .duration, default: .seconds(3_600), "How long an access token is good.")
    algorithm = reader.value(
      "identity.algorithm", .choice, default: SigningAlgorithm.es256, "What tokens are signed with.")
    rotation = reader.value(
      "identity.key_rotation", .duration, default: .seconds(30 * 86_400), "How often a new signing key is made.")
    issuers = reader.entries(
      "identity.issuers", "a list of mappings with issuer, jwks_uri, audience and scopes",
      "Outside issuers whose access tokens (RFC 9068) are let in."
    ) { reader, prefix in
      let issuer = reader.optional("\(prefix).issuer", .url, "The iss of an outside issuer's tokens.")
      let jwks = reader.optional("\(prefix).jwks_uri", .url, "Where its keys are.")
      let audience = reader.optional("\(prefix).audience", .text, "The aud that its tokens must have.")
      let scopes = reader.list(
        "\(prefix).scopes", .scopePair, "Which of its scopes stand for which of ours; others grant nothing.")
      reader.require(issuer, "\(prefix).issuer", because: "An outside issuer", example: "https://login.example.com")
      reader.require(
        jwks, "\(prefix).jwks_uri", because: "An outside issuer", example: "https://login.example.com/jwks.json")
      reader.require(audience, "\(prefix).audience", because: "An outside issuer", example: "ringback")
      guard let issuer, let jwks, let audience else { return nil }
      return OutsideIssuer(
        issuer: issuer, jwksURL: jwks, audience: audience,
        scopes: Dictionary(scopes.map { ($0.theirs, $0.ours) }) { $1 })
    }
  }
}

struct OrderSettings: Sendable {
  enum Platform: String, Sendable, CaseIterable {
    case none
    case guideShop = "guide_shop"
    case shopify
    case adobeCommerce = "adobe_commerce"
    case commercetools
  }

  var platform: Platform
  var idPattern: String
  var keyedPrefix: String
  var timeout: Duration
  var peakTimeout: Duration
  var peakPeriods: [PeakPeriod]
  var cacheTTL: Duration
  var cacheTTLs: [OrderStatus: Duration]
  var cacheSize: Int
  var staleFor: Duration
  var verify: CallerVerification
  var attemptLimit: Int
  var attemptWindow: Duration
  var breakerFailures: Int
  var breakerOpen: Duration
  var countryCode: String
  var callbackWindow: Duration
  var statusPage: String?

  init(from reader: inout SettingsReader) {
    platform = reader.value("orders.platform", .choice, default: Platform.none, "Which shop platform is asked.")
    idPattern = reader.value(
      "orders.id_pattern", .text, default: OrderIDFormat.guidePattern,
      "What an order number looks like with its hyphens left out.")
    keyedPrefix = reader.value(
      "orders.keyed_prefix", .anyText, default: "ORD-", "Put before a number of digits alone, as a phone keys it.")
    timeout = reader.value(
      "orders.timeout", .duration, default: .seconds(10), reloads: true, "How long the platform may take.")
    peakTimeout = reader.value(
      "orders.peak_timeout", .duration, default: .seconds(15), reloads: true, "How long it may take in peak periods.")
    peakPeriods = reader.list(
      "orders.peak_periods", .peakPeriod, reloads: true, "When the platform is given longer, in local time.")
    let ttl = reader.value(
      "orders.cache_ttl", .duration, default: .seconds(60), reloads: true, "How long a copy counts as fresh.")
    cacheTTL = ttl
    cacheTTLs = [:]
    for status in OrderStatus.allCases {
      cacheTTLs[status] = reader.optional(
        "orders.cache_ttls.\(status.rawValue)", .duration, reloads: true,
        "The same for orders that are \(status.rawValue).")
    }
    cacheSize = reader.value(
      "orders.cache_size", .number(1...10_000_000), default: 50_000, "How many orders are kept in process.")
    staleFor = reader.value(
      "orders.stale_for", .duration, default: .seconds(900), reloads: true,
      "How old a copy may be that is served while the platform cannot be reached.")
    verify = reader.value(
      "orders.verify", .choice, default: CallerVerification.none, reloads: true,
      "What a caller has to give to hear of an order.")
    attemptLimit = reader.value(
      "orders.attempts.limit", .number(1...1_000_000), default: 5, reloads: true, "Misses of one caller before 429.")
    attemptWindow = reader.value(
      "orders.attempts.window", .duration, default: .seconds(900), reloads: true, "The time in which they count.")
    breakerFailures = reader.value(
      "orders.breaker.failures", .number(1...1_000), default: 5, "Failures in a row that open the circuit breaker.")
    breakerOpen = reader.value(
      "orders.breaker.open_for", .duration, default: .seconds(15), "How long it stays open before one call tries.")
    countryCode = reader.value(
      "orders.country_code", .text, default: "1", reloads: true, "The country code of numbers that have none.")
    callbackWindow = reader.value(
      "orders.callback_window", .duration, default: .seconds(1_800), reloads: true,
      "A second call-back for the same number within this time is the first one.")
    statusPage = reader.optional(
      "orders.status_page", .url, "Where customers look orders up; a text about an unknown order links there.")
  }
}

struct GuideShopSettings: Sendable {
  var url: String?
  var tokenURL: String?
  var clientID: String
  var clientSecret: Redacted<String>?
  var scope: String
  var sendsSecretInBody: Bool
  var currency: String

  init(from reader: inout SettingsReader) {
    url = reader.optional("guide_shop.url", .url, "The shop's API; /orders/{id} is asked below it.")
    tokenURL = reader.optional(
      "guide_shop.token_url", .url, "Its token endpoint; /oauth/token below guide_shop.url if not set.")
    clientID = reader.value("guide_shop.client_id", .text, default: "ringback", "Our client id there.")
    clientSecret = reader.secret("guide_shop.client_secret", "Our client secret there.")
    scope = reader.value(
      "guide_shop.scope", .text, default: "orders:read returns:create", "The scope that is asked for.")
    sendsSecretInBody = reader.value(
      "guide_shop.secret_in_body", .flag, default: false,
      "Send the secret in the body instead of the Authorization header.")
    currency = reader.value("guide_shop.currency", .text, default: "USD", "The currency of amounts that name none.")
  }
}

struct ShopifySettings: Sendable {
  var shop: String?
  var url: String?
  var clientID: String?
  var clientSecret: Redacted<String>?
  var apiVersion: String
  var namePrefix: String
  var returnWindowDays: Int?
  var returns: Returns

  /// How a return comes about.
  enum Returns: String, Sendable, CaseIterable {
    case request, create
  }

  init(from reader: inout SettingsReader) {
    shop = reader.optional("shopify.shop", .text, "The shop's own domain, such as northwind.myshopify.com.")
    url = reader.optional("shopify.url", .url, "Where the Admin API is, if not at https://{shop}: for the sandbox.")
    clientID = reader.optional("shopify.client_id", .text, "The client id of the app.")
    clientSecret = reader.secret("shopify.client_secret", "The client secret of the app.")
    apiVersion = reader.value("shopify.api_version", .text, default: "2026-07", "The version of the Admin API.")
    namePrefix = reader.value(
      "shopify.name_prefix", .anyText, default: "#", "What the shop's order names begin with and a caller leaves out.")
    returnWindowDays = reader.optional(
      "shopify.return_window_days", .number(0...3_650), "Days after delivery in which a return may be asked for.")
    returns = reader.value(
      "shopify.returns", .choice, default: Returns.request,
      "Whether a return waits for the merchant's decision (request) or is open at once (create).")
  }
}
