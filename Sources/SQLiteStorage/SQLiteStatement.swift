import CSQLite
import Glibc
import Storage

/// A prepared statement; on the thread of its connection.
final class SQLiteStatement {
  struct Outcome {
    var rows: [Row] = []
    /// Rows inserted, updated or deleted.
    var changes = 0
  }

  let statement: OpaquePointer
  let database: OpaquePointer
  /// Which value each of SQLite's parameters takes: it numbers `$2` first if that comes first.
  private let sources: [Int]
  let valueCount: Int
  /// Changes nothing.
  let isReading: Bool
  private let isChange: Bool

  init(_ sql: String, in database: OpaquePointer) throws(DatabaseError) {
    var statement: OpaquePointer?
    let result = sqlite3_prepare_v3(database, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard result == SQLITE_OK, let statement else { throw .sqlite(result, in: database) }
    self.statement = statement
    self.database = database
    var sources: [Int] = []
    for index in 0..<sqlite3_bind_parameter_count(statement) {
      let name = sqlite3_bind_parameter_name(statement, index + 1).map { String(cString: $0) } ?? "?"
      guard name.hasPrefix("$"), let number = Int(name.dropFirst()), number > 0 else {
        sqlite3_finalize(statement)
        throw .statement("parameters are written $1, $2, …, not \(name)")
      }
      sources.append(number - 1)
    }
    self.sources = sources
    valueCount = sources.max().map { $0 + 1 } ?? 0
    let verb = SQLText(sql).words.first ?? ""
    isReading = sqlite3_stmt_readonly(statement) != 0
    isChange = !isReading && ["INSERT", "UPDATE", "DELETE", "WITH"].contains(verb)
  }

  func finalize() {
    sqlite3_finalize(statement)
  }

  @discardableResult
  func run(_ values: [any SQLValueConvertible]) throws(DatabaseError) -> Outcome {
    defer { reset() }
    try start(values)
    var outcome = Outcome()
    let columns = sqlite3_column_count(statement)
    while try step() {
      if columns > 0 { outcome.rows.append(try row()) }
    }
    if isChange { outcome.changes = Int(sqlite3_changes64(database)) }
    return outcome
  }

  /// Makes ready for `step`; `reset` in the end, whatever happens.
  func start(_ values: [any SQLValueConvertible]) throws(DatabaseError) {
    guard values.count == valueCount else {
      throw .statement("\(values.count) values for \(valueCount) parameters")
    }
    for (index, source) in sources.enumerated() { try bind(values[source].sqlValue, at: Int32(index) + 1) }
  }

  /// - Returns: whether there is a row.
  func step() throws(DatabaseError) -> Bool {
    switch sqlite3_step(statement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let result: throw .sqlite(result, in: database)
    }
  }

  func reset() {
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
  }

  private func bind(_ value: SQLValue, at index: Int32) throws(DatabaseError) {
    let result: Int32
    switch value {
    case .null:
      result = sqlite3_bind_null(statement, index)
    case .integer(let number):
      result = sqlite3_bind_int64(statement, index, number)
    case .text(var text):
      guard let bound = text.withUTF8({ bind($0, at: index) }) else {
        throw .statement("text that is stored must not hold a NUL character")
      }
      result = bound
    case .blob(let bytes) where bytes.isEmpty:
      // A null pointer would bind NULL.
      result = sqlite3_bind_zeroblob(statement, index, 0)
    case .blob(let bytes):
      result = sqlite3_bind_blob64(statement, index, bytes, UInt64(bytes.count), ringback_sqlite_transient())
    }
    guard result == SQLITE_OK else { throw .sqlite(result, in: database) }
  }

  /// With its length: what looks for a NUL need not be followed by another that looks for the end.
  ///
  /// - Returns: nil for text that holds a NUL.
  private func bind(_ text: UnsafeBufferPointer<UInt8>, at index: Int32) -> Int32? {
    // A null pointer would bind NULL.
    guard let start = text.baseAddress else {
      return sqlite3_bind_text(statement, index, "", 0, ringback_sqlite_transient())
    }
    guard memchr(start, 0, text.count) == nil else { return nil }
    return start.withMemoryRebound(to: CChar.self, capacity: text.count) {
      sqlite3_bind_text64(
        statement, index, $0, UInt64(text.count), ringback_sqlite_transient(), UInt8(SQLITE_UTF8))
    }
  }

  /// The row that `step` has found.
  func row() throws(DatabaseError) -> Row {
    var values: [SQLValue] = []
    let columns = sqlite3_column_count(statement)
    values.reserveCapacity(Int(columns))
    for column in 0..<columns { values.append(try value(column)) }
    return Row(values)
  }

  private func value(_ column: Int32) throws(DatabaseError) -> SQLValue {
    switch sqlite3_column_type(statement, column) {
    case SQLITE_NULL: return .null
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
    case SQLITE_TEXT:
      guard let start = sqlite3_column_text(statement, column) else { return .text("") }
      let count = Int(sqlite3_column_bytes(statement, column))
      return .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
    case SQLITE_BLOB:
      guard let start = sqlite3_column_blob(statement, column) else { return .blob([]) }
      return .blob(Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))))
    default: throw .shape("column \(column) holds a number with a fraction")
    }
  }
}

/// The row that `step` has found.
extension SQLiteStatement: RowCursor {
  func isNull(_ column: Int) -> Bool { sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL }

  func integer(_ column: Int) throws(DatabaseError) -> Int64 {
    guard sqlite3_column_type(statement, Int32(column)) == SQLITE_INTEGER else {
      throw .column(column, isNo: Int64.self)
    }
    return sqlite3_column_int64(statement, Int32(column))
  }

  func integers(from column: Int, into numbers: inout MutableSpan<Int64>) throws(DatabaseError) {
    let count = Int32(numbers.count)
    let read = numbers.withUnsafeMutableBufferPointer {
      ringback_sqlite_integers(statement, Int32(column), count, $0.baseAddress)
    }
    guard read == count else { throw .column(column + Int(read), isNo: Int64.self) }
  }

  func text(_ column: Int) throws(DatabaseError) -> UnsafeRawBufferPointer {
    try stored(column, SQLITE_TEXT, isNo: String.self)
  }

  func bytes(_ column: Int) throws(DatabaseError) -> UnsafeRawBufferPointer {
    try stored(column, SQLITE_BLOB, isNo: [UInt8].self)
  }

  private func stored(
    _ column: Int, _ kind: Int32, isNo type: Any.Type
  ) throws(DatabaseError) -> UnsafeRawBufferPointer {
    var start: UnsafeRawPointer?
    let count = ringback_sqlite_bytes(statement, Int32(column), kind, &start)
    guard count >= 0 else { throw .column(column, isNo: type) }
    return UnsafeRawBufferPointer(start: start, count: Int(count))
  }
}
