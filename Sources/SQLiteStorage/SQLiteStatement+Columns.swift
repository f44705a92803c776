import CSQLite
import Storage

extension SQLiteStatement {
  /// Runs for rows, so many at a time as the statement has parameters for: `$1`, `$2`, … are the columns of the first, and
  /// the next number is the first column of the second.
  ///
  /// - Returns: how many rows of the table were changed.
  func run(_ columns: [PinnedColumn], rows: Range<Int>) throws(DatabaseError) -> Int {
    guard !columns.isEmpty, valueCount.isMultiple(of: columns.count) else {
      throw .statement("\(columns.count) columns for \(valueCount) parameters")
    }
    let atOnce = valueCount / columns.count
    defer { reset() }
    var changes = 0
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: atOnce) {
      var parameter: Int32 = 1
      for row in first..<first + atOnce {
        for index in columns.indices {
          // What is bound stays so from one run to the next.
          if first == rows.lowerBound || !columns[index].isSame(row, row - atOnce) {
            try bind(columns[index], row, at: parameter)
          }
          parameter += 1
        }
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
