import Core
import Storage
import Synchronization

/// Tokens that were revoked before their time, and clients that may not be let in any more. In memory, as every request
/// asks; the rows are read again every half minute for what other processes wrote.
final class Revocations: Sendable {
  private struct State {
    /// Seconds since 1970 at which a token expires, by its `jti`.
    var tokens: [String: Int64] = [:]
    var disabledClients: Set<String> = []
    /// How often something was added here, so that a reading that began before does not undo it.
    var changes = 0
  }

  private let database: any Database
  private let time: any TimeSource
  private let state = Mutex(State())

  init(database: any Database, time: any TimeSource) {
    self.database = database
    self.time = time
  }

  func isRevoked(token: String?, client: String) -> Bool {
    state.withLock { state in
      (!state.disabledClients.isEmpty && state.disabledClients.contains(client))
        || (!state.tokens.isEmpty && token.map { state.tokens[$0] != nil } == true)
    }
  }

  /// - Throws: `DatabaseError`.
  func revoke(_ claims: AccessTokenClaims) async throws {
    guard let token = claims.tokenID, let client = claims.clientID else { return }
    let expiry = Timestamp(seconds: claims.expiresAt)
    _ = try await database.write { connection in
      try connection.execute(
        "INSERT INTO revoked_tokens (jti, client_id, expires_at) VALUES ($1, $2, $3) ON CONFLICT (jti) DO NOTHING",
        [token, client, expiry])
    }
    state.withLock { state in
      state.tokens[token] = claims.expiresAt
      state.changes += 1
    }
  }

  func setDisabled(_ isDisabled: Bool, client: String) {
    state.withLock { state in
      if isDisabled { state.disabledClients.insert(client) } else { state.disabledClients.remove(client) }
      state.changes += 1
    }
  }

  /// Forgets tokens that have expired, here and in the table.
  ///
  /// - Throws: `DatabaseError`.
  func refresh() async throws {
    let (now, before) = (time.now, state.withLock { $0.changes })
    let (tokens, disabled, expired) = try await database.read { connection in
      (
        try connection.query("SELECT jti, expires_at FROM revoked_tokens WHERE expires_at > $1", [now]).map {
          (try $0.get(0, as: String.self), try $0.get(1, as: Timestamp.self).seconds)
        },
        Set(try connection.query("SELECT id FROM clients WHERE disabled = 1").map { try $0.get(0, as: String.self) }),
        try !connection.query("SELECT 1 FROM revoked_tokens WHERE expires_at <= $1 LIMIT 1", [now]).isEmpty
      )
    }
    state.withLock { state in
      let current = state.tokens.filter { $0.value > now.seconds }
      state.tokens = Dictionary(tokens) { $1 }.merging(current) { $1 }
      if state.changes == before { state.disabledClients = disabled }
    }
    guard expired else { return }
    _ = try await database.write { try $0.execute("DELETE FROM revoked_tokens WHERE expires_at <= $1", [now]) }
  }
}
