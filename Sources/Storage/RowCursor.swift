import Core

/// The row that is being read, where the engine has it: nothing is copied, so that millions can be read. Valid until the
/// closure that was given it returns.
package protocol RowCursor {
  /// Also of a column that is not there.
  func isNull(_ column: Int) -> Bool

  /// - Throws: `DatabaseError.shape` when the column is missing or of another type.
  func integer(_ column: Int) throws(DatabaseError) -> Int64

  /// As many columns one behind the other as there is room for, in one call.
  ///
  /// - Throws: `DatabaseError.shape` when one is missing or of another type.
  func integers(from column: Int, into numbers: inout MutableSpan<Int64>) throws(DatabaseError)

  /// UTF-8, as it is stored.
  ///
  /// - Throws: `DatabaseError.shape` when the column is missing or of another type.
  func text(_ column: Int) throws(DatabaseError) -> UnsafeRawBufferPointer

  /// - Throws: `DatabaseError.shape` when the column is missing or of another type.
  func bytes(_ column: Int) throws(DatabaseError) -> UnsafeRawBufferPointer
}

extension RowCursor {
  package func integers(from column: Int, into numbers: inout MutableSpan<Int64>) throws(DatabaseError) {
    for index in numbers.indices { numbers[index] = try integer(column + index) }
  }

  package func optionalInteger(_ column: Int) throws(DatabaseError) -> Int64? {
    isNull(column) ? nil : try integer(column)
  }

  package func bytes32(_ column: Int) throws(DatabaseError) -> Bytes32 {
    let bytes = try bytes(column)
    guard bytes.count == Bytes32.count else { throw .shape("column \(column) is not of 32 bytes") }
    return Bytes32(bytes)
  }

  package func string(_ column: Int) throws(DatabaseError) -> String {
    String(decoding: try text(column), as: UTF8.self)
  }
}

extension DatabaseError {
  /// Of `RowCursor` and `Row`.
  package static func column(_ column: Int, isNo type: Any.Type) -> DatabaseError {
    .shape("column \(column) is no \(type)")
  }
}
