import Cache
import CommercePlatforms
import Core
import EventLoop
import FoundationEssentials
import GenesysCloud
import Glibc
import HTTPClient
import HTTPMessages
import Orders
import Resilience
import Security
import Storage
import Telemetry

/// One thing that `doctor` looks at. Each bounds its own time and throws nothing: whatever goes wrong is a finding.
struct DoctorCheck: Sendable {
  let run: @Sendable (Invocation, _ before: [Finding]) async -> [Finding]

  static let all = [configuration, dataFolder, database, clock, certificate, shop, contactCentre, redis]

  private static let configuration = DoctorCheck { invocation, _ in
    do {
      let loaded = try LoadedConfiguration.load(invocation)
      let set = loaded.descriptions.filter { $0.origin != .fallback }
      let fromEnvironment = set.count { if case .environment = $0.origin { true } else { false } }
      return [.good("configuration", "\(set.count) keys set, \(fromEnvironment) from the environment")]
    } catch let problems as ConfigurationProblems {
      return problems.problems.map { .problem("configuration", $0.line, fix: "correct the key there.") }
    } catch {
      return [.problem("configuration", describe(error), fix: "name a file that can be read with --config.")]
    }
  }

  private static let dataFolder = withConfiguration { configuration in
    let path = configuration.data
    var information = stat()
    guard stat(path, &information) == 0 else {
      return [.warning("disk", "\(path) is not there yet", fix: "nothing; `ringback serve` makes it.")]
    }
    var findings: [Finding] = []
    if information.st_mode & 0o077 != 0 {
      findings.append(
        .warning("disk", "other users of this machine may look into \(path)", fix: "chmod 700 \(path)"))
    }
    guard access(path, W_OK) == 0 else {
      return findings + [.problem("disk", "\(path) cannot be written", fix: "give this user the right to write there.")]
    }
    var system = statvfs()
    guard statvfs(path, &system) == 0 else { return findings }
    let free = (UInt64(system.f_bavail) * UInt64(system.f_frsize)) >> 20
    let share = system.f_blocks == 0 ? 100 : system.f_bavail * 100 / system.f_blocks
    return findings + [
      share < 5
        ? .problem("disk", "\(free) MB free, \(share) %", fix: "make room: below 5 % writes may fail any moment.")
        : .good("disk", "\(free) MB free, \(share) %")
    ]
  }

  private static let database = withConfiguration { configuration in
    guard access(configuration.data, F_OK) == 0 else {
      return [.warning("database", "not made yet", fix: "nothing; `ringback serve` makes it.")]
    }
    do {
      let platform = try await Platform.open(configuration, logger: .none)
      let pending = try await platform.plannedMigrations()
      await platform.close()
      let engine = configuration.database.url == nil ? "SQLite in \(configuration.data)" : "PostgreSQL"
      let state = pending.isEmpty ? "tables up to date" : "\(pending.count) migrations to come (serve applies them)"
      return [.good("database", "\(engine), \(state)")]
    } catch DatabaseError.unavailable(let reason) {
      return [
        .problem(
          "database", reason,
          fix: configuration.database.url == nil
            ? "stop the other program that uses this folder, or choose another with --data."
            : "see that PostgreSQL runs and that database.url and its password are right.")
      ]
    } catch {
      return [.problem("database", describe(error), fix: "see docs/operations/running.md, \"The database\".")]
    }
  }

  /// Tokens and signed webhooks bear a minute or five. The shop's own clock is what there is to compare with.
  private static let clock = withConfiguration { configuration in
    let commercetools = configuration.commercetools
    guard
      let url = configuration.guideShop.url ?? configuration.shopify.baseURL ?? configuration.adobeCommerce.url
        ?? commercetools.projectKey.map({ _ in commercetools.connector.apiURL })
    else {
      return [.warning("clock", "nothing to compare it with", fix: "configure a shop, and keep the clock with NTP.")]
    }
    do {
      let loop = try Loop(name: "doctor")
      let http = try Client(loop: loop)
      let before = SystemTime().now
      let answer = try? await http.send(OutgoingRequest(.get, url, timeout: .seconds(5)))
      await http.shutdown(grace: .zero)
      loop.stop()
      guard let date = answer?.headers["date"], let theirs = HTTPDate.timestamp(date, now: before) else {
        return [.warning("clock", "\(url) tells no time", fix: "keep the clock with NTP.")]
      }
      let skew = abs((theirs - before).components.seconds)
      return [
        skew > 60
          ? .problem(
            "clock", "\(skew) s from \(url)", fix: "enable a time service, for example `timedatectl set-ntp true`.")
          : .good("clock", "within \(max(skew, 1)) s of \(url)")
      ]
    } catch {
      return [.warning("clock", "it could not be compared: \(error)", fix: "keep the clock with NTP.")]
    }
  }

  private static let certificate = withConfiguration { configuration in
    guard let path = configuration.server.certificateFile else {
      return [.good("certificate", "none; plain HTTP on \(configuration.server.listen)")]
    }
    do {
      let pem = try String(contentsOfFile: path, encoding: .utf8)
      let expiry = try Certificate.expiry(pem: pem)
      let days = (expiry - SystemTime().now).components.seconds / 86_400
      if days < 0 {
        return [.problem("certificate", "expired \(-days) days ago (\(path))", fix: "renew it, then `kill -HUP`.")]
      }
      return [
        days < 14
          ? .warning("certificate", "expires in \(days) days (\(path))", fix: "renew it, then `kill -HUP`.")
          : .good("certificate", "good for \(days) days")
      ]
    } catch {
      return [.problem("certificate", "\(path) cannot be read", fix: "name a PEM file that this user may read.")]
    }
  }

