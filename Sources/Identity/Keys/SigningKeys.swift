import Core
import EventLoop
import Security
import Storage
import Synchronization

/// The keys that sign our own tokens. They live in the database, the private half sealed, so that every instance has
/// them and a back-up of the rows alone gives nothing away.
///
/// One key signs at a time: the youngest whose `signs_from` has come. A new key is published for `activationDelay` before
/// it signs, so that nobody who caches our key set meets it unprepared; an old one stays published until the last token
/// that it signed has expired everywhere.
final class SigningKeys: Sendable {
  struct Key: Sendable {
    let kid: String
    let algorithm: SignatureAlgorithm
    let privateKey: PrivateKey
    let signsFrom: Timestamp
  }

  private struct State {
    /// By `signsFrom`, the oldest first.
    var keys: [Key] = []
    var generation = 0
    var lookedUpAt: Duration?
  }

  /// How long a key set may be cached; also what `Cache-Control` of the key set says.
  static let cacheTime: Duration = .seconds(300)
  static let activationDelay: Duration = cacheTime * 2

  private let configuration: IdentityConfiguration
  private let database: any Database
  private let sealer: Sealer
  private let pool: BlockingPool
  private let time: any TimeSource
  private let state = Mutex(State())

  init(
    configuration: IdentityConfiguration, database: any Database, sealer: Sealer, pool: BlockingPool,
    time: any TimeSource
  ) {
    self.configuration = configuration
    self.database = database
    self.sealer = sealer
    self.pool = pool
    self.time = time
  }

  /// The key that signs now.
  func signer() throws(SigningKeyError) -> Key {
    let now = time.now
    guard let key = state.withLock({ $0.keys.last { $0.signsFrom <= now } }) else { throw .none }
    return key
  }

  /// What the key set shows: the key that signs, the next one, and those whose tokens may still be about.
  var published: [Key] {
    let (now, keys) = (time.now, state.withLock { $0.keys })
    return keys.indices.filter { now < publicationEnd(of: $0, in: keys.map(\.signsFrom)) ?? .distantFuture }.map {
      keys[$0]
    }
  }

  /// Reads the keys, makes the first one, and begins a rotation when it is due. Called at the start and every minute.
  ///
  /// - Throws: `DatabaseError`; `CryptographyError` when the master keys do not open a row.
  func refresh() async throws {
    try await read()
    let (now, newest) = (time.now, state.withLock { $0.keys.last })
    guard let newest else { return try await add(after: nil, signsFrom: now) }
    if newest.algorithm != configuration.algorithm {
      try await add(after: newest, signsFrom: now)
    } else if now >= newest.signsFrom + configuration.keyRotationPeriod - Self.activationDelay {
      try await add(after: newest, signsFrom: now + Self.activationDelay)
    }
  }

  /// Begins a rotation now, whatever the age of the key.
  ///
  /// - Parameter withdrawing: the new key signs at once and the old ones go, with every token that they signed.
  func rotate(withdrawing: Bool = false) async throws {
    try await read()
    let keys = state.withLock { $0.keys }
    let isFirst = withdrawing || keys.isEmpty
    try await add(
      after: keys.last, signsFrom: isFirst ? time.now : time.now + Self.activationDelay,
      withdrawing: withdrawing ? keys.map(\.kid) : [])
  }

  /// Until when a key is published: nil while no successor is known.
  private func publicationEnd(of index: Int, in starts: [Timestamp]) -> Timestamp? {
    guard index + 1 < starts.count else { return nil }
    // Another instance may go on signing with it until its next refresh.
    return starts[index + 1] + configuration.tokenLifetime + .seconds(IdentityConfiguration.leeway)
      + AuthorizationServer.refreshInterval
  }

