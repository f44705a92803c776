import Core
import Storage

struct CallbackRecord: Sendable {
  let id: String
  let requestID: String
  let state: ErrandState
  /// Nil once it is booked: a number is kept no longer than it is needed.
  let callback: Callback?
  let createdAt: Timestamp
  /// When the state was entered.
  let movedAt: Timestamp
}

struct CallbackTable: Sendable {
  let personal: PersonalData

  private static func place(_ id: String) -> String { "orders_callbacks/\(id)/details" }

  /// The call-back that stands for this caller: the one that is open already, or `id`, which the caller then inserts.
  /// Two transactions at once get the same answer, as they meet in the primary key.
  func claim(
    _ callback: Callback, id: String, now: Timestamp, window: Duration, in connection: any Connection
  ) throws -> String {
    let caller = personal.hash("\(callback.number)/\(callback.orderID?.rawValue ?? "")")
    try connection.execute("DELETE FROM orders_open_callbacks WHERE expires_at <= $1", [now])
    try connection.execute(
      """
      INSERT INTO orders_open_callbacks (caller, callback_id, expires_at) VALUES ($1, $2, $3)
      ON CONFLICT (caller) DO NOTHING
      """, [caller, id, now + window])
    let open = try connection.query("SELECT callback_id FROM orders_open_callbacks WHERE caller = $1", [caller])
    guard let row = open.first else { throw DatabaseError.unavailable("the open call-back ended at this moment") }
    return try row.get(0)
  }

  func insert(
    _ callback: Callback, id: String, clientID: String, requestID: String, now: Timestamp, in connection: any Connection
  ) throws {
    try connection.execute(
      """
      INSERT INTO orders_callbacks (id, client_id, request_id, state, details, created_at, updated_at)
      VALUES ($1, $2, $3, $4, $5, $6, $6)
      """,
      [
        id, clientID, requestID, ErrandState.accepted.rawValue,
        try personal.seal(callback, in: Self.place(id)), now,
      ])
  }

  func find(_ id: String, in connection: any Connection) throws -> CallbackRecord? {
    let rows = try connection.query(
      "SELECT request_id, state, details, created_at, updated_at FROM orders_callbacks WHERE id = $1", [id])
    guard let row = rows.first, let state = ErrandState(rawValue: try row.get(1)) else { return nil }
    return CallbackRecord(
      id: id, requestID: try row.get(0), state: state,
      callback: try row.get(2, as: [UInt8]?.self).map { try personal.open($0, in: Self.place(id)) },
      createdAt: try row.get(3), movedAt: try row.get(4))
  }

  func move(_ id: String, to state: ErrandState, now: Timestamp, in connection: any Connection) throws {
    try connection.execute(
      "UPDATE orders_callbacks SET state = $1, updated_at = $2 WHERE id = $3", [state.rawValue, now, id])
    guard state == .failed else { return }
    try connection.execute("DELETE FROM orders_open_callbacks WHERE callback_id = $1", [id])
  }

  func recordBooked(_ id: String, conversationID: String, now: Timestamp, in connection: any Connection) throws {
    try connection.execute(
      """
      UPDATE orders_callbacks SET state = $1, conversation_id = $2, details = NULL, updated_at = $3 WHERE id = $4
      """, [ErrandState.done.rawValue, conversationID, now, id])
  }
}
