import Core
import EventLoop
import Resilience
import Security
import Storage
import Synchronization
import Telemetry

/// Finds out whether a client is who it says.
///
/// scrypt is slow by intent, so it must not be a way to make us slow: it runs on a pool that bounds how many run and wait,
/// a failed attempt is counted before the next begins, and a secret that was right once is known again by its code under a
/// key of this process, which costs a microsecond.
final class ClientAuthenticator: Sendable {
  private struct Attempts {
    /// By client and address.
    var ofClients = AttemptLimiter<String>(limit: 5, window: .seconds(60))
    /// By address alone, for those who try many clients.
    var ofAddresses = AttemptLimiter<String>(limit: 30, window: .seconds(60))
  }

  private enum Outcome: Sendable {
    case right(ClientSecret)
    case wrong
    case limited(Duration)
  }

  private let clients: ClientStore
  private let pool: BlockingPool
  private let time: any TimeSource
  private let logger: Logger
  private let attempts: Mutex<Attempts>
  private let known: KnownSecrets
  private let decoy: SecretHash

  init(
    clients: ClientStore, pool: BlockingPool, time: any TimeSource, random: any RandomSource, logger: Logger
  ) {
    self.clients = clients
    self.pool = pool
    self.time = time
    self.logger = logger
    attempts = Mutex(Attempts())
    known = KnownSecrets(random: random)
    decoy = .unmatchable(cost: clients.cost)
  }

  /// - Throws: `OAuthError`: 401 `invalid_client`, 429 after five failures a minute, 503 when too many wait.
  func authenticate(_ credentials: ClientCredentials, address: String) async throws -> Client {
    if let wait = limit(credentials.id, address) { throw OAuthError.tooManyAttempts(wait) }
    let found = try await clients.find(credentials.id)
    let now = time.now
    let client = found.flatMap { $0.isDisabled || !$0.methods.contains(credentials.method) ? nil : $0 }
    let secrets = client?.secrets.filter { $0.isActive(at: now) } ?? []
    let secret: ClientSecret
    if let match = secrets.first(where: { known.contains($0, credentials.secret) }) {
      secret = match
    } else {
      secret = try await prove(credentials, address, secrets, name: found?.id)
    }
    guard let client else { throw OAuthError.wrongClient }
    // Whether the use can be noted does not decide whether the client is let in.
    do { try await clients.noteUse(of: secret) } catch {
      logger.warning("last use of a client secret was not noted", ["client_id": .string(client.id)])
    }
    return client
  }

  private func prove(
    _ credentials: ClientCredentials, _ address: String, _ secrets: [ClientSecret], name: String?
  ) async throws -> ClientSecret {
    let outcome: Outcome
    do {
      outcome = try await pool.run { [self] in try compare(credentials, address, secrets) }
    } catch is BlockingPoolError {
      throw OAuthError.busy
    }
    switch outcome {
    case .right(let secret): return secret
    case .limited(let wait): throw OAuthError.tooManyAttempts(wait)
    case .wrong:
      // The id of an unknown client may be a secret that somebody put into the wrong field.
      logger.warning(
        "client authentication failed",
        ["client_id": .string(name ?? "unknown"), "address": .string(address)])
      throw OAuthError.wrongClient
    }
  }

  /// On a thread of the pool. Looks again whether others who waited with it have failed or proved the secret meanwhile.
  private func compare(
    _ credentials: ClientCredentials, _ address: String, _ secrets: [ClientSecret]
  ) throws -> Outcome {
    if let wait = limit(credentials.id, address) { return .limited(wait) }
    for secret in secrets {
      if known.contains(secret, credentials.secret) { return .right(secret) }
      guard let hash = SecretHash(stored: secret.hash), try hash.matches(credentials.secret) else { continue }
      known.insert(secret, credentials.secret)
      return .right(secret)
    }
    // An unknown client takes as long as a wrong secret.
    if secrets.isEmpty { _ = try decoy.matches(credentials.secret) }
    let now = time.uptime
    attempts.withLock { attempts in
      attempts.ofClients.record(Self.key(credentials.id, address), now: now)
      attempts.ofAddresses.record(address, now: now)
    }
    return .wrong
  }

  private func limit(_ id: String, _ address: String) -> Duration? {
    let now = time.uptime
    return attempts.withLock { attempts in
      attempts.ofClients.check(Self.key(id, address), now: now) ?? attempts.ofAddresses.check(address, now: now)
    }
  }

  /// An id has 64 characters at most; what is longer exists nowhere and need not be kept.
  private static func key(_ id: String, _ address: String) -> String { "\(id.prefix(65))\u{0}\(address)" }
}

/// Secrets that were right, by a code that says nothing outside this process. A changed or revoked secret has another
/// stored hash and so another code.
private final class KnownSecrets: Sendable {
  private let key: [UInt8]
  private let codes: Mutex<Set<[UInt8]>> = Mutex([])
  private let capacity = 10_000

  init(random: any RandomSource) {
    key = random.bytes(32)
  }

  func contains(_ stored: ClientSecret, _ secret: Redacted<String>) -> Bool {
    let code = code(stored, secret)
    return codes.withLock { $0.contains(code) }
  }

  func insert(_ stored: ClientSecret, _ secret: Redacted<String>) {
    let code = code(stored, secret)
    codes.withLock { codes in
      if codes.count >= capacity { codes = [] }
      codes.insert(code)
    }
  }

  private func code(_ stored: ClientSecret, _ secret: Redacted<String>) -> [UInt8] {
    HMACSHA256.code(for: Array(stored.hash.utf8) + [0] + Array(secret.reveal().utf8), key: key)
  }
}
