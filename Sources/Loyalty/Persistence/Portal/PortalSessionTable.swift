import Core
import Security
import Storage

/// The sessions of the portal. One that has ended is no row any more, and its address with it.
struct PortalSessionTable: Sendable {
  let sealer: Sealer

  private static let columns = "id, customer, scopes, locale, address, expires_at"

  /// - Parameters:
  ///   - digest: of the token.
  ///   - client: who asked for it.
  func insert(
    _ session: PortalSession, digest: [UInt8], address: String?, client: String, now: Timestamp,
    in connection: any Connection
  ) throws {
    let sealed = try address.map { try sealer.seal(Array($0.utf8), in: Self.place(of: session.id)) }
    try connection.execute(
      """
      INSERT INTO loyalty_portal_sessions (\(Self.columns), token, client, created_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
      """,
      [
        session.id, session.customer.flatMap(\.stored), session.scopes.map(\.rawValue).sorted().joined(separator: " "),
        session.locale, sealed, session.expiresAt, digest, client, now,
      ])
  }

  func find(digest: [UInt8], in connection: any Connection) throws -> PortalSession? {
    try connection.query(
      "SELECT \(Self.columns) FROM loyalty_portal_sessions WHERE token = $1", [digest]
    ).first.map(Self.session)
  }

  func find(_ id: String, in connection: any Connection) throws -> PortalSession? {
    try connection.query("SELECT \(Self.columns) FROM loyalty_portal_sessions WHERE id = $1", [id]).first
      .map(Self.session)
  }

  /// - Returns: the digest of its token; nil if it is over already.
  func end(_ id: String, in connection: any Connection) throws -> [UInt8]? {
    try connection.query("DELETE FROM loyalty_portal_sessions WHERE id = $1 RETURNING token", [id]).first?.get(0)
  }

  /// Deletes sessions that are over, a thousand at most.
  func sweep(now: Timestamp, in connection: any Connection) throws -> Int {
    try connection.execute(
      """
      DELETE FROM loyalty_portal_sessions WHERE id IN (
        SELECT id FROM loyalty_portal_sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT 1000)
      """, [now])
  }

  func address(of session: PortalSession) throws -> String? {
    try session.address.map { String(decoding: try sealer.open($0, in: Self.place(of: session.id)), as: UTF8.self) }
  }

  private static func place(of id: String) -> String { "loyalty_portal_sessions/\(id)/address" }

  private static func session(_ row: Row) throws -> PortalSession {
    let stored: [UInt8] = try row.get(1)
    let customer = stride(from: 0, to: stored.count, by: 34).compactMap {
      CustomerHash(stored: Array(stored[$0..<min($0 + 34, stored.count)]))
    }
    guard !customer.isEmpty else { throw DatabaseError.shape("loyalty_portal_sessions.customer") }
    let scopes = try row.get(2, as: String.self).split(separator: " ").compactMap {
      PortalSession.Scope(rawValue: String($0))
    }
    return PortalSession(
      id: try row.get(0), customer: customer, scopes: Set(scopes), locale: try row.get(3), address: try row.get(4),
      expiresAt: try row.get(5))
  }
}
