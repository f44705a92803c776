import Core
import Storage

/// A text message that was asked for: sealed as a whole, as number and proof name a person.
struct TextOrder: Sendable, Hashable, Codable {
  let number: String
  let orderID: OrderID
  let language: SpokenLanguage
  let proof: CallerProof
  let asker: Asker
}

struct TextRecord: Sendable {
  let id: String
  let requestID: String
  let state: ErrandState
  /// Nil once it is sent.
  let order: TextOrder?
  let createdAt: Timestamp
}

struct TextTable: Sendable {
  let personal: PersonalData

  private static func place(_ id: String) -> String { "orders_texts/\(id)/details" }

  func insert(
    _ text: TextOrder, id: String, clientID: String, requestID: String, now: Timestamp, in connection: any Connection
  ) throws {
    try connection.execute(
      """
      INSERT INTO orders_texts (id, client_id, request_id, state, details, created_at, updated_at)
      VALUES ($1, $2, $3, $4, $5, $6, $6)
      """,
      [id, clientID, requestID, ErrandState.accepted.rawValue, try personal.seal(text, in: Self.place(id)), now])
  }

  func find(_ id: String, in connection: any Connection) throws -> TextRecord? {
    let rows = try connection.query(
      "SELECT request_id, state, details, created_at FROM orders_texts WHERE id = $1", [id])
    guard let row = rows.first, let state = ErrandState(rawValue: try row.get(1)) else { return nil }
    return TextRecord(
      id: id, requestID: try row.get(0), state: state,
      order: try row.get(2, as: [UInt8]?.self).map { try personal.open($0, in: Self.place(id)) },
      createdAt: try row.get(3))
  }

  func move(_ id: String, to state: ErrandState, now: Timestamp, in connection: any Connection) throws {
    try connection.execute(
      "UPDATE orders_texts SET state = $1, updated_at = $2 WHERE id = $3", [state.rawValue, now, id])
  }

  func recordSent(_ id: String, messageID: String, now: Timestamp, in connection: any Connection) throws {
    try connection.execute(
      "UPDATE orders_texts SET state = $1, message_id = $2, details = NULL, updated_at = $3 WHERE id = $4",
      [ErrandState.done.rawValue, messageID, now, id])
  }
}