  private func read() async throws {
    let rows = try await database.read { connection in
      try connection.query(
        "SELECT kid, algorithm, private_key, signs_from FROM signing_keys ORDER BY signs_from, number"
      )
      .map { row in
        (
          kid: try row.get(0, as: String.self), algorithm: try row.get(1, as: String.self),
          sealed: try row.get(2, as: [UInt8].self), signsFrom: try row.get(3, as: Timestamp.self)
        )
      }
    }
    let known = Dictionary(state.withLock { $0.keys }.map { ($0.kid, $0) }) { $1 }
    let keys = try rows.compactMap { row -> Key? in
      if let key = known[row.kid] { return key }
      guard let algorithm = SignatureAlgorithm(rawValue: row.algorithm) else { return nil }
      let pem = try sealer.open(row.sealed, in: Self.place(row.kid))
      let key = try PrivateKey(pem: Redacted(String(decoding: pem, as: UTF8.self)))
      return Key(kid: row.kid, algorithm: algorithm, privateKey: key, signsFrom: row.signsFrom)
    }
    state.withLock { state in
      if state.keys.map(\.kid) != keys.map(\.kid) { state.generation += 1 }
      state.keys = keys
    }
  }

  /// Adds a key unless another instance was faster, and deletes those that nobody needs any more.
  private func add(after newest: Key?, signsFrom: Timestamp, withdrawing: [String] = []) async throws {
    let algorithm = configuration.algorithm
    let (key, sealer) = (try await pool.run { try PrivateKey.generate(algorithm.keyType) }, sealer)
    let (kid, now) = (key.publicKey.thumbprint, time.now)
    let sealed = try sealer.seal(Array(try key.pem().reveal().utf8), in: Self.place(kid))
    // Never before the newest, which may be one that is still to come: the order of the keys is the order they sign in.
    let start = withdrawing.isEmpty ? max(signsFrom, newest?.signsFrom ?? signsFrom) : signsFrom
    let gone = retired(after: start) + withdrawing
    try await database.write { connection in
      let last = try connection.query(
        "SELECT kid, number FROM signing_keys ORDER BY number DESC LIMIT 1\(connection.forUpdate)"
      ).first
      guard try last?.get(0, as: String.self) == newest?.kid else { return }
      try connection.execute(
        """
        INSERT INTO signing_keys (kid, algorithm, private_key, number, created_at, signs_from)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (number) DO NOTHING
        """, [kid, algorithm.rawValue, sealed, try (last?.get(1) ?? 0) + 1, now, start])
      for kid in gone { try connection.execute("DELETE FROM signing_keys WHERE kid = $1", [kid]) }
    }
    try await read()
  }

  private func retired(after next: Timestamp) -> [String] {
    let (now, keys) = (time.now, state.withLock { $0.keys })
    let starts = keys.map(\.signsFrom) + [next]
    return keys.indices.filter { publicationEnd(of: $0, in: starts).map { $0 <= now } ?? false }.map { keys[$0].kid }
  }

  private static func place(_ kid: String) -> String { "signing_keys/\(kid)/private_key" }
}

extension SigningKeys: KeySource {
  var generation: Int { state.withLock { $0.generation } }

  func isCurrent(_ generation: Int) -> Bool { self.generation == generation }

  /// A key that another instance has just made is looked for in the database, once a minute at most, as the asking is in
  /// the hands of whoever sends tokens.
  func key(_ kid: String) async throws(KeySourceError) -> VerificationKey? {
    if let key = publishedKey(kid) { return key }
    let uptime = time.uptime
    let isDue = state.withLock { state in
      if let last = state.lookedUpAt, uptime - last < .seconds(60) { return false }
      state.lookedUpAt = uptime
      return true
    }
    guard isDue else { return nil }
    // A database that cannot be read is no reason to let the token in; the next refresh reports it.
    try? await read()
    return publishedKey(kid)
  }

  func publishedKey(_ kid: String) -> VerificationKey? {
    published.first { $0.kid == kid }.map {
      VerificationKey(kid: $0.kid, algorithm: $0.algorithm, publicKey: $0.privateKey.publicKey)
    }
  }
}

enum SigningKeyError: Error, Sendable {
  /// `refresh` has not been called or has failed.
  case none
}

extension Timestamp {
  fileprivate static let distantFuture = Timestamp(microseconds: .max)
}
