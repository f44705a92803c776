import Cache
import Core
import Resilience
import Security
import Storage
import Synchronization

/// The sessions of the portal: made by a client with the scope for it, shown by a browser as a token that says nothing.
package final class PortalSessions: Sendable {
  package struct New: Sendable {
    /// All hashes of the customer, newest first; never empty.
    package var customer: [CustomerHash]
    package var scopes = Set(PortalSession.Scope.allCases)
    package var locale: String?
    /// For rewards that come by mail.
    package var address: String?

    package init(customer: [CustomerHash]) {
      self.customer = customer
    }
  }

  package struct Made: Sendable {
    package let session: PortalSession
    /// `pst_…`: shown once, and kept by nobody here.
    package let token: Redacted<String>
  }

  package enum Refusal: Error, Sendable, Hashable {
    /// Over, ended, or never begun.
    case ended
    case tooManyAttempts(retryAfter: Duration)
  }

  private static let prefix = "pst_"
  private static let tokenLength = 32
  /// So long another instance may let a session in that was ended on this one.
  private static let memory = Duration.seconds(3)

  private let table: PortalSessionTable
  private let database: any Database
  private let lifetime: @Sendable () -> Duration
  private let time: any TimeSource
  private let random: any RandomSource
  private let observer: RewardsObserver
  private let ids: IdentifierSource
  private let known = BoundedCache<[UInt8], PortalSession>(maximumCount: 10_000)
  /// How often a session was ended here: what was read before that is not kept.
  private let endings = Mutex<UInt64>(0)
  private let misses = Mutex(AttemptLimiter<String>(limit: 100, window: .seconds(60)))

  init(
    _ table: PortalSessionTable, in database: any Database, lifetime: @escaping @Sendable () -> Duration,
    time: any TimeSource, random: any RandomSource, observer: RewardsObserver
  ) {
    self.table = table
    self.database = database
    self.lifetime = lifetime
    self.time = time
    self.random = random
    self.observer = observer
    ids = IdentifierSource(time: time, random: random)
  }

  /// - Parameter client: who asks for it.
  /// - Throws: `DatabaseError`, `CryptographyError`.
  package func make(_ new: New, client: String, in connection: any Connection) throws -> Made {
    let (now, secret) = (time.now, random.bytes(Self.tokenLength))
    let token = Self.prefix + Base64.url.encode(secret)
    let session = PortalSession(
      id: ids.make("pse"), customer: new.customer, scopes: new.scopes, locale: new.locale, address: nil,
      expiresAt: now + lifetime())
    try table.insert(
      session, digest: SHA256.digest(of: token), address: new.address, client: client, now: now, in: connection)
    connection.afterCommit { [observer] in observer.session(.opened) }
    return Made(session: session, token: Redacted(token))
  }

  package func make(_ new: New, client: String) async throws -> Made {
    try await database.write { [self] in try make(new, client: client, in: $0) }
  }

  /// Ends it here at once, and on other instances within seconds. One that is over already is fine.
  package func end(_ id: String, in connection: any Connection) throws {
    guard let digest = try table.end(id, in: connection) else { return }
    connection.afterCommit { [self] in
      endings.withLock { $0 += 1 }
      known.remove(digest)
      observer.session(.revoked)
    }
  }

  /// - Parameter address: of who shows the token; misses are counted against it.
  /// - Throws: `Refusal`, `DatabaseError`.
  func session(of token: String, from address: String) async throws -> PortalSession {
    do {
      return try await admitted(token, from: address)
    } catch let refusal as Refusal {
      observer.session(.refused)
      throw refusal
    }
  }

  private func admitted(_ token: String, from address: String) async throws -> PortalSession {
    let digest = SHA256.digest(of: token)
    if let session = known.value(for: digest, now: time.uptime) {
      guard session.expiresAt > time.now else { throw Refusal.ended }
      return session
    }
    if let wait = misses.withLock({ $0.check(address, now: time.uptime) }) {
      throw Refusal.tooManyAttempts(retryAfter: wait)
    }
    let before = endings.withLock { $0 }
    let found =
      Self.isToken(token) ? try await database.read { [table] in try table.find(digest: digest, in: $0) } : nil
    guard let found, found.expiresAt > time.now else {
      misses.withLock { $0.record(address, now: time.uptime) }
      throw Refusal.ended
    }
    endings.withLock { endings in
      guard endings == before else { return }
      known.set(found, for: digest, end: time.uptime + Self.memory)
    }
    return found
  }

  /// - Returns: how many were over.
  func sweep() async throws -> Int {
    let now = time.now
    return try await database.write { [table] in try table.sweep(now: now, in: $0) }
  }

  private static func isToken(_ text: String) -> Bool {
    text.hasPrefix(prefix) && Base64.url.decode(text.dropFirst(prefix.count))?.count == tokenLength
  }
}
