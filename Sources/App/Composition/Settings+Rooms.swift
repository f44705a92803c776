import CommercePlatforms
import Core
import EventLoop
import Glibc
import HTTPClient
import HTTPServer
import Identity
import Orders
import Security

// How the settings of each section become the configuration of the room that they are for.

extension ServerSettings {
  /// - Throws: `CommandFailure` for an address that cannot be read.
  func configuration() throws -> ServerConfiguration {
    let address = try ListenAddress(listen)
    var configuration = ServerConfiguration(address: address.host, port: address.port)
    if let certificateFile, let keyFile { configuration.tls = TLSFiles(certificate: certificateFile, key: keyFile) }
    configuration.insecureHTTP = insecureHTTP
    configuration.limits = limits
    return configuration
  }

  var limits: ServerLimits {
    var limits = ServerLimits()
    limits.request.requestLine = requestLine
    limits.request.headerBytes = headerBytes
    limits.request.headerFields = headerFields
    limits.request.body = bodyBytes
    limits.headerDeadline = headerTime
    limits.rateGrace = bodyGrace
    limits.minimumRate = bodyRate
    limits.keepAlive = idleTime
    limits.connections = connections
    limits.connectionsPerAddress = connectionsPerAddress
    return limits
  }

  /// - Throws: `LoopError`.
  func makeLoops() throws -> [Loop] {
    let count = loops > 0 ? loops : max(1, min(4, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
    return try (0..<count).map { try Loop(name: "loop-\($0)") }
  }
}

extension IdentitySettings {
  func configuration(issuer: String) -> IdentityConfiguration {
    IdentityConfiguration(
      issuer: issuer, audience: audience, tokenLifetime: tokenLifetime,
      algorithm: algorithm == .es256 ? .es256 : .rs256,
      keyRotationPeriod: rotation, scopes: Scopes.all.map(\.key),
      outsideIssuers: issuers.map {
        Identity.OutsideIssuer(issuer: $0.issuer, keysURL: $0.jwksURL, audience: $0.audience, scopes: $0.scopes)
      })
  }
}

extension OrderSettings {
  /// - Throws: `CommandFailure` for a pattern or a prefix that cannot be used.
  func configuration() throws -> OrdersConfiguration {
    let format: OrderIDFormat
    do {
      format = try OrderIDFormat(pattern: idPattern, prefix: keyedPrefix)
    } catch {
      throw CommandFailure(
        .configuration,
        "orders.id_pattern \"\(idPattern)\" or orders.keyed_prefix \"\(keyedPrefix)\" cannot be used: \(error).")
    }
    var configuration = OrdersConfiguration(idFormat: format)
    configuration.verification = verify
    configuration.timeout = timeout
    configuration.peakTimeout = peakTimeout
    configuration.peakPeriods = peakPeriods
    configuration.timeToLive = cacheTTL
    configuration.timeToLiveByStatus = cacheTTLs
    configuration.cacheCapacity = cacheSize
    configuration.staleLimit = staleFor
    configuration.attemptLimit = attemptLimit
    configuration.attemptWindow = attemptWindow
    configuration.failureLimit = breakerFailures
    configuration.openTime = breakerOpen
    configuration.countryCode = countryCode
    configuration.callbackWindow = callbackWindow
    configuration.statusPage = statusPage
    return configuration
  }
}

extension GuideShopSettings {
  /// - Throws: `CommandFailure` for a currency that there is not.
  func connector() throws -> GuideShop.Configuration {
    guard let currency = Currency(currency) else {
      throw CommandFailure(
        .configuration, "guide_shop.currency \"\(self.currency)\" is no ISO 4217 code, for example \"EUR\".")
    }
    return GuideShop.Configuration(baseURL: url ?? "", currency: currency)
  }

  var tokenEndpoint: TokenEndpoint {
    TokenEndpoint(
      url: tokenURL ?? (url ?? "") + "/oauth/token", clientID: clientID, style: sendsSecretInBody ? .body : .basic,
      scope: scope)
  }
}

extension ShopifySettings {
  /// Where the shop is; nil when none is configured.
  var baseURL: String? { url ?? shop.map { "https://\($0)" } }

  var connector: Shopify.Configuration {
    var connector = url.map { Shopify.Configuration(baseURL: $0) } ?? Shopify.Configuration(shop: shop ?? "")
    connector.version = apiVersion
    connector.namePrefix = namePrefix
    connector.returnWindowDays = returnWindowDays
    connector.returns = returns == .request ? .request : .create
    return connector
  }
}
