import Core
import EventLoop
import Security
import Storage

/// The clients and their secrets, in the database. What `ringback clients` calls; works without a running server, which
/// sees the change within half a minute (secrets at once).
package struct ClientStore: Sendable {
  /// How many secrets may be active at once: the one in use and the one that is being rolled out.
  package static let maximumSecrets = 2

  private let database: any Database
  private let pool: BlockingPool
  private let time: any TimeSource
  private let random: any RandomSource
  private let identifiers: IdentifierSource
  let cost: SecretHash.Cost

  /// - Parameters:
  ///   - pool: runs scrypt; its size bounds the memory that takes (32 MiB a thread).
  ///   - cost: lower only in tests.
  package init(
    database: any Database, pool: BlockingPool, time: any TimeSource, random: any RandomSource,
    cost: SecretHash.Cost = .standard
  ) {
    self.database = database
    self.pool = pool
    self.time = time
    self.random = random
    self.cost = cost
    identifiers = IdentifierSource(time: time, random: random)
  }

  // MARK: - Reading

  /// All clients, the oldest first.
  ///
  /// - Throws: `DatabaseError`.
  package func list() async throws -> [Client] {
    try await database.read { try ClientRows.clients($0) }
  }

  /// - Throws: `DatabaseError`.
  package func find(_ id: String) async throws -> Client? {
    // What cannot be an id, such as one with a NUL, is no question for the database.
    guard ClientSyntax.isClientID(id) else { return nil }
    return try await database.read { try ClientRows.client(id, $0) }
  }

  // MARK: - Changing

  /// Makes a client with a first secret, which is shown here and never again.
  ///
  /// - Parameter id: nil makes one up.
  /// - Throws: `ClientStoreError`, `DatabaseError`, `BlockingPoolError`.
  package func add(
    id: String? = nil, name: String, scopes: Set<String>, methods: Set<ClientAuthenticationMethod> = [.basic]
  ) async throws -> (client: Client, secret: IssuedSecret) {
    let id = id ?? identifiers.make("cli")
    try Self.check(id: id, scopes: scopes, methods: methods)
    let (issued, secret) = try await makeSecret()
    let client = Client(
      id: id, name: name, scopes: scopes, methods: methods, isDisabled: false, createdAt: time.now, secrets: [secret])
    try await database.write { connection in
      guard try ClientRows.client(id, connection) == nil else { throw ClientStoreError.exists(id) }
      try ClientRows.insert(client, connection)
    }
    return (client, issued)
  }

  /// Adds a second secret, or a first one again.
  ///
  /// - Throws: `ClientStoreError`, `DatabaseError`, `BlockingPoolError`.
  package func addSecret(client id: String, expiresAt: Timestamp? = nil) async throws -> IssuedSecret {
    let (issued, secret) = try await makeSecret(expiresAt: expiresAt)
    let now = time.now
    try await database.write { connection in
      let active = try ClientRows.existing(id, connection).secrets.filter { $0.isActive(at: now) }
      guard active.count < Self.maximumSecrets else { throw ClientStoreError.tooManySecrets(id) }
      try ClientRows.insert(secret, client: id, connection)
    }
    return issued
  }

  /// Makes a new secret and lets all others run out after `overlap`; with two active already the older goes at once.
  ///
  /// - Throws: `ClientStoreError`, `DatabaseError`, `BlockingPoolError`.
  package func rotateSecret(client id: String, overlap: Duration = .seconds(86_400)) async throws -> IssuedSecret {
    let (issued, secret) = try await makeSecret()
    let now = time.now
    try await database.write { connection in
      let active = try ClientRows.existing(id, connection).secrets.filter { $0.isActive(at: now) }
      let end = now + overlap
      for (index, old) in active.reversed().enumerated() {
        let expiry = index + 1 < Self.maximumSecrets ? min(old.expiresAt ?? end, end) : now
        try connection.execute("UPDATE client_secrets SET expires_at = $1 WHERE id = $2", [expiry, old.id])
      }
      try ClientRows.insert(secret, client: id, connection)
    }
    return issued
  }

  /// - Throws: `ClientStoreError`, `DatabaseError`.
  package func revokeSecret(_ secretID: String, client id: String) async throws {
    try await database.write { connection in
      let count = try connection.execute(
        "DELETE FROM client_secrets WHERE id = $1 AND client_id = $2", [secretID, id])
      guard count == 1 else { throw ClientStoreError.unknownSecret(secretID) }
    }
  }

  /// Shuts a client out: it gets no more tokens, and those that it has are refused. Its row stays, for the record; its
  /// secrets go.
  ///
  /// - Throws: `ClientStoreError`, `DatabaseError`.
  package func revoke(_ id: String) async throws {
    try await database.write { connection in
      guard try connection.execute("UPDATE clients SET disabled = 1 WHERE id = $1", [id]) == 1 else {
        throw ClientStoreError.unknownClient(id)
      }
      try connection.execute("DELETE FROM client_secrets WHERE client_id = $1", [id])
    }
  }

  /// Sees to it that a client has exactly this secret and these scopes: for `serve --dev` and tests.
  ///
  /// - Parameter hash: of the secret, where there is one already; else it is made if needed.
  /// - Throws: `ClientStoreError`, `DatabaseError`, `BlockingPoolError`.
  package func ensureClient(
    id: String, secret: Redacted<String>, hash: SecretHash? = nil, scopes: Set<String>,
    methods: Set<ClientAuthenticationMethod> = [.basic]
  ) async throws {
    try Self.check(id: id, scopes: scopes, methods: methods)
    let existing = try await find(id)
    if let existing, existing.scopes == scopes, existing.methods == methods, !existing.isDisabled,
      existing.secrets.count == 1, existing.secrets[0].isActive(at: time.now),
      let hash = SecretHash(stored: existing.secrets[0].hash), try await pool.run({ try hash.matches(secret) })
    {
      return
    }
    let row = if let hash { row(hash, expiresAt: nil) } else { try await store(secret, expiresAt: nil) }
    let client = Client(
      id: id, name: existing?.name ?? id, scopes: scopes, methods: methods, isDisabled: false,
      createdAt: existing?.createdAt ?? time.now, secrets: [row])
    try await database.write { connection in
      try connection.execute("DELETE FROM client_secrets WHERE client_id = $1", [id])
      try connection.execute("DELETE FROM clients WHERE id = $1", [id])
      try ClientRows.insert(client, connection)
    }
  }

  /// Notes that a secret was used, once an hour at most.
  ///
  /// - Throws: `DatabaseError`.
  func noteUse(of secret: ClientSecret) async throws {
    let now = time.now
    if let last = secret.lastUsedAt, now - last < .seconds(3_600) { return }
    _ = try await database.write {
      try $0.execute("UPDATE client_secrets SET last_used_at = $1 WHERE id = $2", [now, secret.id])
    }
  }

  // MARK: - Secrets

  /// 256 bits; the prefix lets scanners of source code find a secret that was left there.
  private func makeSecret(expiresAt: Timestamp? = nil) async throws -> (IssuedSecret, ClientSecret) {
    let secret = Redacted("rbs_" + Base64.url.encode(random.bytes(32)))
    let row = try await store(secret, expiresAt: expiresAt)
    return (IssuedSecret(id: row.id, secret: secret), row)
  }

  private func store(_ secret: Redacted<String>, expiresAt: Timestamp?) async throws -> ClientSecret {
    let (cost, random) = (cost, random)
    return row(try await pool.run { try SecretHash(secret, cost: cost, random: random) }, expiresAt: expiresAt)
  }

  private func row(_ hash: SecretHash, expiresAt: Timestamp?) -> ClientSecret {
    ClientSecret(
      id: identifiers.make("sec"), createdAt: time.now, expiresAt: expiresAt, lastUsedAt: nil, hash: hash.stored)
  }

  private static func check(
    id: String, scopes: Set<String>, methods: Set<ClientAuthenticationMethod>
  ) throws(ClientStoreError) {
    guard ClientSyntax.isClientID(id) else {
      throw .invalid("A client id is 1 to 64 letters, digits, dots, underscores and hyphens.")
    }
    if let scope = scopes.first(where: { !ClientSyntax.isScope($0) }) {
      throw .invalid("`\(scope)` is no scope: it may have no spaces, quotes or backslashes.")
    }
    guard !methods.isEmpty else { throw .invalid("A client needs a way to show its secret.") }
  }
}
