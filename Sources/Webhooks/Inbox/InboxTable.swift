import Core
import Privacy
import Security
import Storage

/// How a delivery stands.
package enum InboxState: String, Sendable, Hashable, CaseIterable {
  /// Its job has yet to run, or to run again.
  case received
  case applied
  /// Nothing was to be done.
  case ignored
  /// No JSON.
  case unreadable
  case failed
}

/// What is shown of a delivery.
package struct InboxEntry: Sendable, Hashable {
  package let id: String
  package let source: String
  package let deliveryID: String
  package let topic: String
  package let state: InboxState
  package let note: String?
  package let requestID: String
  package let receivedAt: Timestamp
  package let updatedAt: Timestamp
}

/// The SQL of the inbox.
package struct InboxTable: Sendable {
  private static let columns = "id, source, delivery_id, topic, state, note, request_id, received_at, updated_at"

  private let sealer: Sealer

  package init(sealer: Sealer) {
    self.sealer = sealer
  }

  func seal(_ body: [UInt8], id: String) throws(CryptographyError) -> [UInt8] {
    try sealer.seal(body, in: Self.place(id))
  }

  /// - Parameter sealed: what `seal` made, outside of the transaction: the engine's thread is for writing.
  /// - Returns: false for a delivery that is there already.
  func insert(
    _ delivery: InboxDelivery, sealed: [UInt8], state: InboxState, note: String?, in connection: any Connection
  ) throws -> Bool {
    try connection.execute(
      """
      INSERT INTO webhook_inbox (id, source, delivery_id, topic, body, state, note, request_id, triggered_at, received_at,
        updated_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) ON CONFLICT (source, delivery_id) DO NOTHING
      """,
      [
        delivery.id, delivery.source, delivery.deliveryID, delivery.topic, sealed, state.rawValue,
        note.map(Self.masked),
        delivery.requestID, delivery.triggeredAt, delivery.receivedAt,
      ]) == 1
  }

  /// With the body. Nil for an id that there never was, or whose row has been swept.
  ///
  /// - Throws: `DatabaseError`, `CryptographyError`.
  package func find(
    _ id: String, in connection: any Connection
  ) throws -> (delivery: InboxDelivery, entry: InboxEntry)? {
    let rows = try connection.query(
      "SELECT \(Self.columns), triggered_at, body FROM webhook_inbox WHERE id = $1", [id])
    guard let row = rows.first else { return nil }
    let entry = try Self.entry(row)
    let delivery = InboxDelivery(
      id: id, source: entry.source, deliveryID: entry.deliveryID, topic: entry.topic,
      body: try sealer.open(try row.get(10), in: Self.place(id)), triggeredAt: try row.get(9),
      receivedAt: entry.receivedAt, requestID: entry.requestID)
    return (delivery, entry)
  }

  /// The latest first.
  package func list(
    source: String? = nil, state: InboxState? = nil, limit: Int, in connection: any Connection
  ) throws -> [InboxEntry] {
    var conditions: [String] = []
    var values: [any SQLValueConvertible] = [limit]
    for (column, value) in [("source", source), ("state", state?.rawValue)] {
      guard let value else { continue }
      values.append(value)
      conditions.append("\(column) = $\(values.count)")
    }
    let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    return try connection.query(
      "SELECT \(Self.columns) FROM webhook_inbox \(filter) ORDER BY id DESC LIMIT $1", values
    ).map(Self.entry)
  }

  /// How many wait to be worked on, counted no further than `limit`.
  func backlog(upTo limit: Int, in connection: any Connection) throws -> Int {
    try connection.query(
      """
      SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE kind = $1 AND state = 'ready' LIMIT $2) AS waiting
      """, [ProcessWebhookJob.kind, limit]
    )[0].get(0)
  }

  func move(_ id: String, to state: InboxState, note: String?, now: Timestamp, in connection: any Connection) throws {
    try connection.execute(
      "UPDATE webhook_inbox SET state = $2, note = $3, updated_at = $4 WHERE id = $1",
      [id, state.rawValue, note.map(Self.masked), now])
  }

  /// Deletes what came before `limit`, a thousand rows at most.
  ///
  /// - Returns: how many.
  func sweep(before limit: Timestamp, in connection: any Connection) throws -> Int {
    try connection.execute(
      """
      DELETE FROM webhook_inbox WHERE received_at < $1 AND id IN (
        SELECT id FROM webhook_inbox ORDER BY id LIMIT 1000)
      """, [limit])
  }

  private static func entry(_ row: Row) throws -> InboxEntry {
    guard let state = InboxState(rawValue: try row.get(4)) else { throw DatabaseError.shape("state of a delivery") }
    return InboxEntry(
      id: try row.get(0), source: try row.get(1), deliveryID: try row.get(2), topic: try row.get(3), state: state,
      note: try row.get(5), requestID: try row.get(6), receivedAt: try row.get(7), updatedAt: try row.get(8))
  }

  private static func place(_ id: String) -> String { "webhook_inbox/\(id)/body" }

  /// Short, and without what must not be stored in the clear.
  private static func masked(_ note: String) -> String { String(Masking.masked(note).prefix(200)) }
}
