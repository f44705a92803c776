import Core
import FoundationEssentials
import Glibc
import HTTPClient
import HTTPMessages
import Security
import Storage

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
    let free = UInt64(system.f_bavail) * UInt64(system.f_frsize) >> 20
    let share = system.f_blocks == 0 ? 100 : system.f_bavail * 100 / system.f_blocks
    return findings + [
      share < 5
        ? .problem("disk", "\(free) MB free, \(share) %", fix: "make room: below 5 % writes may fail any moment.")
        : .good("disk", "\(free) MB free, \(share) %")
    ]
  }

  private static let database = withConfiguration { configuration in
    do {
      let platform = try await Platform.open(configuration, logger: .quiet)
      let pending = try await platform.plannedMigrations()
      let version = try await platform.databaseVersion()
      await platform.close()
      return [
        pending.isEmpty
          ? .good("database", version)
          : .good("database", "\(version), \(pending.count) migrations to come (serve applies them)")
      ]
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

  /// A clock that is not kept by NTP drifts by seconds a day; tokens and webhooks bear minutes.
  private static let clock = DoctorCheck { _, _ in
    var information = timex()
    let state = adjtimex(&information)
    guard state >= 0 else { return [.warning("clock", "the kernel does not say", fix: "see that NTP runs.")] }
    if state == TIME_ERROR {
      return [.warning("clock", "not kept by NTP", fix: "enable a time service, for example `timedatectl set-ntp true`.")]
    }
    return [.good("clock", "kept by NTP, at most \(information.maxerror / 1_000) ms off")]
  }

  private static let certificate = withConfiguration { configuration in
    guard let path = configuration.server.certificateFile else {
      return [.good("certificate", "none; plain HTTP on \(configuration.server.listen)")]
    }
    do {
      let pem = try String(contentsOfFile: path, encoding: .utf8)
      let expiry = try Certificate.expiry(pem: pem)
      let days = (expiry - SystemTime().now).components.seconds / 86_400
      if days < 0 { return [.problem("certificate", "expired \(-days) days ago (\(path))", fix: "renew it, then `kill -HUP`.")] }
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
      return [await signIn("guide_shop", secretKey: "guide_shop.client_secret", configuration) { $0.guideShopToken($1) }]
    case .shopify:
      return [await signIn("shopify", secretKey: "shopify.client_secret", configuration) { $0.shopifyToken($1) }]
    }
  }

  private static let contactCentre = withConfiguration { configuration in
    guard configuration.genesys.clientID != nil else {
      return [.warning("genesys", "not configured: no call-backs and texts", fix: "set genesys.client_id and its secret.")]
    }
    return [await signIn("genesys", secretKey: "genesys.client_secret", configuration) { $0.genesysToken($1) }]
  }

  private static let redis = withConfiguration { configuration in
    guard let address = configuration.redis.address else { return [] }
    do {
      let cache = try Upstreams.redis(configuration, metrics: nil)
      await cache?.set("doctor", [1], timeToLive: .seconds(10))
      let answered = await cache?.get("doctor") == [1]
      return [
        answered
          ? .good("redis", address)
          : .warning("redis", "\(address) does not answer; each instance caches for itself", fix: "see that it runs.")
      ]
    } catch {
      return [.problem("redis", describe(error), fix: "set redis.address as host:port.")]
    }
  }

  /// Asks for a token, as a look-up would.
  private static func signIn(
    _ name: String, secretKey: String, _ configuration: Configuration,
    _ source: (Upstreams, Configuration) -> AccessTokenSource
  ) async -> Finding {
    do {
      let upstreams = try Upstreams(configuration, time: SystemTime(), random: SystemRandom(), metrics: nil, logger: .quiet)
      defer { upstreams.shutdown() }
      let started = SystemTime().uptime
      _ = try await source(upstreams, configuration).token()
      return .good(name, "token received in \((SystemTime().uptime - started).wholeMilliseconds) ms")
    } catch let error as AccessTokenError {
      return .problem(name, "no token: \(error)", fix: "check the address and the client id, rotate \(secretKey), then `kill -HUP`.")
    } catch {
      return .problem(name, describe(error), fix: "check the configuration of \(name).")
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
