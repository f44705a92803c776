import CSQLite
import Core
import EventLoop
import Storage

/// Stands in until SQLiteStorage lands.
final class ScratchDatabase: Database, Connection, @unchecked Sendable {
  let pool = try! BlockingPool(name: "scratch", threads: 1)
  var handle: OpaquePointer?
  init(_ schema: Schema) {
    sqlite3_open(":memory:", &handle)
    for step in schema.steps { precondition(sqlite3_exec(handle, step, nil, nil, nil) == SQLITE_OK) }
  }
  func read<R: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> R) async throws -> R {
    try await pool.run { try body(self) }
  }
  func write<R: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> R) async throws -> R {
    try await pool.run {
      sqlite3_exec(self.handle, "BEGIN", nil, nil, nil)
      do {
        let r = try body(self)
        sqlite3_exec(self.handle, "COMMIT", nil, nil, nil)
        return r
      } catch {
        sqlite3_exec(self.handle, "ROLLBACK", nil, nil, nil)
        throw error
      }
    }
  }
  func close() async { pool.stop() }
  func tableExists(_ name: String) throws -> Bool { true }
  func afterCommit(_ body: @escaping @Sendable () -> Void) { body() }
  var forUpdate: String { "" }
  var forUpdateSkippingLocked: String { "" }
  func execute(_ sql: String, _ values: [any SQLValueConvertible]) throws -> Int {
    _ = try query(sql, values)
    return Int(sqlite3_changes(handle))
  }
  func query(_ sql: String, _ values: [any SQLValueConvertible]) throws -> [Row] {
    var s: OpaquePointer?
    let sql = (1...9).reversed().reduce(sql) {
      $0.split(separator: "$\($1)", omittingEmptySubsequences: false).joined(separator: "?\($1)")
    }
    guard sqlite3_prepare_v2(handle, sql, -1, &s, nil) == SQLITE_OK else {
      throw DatabaseError.statement(String(cString: sqlite3_errmsg(handle)))
    }
    defer { sqlite3_finalize(s) }
    let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    for (i, v) in values.enumerated() {
      switch v.sqlValue {
      case .null: sqlite3_bind_null(s, Int32(i + 1))
      case .integer(let n): sqlite3_bind_int64(s, Int32(i + 1), n)
      case .text(let t): sqlite3_bind_text(s, Int32(i + 1), t, -1, transient)
      case .blob(let b): sqlite3_bind_blob(s, Int32(i + 1), b, Int32(b.count), transient)
      }
    }
    var rows: [Row] = []
    while true {
      let code = sqlite3_step(s)
      if code == SQLITE_DONE { return rows }
      guard code == SQLITE_ROW else { throw DatabaseError.constraint(String(cString: sqlite3_errmsg(handle))) }
      rows.append(
        Row(
          (0..<sqlite3_column_count(s)).map { c in
            switch sqlite3_column_type(s, c) {
            case SQLITE_INTEGER: .integer(sqlite3_column_int64(s, c))
            case SQLITE_TEXT: .text(String(cString: sqlite3_column_text(s, c)))
            case SQLITE_BLOB:
              .blob(
                Array(
                  UnsafeRawBufferPointer(start: sqlite3_column_blob(s, c), count: Int(sqlite3_column_bytes(s, c)))))
            default: .null
            }
          }))
    }
  }
}
