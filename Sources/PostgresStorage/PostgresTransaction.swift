import Storage

/// What a closure is given. On the thread of its connection.
final class PostgresTransaction: Connection {
  /// Some hundred kilobytes of the widest rows.
  private static let fetchedAtOnce = 2_000

  private let pipeline: PostgresPipeline
  private(set) var hooks: [@Sendable () -> Void] = []
  private(set) var visibleHooks: [@Sendable () -> Void] = []
  private var isOpen = true
  private var openCursors = 0
  /// What ended the transaction.
  private(set) var failure: PostgresFailure?

  init(_ pipeline: PostgresPipeline) {
    self.pipeline = pipeline
  }

  var forUpdate: String { " FOR UPDATE" }
  var forUpdateSkippingLocked: String { " FOR UPDATE SKIP LOCKED" }

  @discardableResult
  func execute(_ sql: String, _ values: [any SQLValueConvertible]) throws -> Int {
    try attempt { () throws(PostgresFailure) in try pipeline.run(call(sql, values)).changes }
  }

  func enqueue(_ sql: String, _ values: [any SQLValueConvertible]) throws {
    try attempt { () throws(PostgresFailure) in pipeline.enqueue(try call(sql, values)) }
  }

  func query(_ sql: String, _ values: [any SQLValueConvertible]) throws -> [Row] {
    try attempt { () throws(PostgresFailure) in try pipeline.run(call(sql, values)).rows() }
  }

  /// A cursor, and not row by row as the server sends them: so each step has the statement's time for itself, and the
  /// connection is free in between.
  func forEach(_ sql: String, _ values: [any SQLValueConvertible], _ body: (any RowCursor) throws -> Void) throws {
    let cursor = "rows\(openCursors)"
    try attempt { () throws(PostgresFailure) in
      pipeline.enqueue(try call("DECLARE \(cursor) NO SCROLL CURSOR FOR \(sql)", values))
    }
    openCursors += 1
    defer {
      openCursors -= 1
      // Fails only as what follows would, and then that says so.
      try? attempt { () throws(PostgresFailure) in pipeline.enqueue(PostgresCall("CLOSE \(cursor)", isRepeated: true)) }
    }
    while true {
      let fetched = try attempt { () throws(PostgresFailure) in
        // Not prepared: which columns they have differs from cursor to cursor.
        try pipeline.run(PostgresCall("FETCH \(Self.fetchedAtOnce) FROM \(cursor)", isRepeated: false))
      }
      for row in 0..<fetched.rowCount { try body(PostgresRow(result: fetched, row: Int32(row))) }
      if fetched.rowCount < Self.fetchedAtOnce { return }
    }
  }

  @discardableResult
  func insert(_ rows: ColumnBatch, into table: String, _ suffix: String) throws -> Int {
    guard rows.count > 0 else { return 0 }
    return try attempt { () throws(PostgresFailure) in try pipeline.run(call(rows, table, suffix)).changes }
  }

  func enqueue(_ rows: ColumnBatch, into table: String, _ suffix: String) throws {
    guard rows.count > 0 else { return }
    try attempt { () throws(PostgresFailure) in pipeline.enqueue(try call(rows, table, suffix)) }
  }

  func select(
    _ columns: String, from table: String, where column: String, isIn values: SQLColumn, locking: Bool
  ) throws -> [Row] {
    guard values.count > 0 else { return [] }
    let sql = "SELECT \(columns) FROM \(table) WHERE \(column) = ANY($1) ORDER BY \(column)"
    return try attempt { () throws(PostgresFailure) in
      try pipeline.run(single(PostgresCall(sql + (locking ? forUpdate : ""), PostgresParameters([values])))).rows()
    }
  }

  func tableExists(_ name: String) throws -> Bool {
    let rows = try query(
      "SELECT 1 FROM pg_catalog.pg_class WHERE relkind = 'r' AND relname = $1 AND pg_catalog.pg_table_is_visible(oid)",
      [name])
    return !rows.isEmpty
  }

  func afterCommit(_ body: @escaping @Sendable () -> Void) {
    hooks.append(body)
  }

  func onceVisible(_ body: @escaping @Sendable () -> Void) {
    visibleHooks.append(body)
  }

  func end() {
    isOpen = false
  }

  private func call(_ sql: String, _ values: [any SQLValueConvertible]) throws(PostgresFailure) -> PostgresCall {
    let isForSQLite = sql.utf8.suffix(Self.withoutRowID.count).elementsEqual(Self.withoutRowID)
    return try single(
      PostgresCall(
        isForSQLite ? String(sql.dropLast(Self.withoutRowID.count)) : sql,
        PostgresParameters(values.map(\.sqlValue))))
  }

  private func call(_ rows: ColumnBatch, _ table: String, _ suffix: String) throws(PostgresFailure) -> PostgresCall {
    let names = rows.names.joined(separator: ", ")
    // Side by side, and not as one table of all: then the server keeps each value of each column in between.
    let values = rows.columns.indices.map { "unnest($\($0 + 1))" }.joined(separator: ", ")
    return try single(
      PostgresCall(
        "INSERT INTO \(table) (\(names)) SELECT \(values) \(suffix)",
        PostgresParameters(rows.columns)))
  }

  private func single(_ call: PostgresCall) throws(PostgresFailure) -> PostgresCall {
    guard !pipeline.isPrepared(call) else { return call }
    do throws(DatabaseError) { try SQLText(call.sql).checkSingle() } catch { throw PostgresFailure(error) }
    return call
  }

  /// How SQLite is told to keep rows in the order of their key.
  private static let withoutRowID = Array("WITHOUT ROWID".utf8)

  private func attempt<Result>(_ body: () throws(PostgresFailure) -> Result) throws(DatabaseError) -> Result {
    guard isOpen else { throw .statement("a connection is valid inside its closure only") }
    if let failure { throw failure.error }
    do throws(PostgresFailure) {
      return try body()
    } catch {
      failure = error
      throw error.error
    }
  }
}
