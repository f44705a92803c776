import CSQLite
import Storage

extension SQLiteStatement {
  /// Runs once for each row, whose columns are the parameters `$1`, `$2`, ….
  ///
  /// - Returns: how many rows of the table were changed.
  func run(_ columns: [PinnedColumn], rows: Int) throws(DatabaseError) -> Int {
    guard columns.count == valueCount else {
      throw .statement("\(columns.count) columns for \(valueCount) parameters")
    }
    defer { reset() }
    var changes = 0
    for row in 0..<rows {
      // What is bound stays so from row to row.
      for index in columns.indices where !columns[index].repeats(row) {
        try bind(columns[index], row, at: Int32(index) + 1)
      }
      while try step() {}
      changes += Int(sqlite3_changes64(database))
      sqlite3_reset(statement)
    }
    return changes
  }

  /// Runs once for each value of `column` that is not NULL, the parameter `$1`.
  func rows(_ column: PinnedColumn) throws(DatabaseError) -> [Row] {
    guard valueCount == 1 else { throw .statement("1 value for \(valueCount) parameters") }
    defer { reset() }
    var rows: [Row] = []
    for row in column.distinctRows {
      try bind(column, row, at: 1)
      while try step() { rows.append(try self.row()) }
      sqlite3_reset(statement)
    }
    return rows
  }

  /// No destructor is `SQLITE_STATIC`: the bytes stay where they are.
  private func bind(_ column: PinnedColumn, _ row: Int, at index: Int32) throws(DatabaseError) {
    let result: Int32
    if column.isNull(row) {
      result = sqlite3_bind_null(statement, index)
    } else {
      switch column.kind {
      case .integers:
        result = sqlite3_bind_int64(statement, index, column.integer(row))
      case .texts:
        result = sqlite3_bind_text64(
          statement, index, UnsafeRawPointer(column.start(row)).assumingMemoryBound(to: CChar.self),
          UInt64(column.length(row)), nil, UInt8(SQLITE_UTF8))
      case .blobs:
        result = sqlite3_bind_blob64(statement, index, column.start(row), UInt64(column.length(row)), nil)
      }
    }
    guard result == SQLITE_OK else { throw .sqlite(result, in: database) }
  }
}
