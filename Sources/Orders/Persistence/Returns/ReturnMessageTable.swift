import Core
import Storage

/// What customers were told of their returns: one row for a return and a state, so that nobody is told twice.
struct ReturnMessageTable: Sendable {
  /// - Returns: false when there is one already.
  func insert(_ id: String, about: ReturnState, now: Timestamp, in connection: any Connection) throws -> Bool {
    try connection.execute(
      """
      INSERT INTO returns_messages (return_id, about, state, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)
      ON CONFLICT (return_id, about) DO NOTHING
      """, [id, about.rawValue, ErrandState.accepted.rawValue, now]) == 1
  }

  func find(
    _ id: String, about: ReturnState, in connection: any Connection
  ) throws -> (state: ErrandState, createdAt: Timestamp)? {
    let rows = try connection.query(
      "SELECT state, created_at FROM returns_messages WHERE return_id = $1 AND about = $2", [id, about.rawValue])
    guard let row = rows.first, let state = ErrandState(rawValue: try row.get(0)) else { return nil }
    return (state, try row.get(1))
  }

  func move(
    _ id: String, about: ReturnState, to state: ErrandState, messageID: String? = nil, now: Timestamp,
    in connection: any Connection
  ) throws {
    try connection.execute(
      """
      UPDATE returns_messages SET state = $3, updated_at = $4, message_id = $5 WHERE return_id = $1 AND about = $2
      """, [id, about.rawValue, state.rawValue, now, messageID])
  }

  /// Whether one is still to be sent.
  func hasOpen(_ id: String, in connection: any Connection) throws -> Bool {
    try !connection.query(
      "SELECT 1 FROM returns_messages WHERE return_id = $1 AND state IN ('accepted', 'sending')", [id]
    ).isEmpty
  }
}
