import Core
import Storage

/// The SQL of returns.
struct ReturnTable: Sendable {
  let personal: PersonalData

  private static func place(_ id: String) -> String { "returns_requests/\(id)/details" }

  func seal(_ details: ReturnDetails, of id: String) throws -> [UInt8] {
    try personal.seal(details, in: Self.place(id))
  }

  func details(of record: ReturnRecord) throws -> ReturnDetails? {
    try record.details.map { try personal.open($0, in: Self.place(record.id)) }
  }

  // MARK: - Taking one on

  private static let insertion = """
    INSERT INTO returns_requests (id, order_id, state, items, customer_reference, channel, language, details,
      duplicate_key, request_id, check_at, created_at, expires_at, updated_at)
    VALUES ($1, $2, 'requested', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11) 
    ON CONFLICT (order_id, duplicate_key) DO NOTHING
    """

  /// - Parameter details: sealed.
  /// - Returns: false when the same call has asked for the same before.
  func insert(
    _ request: ReturnRequest, id: String, items: String, details: [UInt8]?, duplicateKey: [UInt8], requestID: String,
    now: Timestamp, checkAt: Timestamp, expiresAt: Timestamp, in connection: any Connection
  ) throws -> Bool {
    try connection.execute(
      Self.insertion,
      [
        id, request.orderID.rawValue, items, request.customerReference, request.channel.rawValue,
        request.language.rawValue, details, duplicateKey, requestID, checkAt, now, expiresAt,
      ]) == 1
  }

  func first(
    of orderID: OrderID, _ duplicateKey: [UInt8], in connection: any Connection
  ) throws -> (id: String, createdAt: Timestamp)? {
    let rows = try connection.query(
      "SELECT id, created_at FROM returns_requests WHERE order_id = $1 AND duplicate_key = $2",
      [orderID.rawValue, duplicateKey])
    return try rows.first.map { (try $0.get(0), try $0.get(1)) }
  }

  private static let claiming = """
    INSERT INTO returns_lines (order_id, sku, taken) VALUES ($1, $2, $3)
    ON CONFLICT (order_id, sku) DO UPDATE SET taken = returns_lines.taken + excluded.taken
    WHERE returns_lines.taken + excluded.taken <= $4
    """

  /// Takes so many of a line. Of two transactions at once the second sees what the first has taken.
  ///
  /// - Parameter bought: nil when nobody knows yet; at least `quantity`.
  /// - Returns: false when that would be more than was bought.
  func claim(
    _ quantity: Int, of sku: String, in orderID: OrderID, bought: Int?, in connection: any Connection
  ) throws -> Bool {
    let most = bought.map(Int64.init) ?? Int64.max
    return try connection.execute(Self.claiming, [orderID.rawValue, sku, quantity, most]) == 1
  }

  // MARK: - Reading

  func find(_ id: String, in connection: any Connection) throws -> ReturnRecord? {
    try records("id = $1", [id], in: connection).first
  }

  /// As `find`; nobody else changes it until the transaction ends.
  func lock(_ id: String, in connection: any Connection) throws -> ReturnRecord? {
    try records("id = $1\(connection.forUpdate)", [id], in: connection).first
  }

  /// Newest first, a hundred at most.
  func list(of orderID: OrderID, in connection: any Connection) throws -> [ReturnRecord] {
    try records("order_id = $1 ORDER BY created_at DESC, id DESC LIMIT 100", [orderID.rawValue], in: connection)
  }

  /// Newest first, of any order or of one.
  func list(
    _ state: ReturnState?, of orderID: OrderID?, limit: Int, in connection: any Connection
  ) throws -> [ReturnRecord] {
    var conditions: [String] = []
    var values: [any SQLValueConvertible] = [limit]
    for (column, value) in [("state", state?.rawValue), ("order_id", orderID?.rawValue)] {
      guard let value else { continue }
      values.append(value)
      conditions.append("\(column) = $\(values.count)")
    }
    let filter = conditions.isEmpty ? "1 = 1" : conditions.joined(separator: " AND ")
    return try records("\(filter) ORDER BY id DESC LIMIT $1", values, in: connection)
  }

  func list(platformID: String, in connection: any Connection) throws -> [ReturnRecord] {
    try records("platform_id = $1 ORDER BY id LIMIT 100", [platformID], in: connection)
  }

  /// Those whose check is due, passing over what another instance has in hand.
  func due(_ limit: Int, now: Timestamp, in connection: any Connection) throws -> [ReturnRecord] {
    try records(
      "check_at <= $1 ORDER BY check_at LIMIT $2\(connection.forUpdateSkippingLocked)", [now, limit], in: connection)
  }

  private func records(
    _ condition: String, _ values: [any SQLValueConvertible], in connection: any Connection
  ) throws -> [ReturnRecord] {
    try connection.query("SELECT \(ReturnRecord.columns) FROM returns_requests WHERE \(condition)", values)
      .map(ReturnRecord.init)
  }

  func transitions(of id: String, in connection: any Connection) throws -> [ReturnTransition] {
    let rows = try connection.query(
      """
      SELECT from_state, to_state, at, cause, request_id, detail, actor FROM returns_transitions WHERE return_id = $1
      """, [id])
    return try rows.map { row in
      guard let from = ReturnState(rawValue: try row.get(0)), let to = ReturnState(rawValue: try row.get(1)),
        let cause = ReturnCause(rawValue: try row.get(3))
      else { throw DatabaseError.shape("a transition of \(id)") }
      return ReturnTransition(
        from: from, to: to, at: try row.get(2), cause: cause, requestID: try row.get(4), detail: try row.get(5),
        actor: try row.get(6))
    }.sorted { ($0.at, $0.to.ordinal) < ($1.at, $1.to.ordinal) }
  }
}
