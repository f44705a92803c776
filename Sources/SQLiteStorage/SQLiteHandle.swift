import CSQLite
import Core
import Storage

/// A connection of SQLite with its prepared statements.
///
/// Unchecked: opened without SQLite's own mutex and used by one thread at a time, the writer's or the reader's that has
/// borrowed it.
final class SQLiteHandle: @unchecked Sendable {
  enum Access { case reading, writing }

  /// The text of a statement, found by its length: few are equally long, and to hash all of it would take longer than to
  /// compare it once, where the text is most often the very same piece of memory.
  private struct Key: Hashable {
    let sql: String

    func hash(into hasher: inout Hasher) { hasher.combine(sql.utf8.count) }
  }

  /// What an insertion says, whose text takes as long to make as some rows to write.
  private struct Insertion: Hashable {
    let table: String
    let names: [String]
    let suffix: String
    let rows: Int

    func hash(into hasher: inout Hasher) { hasher.combine(table.utf8.count << 8 | names.count << 4 | rows) }
  }

  private static let statementLimit = 300
  /// Once in a process; refused, which does no harm, where something else has used SQLite before.
  private static let isConfigured = ringback_sqlite_keep_no_statistics() == SQLITE_OK

  private let database: OpaquePointer
  private var statements: [Key: SQLiteStatement] = [:]
  private var insertions: [Insertion: String] = [:]
  /// This room's own; apart, so that what a closure asks for is always checked.
  private var controls: [Key: SQLiteStatement] = [:]

  init(path: String, access: Access, options: SQLiteDatabase.Options) throws(DatabaseError) {
    _ = Self.isConfigured
    var database: OpaquePointer?
    let mode = access == .reading ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
    let result = sqlite3_open_v2(path, &database, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    guard let database, result == SQLITE_OK else {
      let error = DatabaseError.sqlite(
        result, message: database.map { String(cString: sqlite3_errmsg($0)) } ?? "no memory")
      sqlite3_close_v2(database)
      throw error
    }
    self.database = database
    do throws(DatabaseError) {
      try configure(access: access, options: options)
    } catch {
      close()
      throw error
    }
  }

  private func configure(access: Access, options: SQLiteDatabase.Options) throws(DatabaseError) {
    sqlite3_busy_timeout(database, Int32(clamping: options.lockTimeout.wholeMilliseconds))
    // A name in double quotes that is no column reads as text otherwise, where PostgreSQL reports it.
    for (option, value) in [
      (SQLITE_DBCONFIG_DEFENSIVE, 1), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0), (SQLITE_DBCONFIG_DQS_DDL, 0),
      (SQLITE_DBCONFIG_DQS_DML, 0), (SQLITE_DBCONFIG_ENABLE_FKEY, 1),
    ] as [(Int32, Int32)] {
      _ = ringback_sqlite_db_config(database, option, value)
    }
    var pragmas = ["cell_size_check = ON", "temp_store = MEMORY", "case_sensitive_like = ON"]
    if access == .writing {
      pragmas += [
        "cache_size = -\(options.cacheKiB)", "journal_mode = WAL", "synchronous = FULL",
        "journal_size_limit = 67108864", "wal_autocheckpoint = \(options.logPages)",
      ]
      if let pages = options.maximumPages { pragmas.append("max_page_count = \(pages)") }
    }
    for pragma in pragmas { try control("PRAGMA \(pragma)") }
  }

  var isInTransaction: Bool { sqlite3_get_autocommit(database) == 0 }

  /// A statement of this room's own, such as `COMMIT`.
  func control(_ sql: String) throws(DatabaseError) {
    if let statement = controls[Key(sql: sql)] {
      try statement.run([])
    } else {
      let statement = try SQLiteStatement(sql, in: database)
      controls[Key(sql: sql)] = statement
      try statement.run([])
    }
  }

  func run(_ sql: String, _ values: [any SQLValueConvertible]) throws(DatabaseError) -> SQLiteStatement.Outcome {
    try prepare(sql).run(values)
  }

  /// How many rows one statement inserts where there are that many: to begin and to end it is a quarter of the work of one.
  private static let rowsAtOnce = 8

  func insert(_ rows: ColumnBatch, into table: String, _ suffix: String) throws(DatabaseError) -> Int {
    var columns: [PinnedColumn] = []
    defer { for column in columns { column.deallocate() } }
    for column in rows.columns { columns.append(try PinnedColumn(column)) }
    let together = rows.count - rows.count % Self.rowsAtOnce
    var changes = 0
    for (part, atOnce) in [(0..<together, Self.rowsAtOnce), (together..<rows.count, 1)] where !part.isEmpty {
      let statement = try prepare(insertion(of: rows, atOnce, into: table, suffix))
      changes += try statement.run(columns, rows: part)
    }
    return changes
  }

  private func insertion(of rows: ColumnBatch, _ atOnce: Int, into table: String, _ suffix: String) -> String {
    let insertion = Insertion(table: table, names: rows.names, suffix: suffix, rows: atOnce)
    if let text = insertions[insertion] { return text }
    let names = rows.names.joined(separator: ", ")
    let text = "INSERT INTO \(table) (\(names)) VALUES \(rows.parameters(rows: atOnce)) \(suffix)"
    insertions[insertion] = text
    return text
  }

  func select(_ values: SQLColumn, _ sql: String) throws(DatabaseError) -> [Row] {
    let statement = try prepare(sql)
    let column = try PinnedColumn(values)
    defer { column.deallocate() }
    return try statement.rows(column)
  }

  /// Out of the cache while it is read, as what runs in between may be the same text; back with `finish`.
  func start(_ sql: String, _ values: [any SQLValueConvertible]) throws(DatabaseError) -> SQLiteStatement {
    let statement = try prepare(sql)
    guard statement.isReading else { throw .statement("rows are read by a statement that changes nothing") }
    statements[Key(sql: sql)] = nil
    do throws(DatabaseError) {
      try statement.start(values)
    } catch {
      finish(statement, sql)
      throw error
    }
    return statement
  }

  func finish(_ statement: SQLiteStatement, _ sql: String) {
    statement.reset()
    if statements[Key(sql: sql)] == nil { statements[Key(sql: sql)] = statement } else { statement.finalize() }
  }

  private func prepare(_ sql: String) throws(DatabaseError) -> SQLiteStatement {
    if let statement = statements[Key(sql: sql)] { return statement }
    let text = SQLText(sql)
    try text.checkSingle()
    let statement = try SQLiteStatement(text.adaptedToSQLite, in: database)
    if statements.count >= Self.statementLimit { forgetStatements() }
    statements[Key(sql: sql)] = statement
    return statement
  }

  private func forgetStatements() {
    for statement in statements.values { statement.finalize() }
    statements = [:]
  }

  /// One transaction that sees one state of the file.
  func read<Result>(_ body: (any Connection) throws -> Result) throws -> Result {
    try control("BEGIN")
    let transaction = SQLiteTransaction(self)
    let result = Swift.Result { try body(transaction) }
    transaction.end()
    // Ending a transaction that only read cannot fail in a way that matters to what was read.
    if isInTransaction { try? control(transaction.failure == nil ? "COMMIT" : "ROLLBACK") }
    if let failure = transaction.failure, case .success = result { throw failure }
    if case .success = result { transaction.runHooks() }
    return try result.get()
  }

  func checkpoint() {
    sqlite3_wal_checkpoint_v2(database, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
  }

  /// Rolls back what is open.
  func close() {
    forgetStatements()
    for statement in controls.values { statement.finalize() }
    sqlite3_close_v2(database)
  }
}