  private static let shop = withConfiguration { configuration in
    switch configuration.orders.platform {
    case .none:
      return [.warning("shop", "none is configured", fix: "set orders.platform, or try `ringback serve --dev`.")]
    case .guideShop:
      let shop = configuration.guideShop
      return [await signIn("guide_shop", shop.tokenEndpoint, shop.clientSecret)]
    case .shopify:
      let shop = configuration.shopify
      return [await signIn("shopify", shop.connector.tokenEndpoint(clientID: shop.clientID ?? ""), shop.clientSecret)]
    case .adobeCommerce: return [await lookUp(configuration.adobeCommerce)]
    case .commercetools:
      let shop = configuration.commercetools
      return [await signIn("commercetools", shop.tokenEndpoint, shop.clientSecret)]
    }
  }

  private static let contactCentre = withConfiguration { configuration in
    guard let clientID = configuration.genesys.clientID else {
      return [
        .warning("genesys", "not configured: no call-backs and texts", fix: "set genesys.client_id and its secret.")
      ]
    }
    do {
      let hosts = try configuration.genesys.connector().hosts
      return [await signIn("genesys", hosts.tokenEndpoint(clientID: clientID), configuration.genesys.clientSecret)]
    } catch {
      return [.problem("genesys", describe(error), fix: "correct genesys.region.")]
    }
  }

  private static let redis = withConfiguration { configuration in
    guard let address = configuration.redis.address else { return [] }
    do {
      let password = configuration.redis.password
      let cache = try Upstreams.redis(configuration, password: { password }, time: SystemTime(), metrics: nil)
      var answered = false
      for _ in 0..<20 where !answered {
        await cache?.set("doctor", [1], lifetime: .seconds(10))
        answered = await cache?.get("doctor") == [1]
        if !answered { try await Task.sleep(for: .milliseconds(50)) }
      }
      cache?.stop()
      return [
        answered
          ? .good("redis", address)
          : .warning("redis", "\(address) does not answer; each instance caches for itself", fix: "see that it runs.")
      ]
    } catch {
      return [.problem("redis", describe(error), fix: "set redis.address as host:port.")]
    }
  }

  /// Looks an order up that there is not: with a signature there is no token to ask for.
  private static func lookUp(_ settings: AdobeCommerceSettings) async -> Finding {
    let name = "adobe_commerce"
    do {
      let loop = try Loop(name: "doctor")
      let http = try Client(loop: loop)
      let shop = AdobeCommerce(
        settings.connector, http: http,
        authentication: settings.authentication(
          { settings },
          tokens: {
            AccessTokenSource(
              name: name, endpoint: settings.tokenEndpoint, secret: { settings.clientSecret ?? Redacted("") },
              http: http, time: SystemTime())
          }), time: SystemTime(), random: SystemRandom())
      let started = SystemTime().uptime
      let context = CallContext(requestID: "doctor", trace: TraceContext(random: SystemRandom()))
      let result: Finding
      do throws(OrderPlatformError) {
        _ = try await shop.order(OrderID(rawValue: "ringback-doctor"), context: context)
        result = .good(name, "answered in \((SystemTime().uptime - started).wholeMilliseconds) ms")
      } catch {
        result = .problem(
          name, "no answer: \(error)",
          fix:
            "see docs/how-to/returns-on-adobe-commerce.md: the address, the credentials, the integration's permissions."
        )
      }
      await http.shutdown(grace: .zero)
      loop.stop()
      return result
    } catch {
      return .problem(name, "\(error)", fix: "raise the limits on threads and memory.")
    }
  }

  /// Asks for a token, as a look-up would.
  private static func signIn(_ name: String, _ endpoint: TokenEndpoint, _ secret: Redacted<String>?) async -> Finding {
    guard let secret else {
      return .problem(name, "there is no secret", fix: "set \(name).client_secret_file, or the variable.")
    }
    do {
      let loop = try Loop(name: "doctor")
      let http = try Client(loop: loop)
      let started = SystemTime().uptime
      let result: Finding
      do {
        _ = try await AccessTokenSource(
          name: name, endpoint: endpoint, secret: { secret }, http: http, time: SystemTime()
        ).token()
        result = .good(name, "token received in \((SystemTime().uptime - started).wholeMilliseconds) ms")
      } catch {
        result = .problem(
          name, "no token: \(error)",
          fix: "check the address and the client id, rotate \(name).client_secret, then `kill -HUP`.")
      }
      await http.shutdown(grace: .zero)
      loop.stop()
      return result
    } catch {
      return .problem(name, "\(error)", fix: "raise the limits on threads and memory.")
    }
  }

  private static func withConfiguration(_ run: @escaping @Sendable (Configuration) async -> [Finding]) -> DoctorCheck {
    DoctorCheck { invocation, _ in
      guard let loaded = try? LoadedConfiguration.load(invocation) else { return [] }
      return await run(loaded.configuration)
    }
  }

  private static func describe(_ error: any Error) -> String {
    (error as? CommandFailure)?.lines.joined(separator: " ") ?? "\(error)"
  }
}
