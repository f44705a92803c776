import Core
import Storage

/// The rows of the outbox. An event is put in without a number; numbers are given afterwards, to committed events only and in
/// transactions that queue for the row of `event_numbers`. So they rise in the order in which readers can see them, without a
/// gap, and nobody who reads on from a number misses an event that was committed late.
struct EventTable: Sendable {
  /// A part of the events, in order.
  struct Page: Sendable {
    var events: [Event]
    /// Where to read on.
    var next: Int64
  }

  private static let columns = "id, sequence, type, subject, time, data"

  func insert(
    id: String, ordinal: Int64, type: String, subject: String, time: Timestamp, data: String,
    in connection: any Connection
  ) throws {
    try connection.execute(
      "INSERT INTO events (id, ordinal, type, subject, time, data) VALUES ($1, $2, $3, $4, $5, $6)",
      [id, ordinal, type, subject, time, data])
  }

  /// The last number given, and whether there are events without one.
  func position(in connection: any Connection) throws -> (last: Int64, hasUnnumbered: Bool) {
    let rows = try connection.query(
      "SELECT last, (SELECT COUNT(*) FROM (SELECT 1 FROM events WHERE sequence IS NULL LIMIT 1) AS one) FROM event_numbers"
    )
    guard let row = rows.first else { throw DatabaseError.shape("event_numbers is empty") }
    return (try row.get(0), try row.get(1))
  }

  /// Gives numbers to events that have none, `limit` at most.
  func number(limit: Int, in connection: any Connection) throws {
    // Whoever has this row is alone until the commit; the statement after it sees what was committed before.
    let rows = try connection.query("SELECT last FROM event_numbers WHERE id = 1\(connection.forUpdate)")
    guard let last: Int64 = try rows.first?.get(0) else { throw DatabaseError.shape("event_numbers is empty") }
    let count = try connection.execute(
      """
      WITH next AS MATERIALIZED (
        SELECT id, ROW_NUMBER() OVER (ORDER BY ordinal, id) AS place FROM (
          SELECT id, ordinal FROM events WHERE sequence IS NULL ORDER BY ordinal, id LIMIT $1) AS oldest)
      UPDATE events SET sequence = $2 + next.place FROM next WHERE events.id = next.id
      """, [limit, last])
    guard count > 0 else { return }
    try connection.execute("UPDATE event_numbers SET last = $1 WHERE id = 1", [last + Int64(count)])
  }

  /// Numbered events after `sequence`, `limit` at most.
  func page(
    after sequence: Int64, types: [EventTypePattern] = [], limit: Int, in connection: any Connection
  ) throws -> Page {
    let last = try position(in: connection).last
    var values: [any SQLValueConvertible] = [sequence, limit]
    let filters = types.map { pattern in
      values.append(pattern.prefix ?? pattern.description)
      return pattern.prefix == nil
        ? "type = $\(values.count)" : "substr(type, 1, length($\(values.count))) = $\(values.count)"
    }
    let filter = filters.isEmpty ? "" : " AND (\(filters.joined(separator: " OR ")))"
    let rows = try connection.query(
      "SELECT \(Self.columns) FROM events WHERE sequence > $1\(filter) ORDER BY sequence LIMIT $2", values)
    let events = try rows.map(event)
    return Page(events: events, next: events.count == limit ? events.last?.sequence ?? last : max(sequence, last))
  }

  /// The event, numbered or not; nil when there is none, or none any more.
  func find(_ id: String, in connection: any Connection) throws -> Event? {
    try connection.query("SELECT \(Self.columns) FROM events WHERE id = $1", [id]).first.map(event)
  }

  /// Deletes events that were put in before `time`, a thousand at most. The oldest are the first of the primary key, as ids
  /// rise with time: no index is written for this alone.
  ///
  /// - Returns: how many.
  func sweep(before time: Timestamp, in connection: any Connection) throws -> Int {
    try connection.execute(
      "DELETE FROM events WHERE ordinal < $1 AND id IN (SELECT id FROM events ORDER BY id LIMIT 1000)", [time])
  }

  private func event(_ row: Row) throws -> Event {
    Event(
      id: try row.get(0), sequence: try row.get(1, as: Int64?.self) ?? 0, type: try row.get(2), subject: try row.get(3),
      time: try row.get(4), data: Array(try row.get(5, as: String.self).utf8))
  }
}
