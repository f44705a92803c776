import Core
import Storage

/// The SQL of `clients` and `client_secrets`.
enum ClientRows {
  private static let columns = "id, name, scopes, methods, disabled, created_at"

  static func clients(_ connection: any Connection) throws -> [Client] {
    let secrets = try connection.query(
      "SELECT id, created_at, expires_at, last_used_at, hash, client_id FROM client_secrets ORDER BY created_at, id")
    let byClient = try Dictionary(grouping: secrets) { try $0.get(5, as: String.self) }
    return try connection.query("SELECT \(columns) FROM clients ORDER BY created_at, id").map { row in
      try client(row, secrets: byClient[try row.get(0, as: String.self)] ?? [])
    }
  }

  static func client(_ id: String, _ connection: any Connection) throws -> Client? {
    guard let row = try connection.query("SELECT \(columns) FROM clients WHERE id = $1", [id]).first else { return nil }
    let secrets = try connection.query(
      """
      SELECT id, created_at, expires_at, last_used_at, hash FROM client_secrets WHERE client_id = $1
      ORDER BY created_at, id
      """, [id])
    return try client(row, secrets: secrets)
  }

  /// Locks the row, so that two who add a secret at once do not both find room.
  static func existing(_ id: String, _ connection: any Connection) throws -> Client {
    _ = try connection.query("SELECT id FROM clients WHERE id = $1\(connection.forUpdate)", [id])
    guard let client = try client(id, connection) else { throw ClientStoreError.unknownClient(id) }
    return client
  }

  static func insert(_ client: Client, _ connection: any Connection) throws {
    try connection.execute(
      "INSERT INTO clients (\(columns)) VALUES ($1, $2, $3, $4, $5, $6)",
      [
        client.id, client.name, client.scopes.sorted().joined(separator: " "),
        client.methods.map(\.rawValue).sorted().joined(separator: " "), client.isDisabled, client.createdAt,
      ])
    for secret in client.secrets { try insert(secret, client: client.id, connection) }
  }

  static func insert(_ secret: ClientSecret, client id: String, _ connection: any Connection) throws {
    try connection.execute(
      """
      INSERT INTO client_secrets (id, client_id, hash, created_at, expires_at, last_used_at)
      VALUES ($1, $2, $3, $4, $5, $6)
      """, [secret.id, id, secret.hash, secret.createdAt, secret.expiresAt, secret.lastUsedAt])
  }

  private static func client(_ row: Row, secrets: [Row]) throws -> Client {
    Client(
      id: try row.get(0), name: try row.get(1), scopes: Set(try words(row, 2)),
      methods: Set(try words(row, 3).compactMap(ClientAuthenticationMethod.init(rawValue:))),
      isDisabled: try row.get(4), createdAt: try row.get(5),
      secrets: try secrets.map { row in
        ClientSecret(
          id: try row.get(0), createdAt: try row.get(1), expiresAt: try row.get(2), lastUsedAt: try row.get(3),
          hash: try row.get(4))
      })
  }

  private static func words(_ row: Row, _ column: Int) throws -> [String] {
    try row.get(column, as: String.self).split(separator: " ").map(String.init)
  }
}
