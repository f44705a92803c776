import Core

/// The only types that are stored.
package enum SQLValue: Sendable, Hashable {
  case null
  case integer(Int64)
  case text(String)
  case blob([UInt8])
}

/// What may be bound to a parameter and read from a column.
package protocol SQLValueConvertible: Sendable {
  var sqlValue: SQLValue { get }
  /// Nil when the column holds something else.
  init?(sqlValue: SQLValue)
}

extension SQLValue: SQLValueConvertible {
  package var sqlValue: SQLValue { self }
  package init?(sqlValue: SQLValue) { self = sqlValue }
}

extension Int64: SQLValueConvertible {
  package var sqlValue: SQLValue { .integer(self) }
  package init?(sqlValue: SQLValue) {
    guard case .integer(let value) = sqlValue else { return nil }
    self = value
  }
}

extension Int: SQLValueConvertible {
  package var sqlValue: SQLValue { .integer(Int64(self)) }
  package init?(sqlValue: SQLValue) {
    guard case .integer(let value) = sqlValue else { return nil }
    self = Int(value)
  }
}

extension Bool: SQLValueConvertible {
  package var sqlValue: SQLValue { .integer(self ? 1 : 0) }
  package init?(sqlValue: SQLValue) {
    guard case .integer(let value) = sqlValue else { return nil }
    self = value != 0
  }
}

extension String: SQLValueConvertible {
  package var sqlValue: SQLValue { .text(self) }
  package init?(sqlValue: SQLValue) {
    guard case .text(let value) = sqlValue else { return nil }
    self = value
  }
}

extension [UInt8]: SQLValueConvertible {
  package var sqlValue: SQLValue { .blob(self) }
  package init?(sqlValue: SQLValue) {
    guard case .blob(let value) = sqlValue else { return nil }
    self = value
  }
}

extension Bytes32: SQLValueConvertible {
  package var sqlValue: SQLValue { .blob(bytes) }
  package init?(sqlValue: SQLValue) {
    guard case .blob(let value) = sqlValue else { return nil }
    self.init(value)
  }
}

extension Timestamp: SQLValueConvertible {
  package var sqlValue: SQLValue { .integer(microseconds) }
  package init?(sqlValue: SQLValue) {
    guard case .integer(let value) = sqlValue else { return nil }
    self.init(microseconds: value)
  }
}

extension Optional: SQLValueConvertible where Wrapped: SQLValueConvertible {
  package var sqlValue: SQLValue { self?.sqlValue ?? .null }
  package init?(sqlValue: SQLValue) {
    if case .null = sqlValue {
      self = .none
    } else {
      guard let value = Wrapped(sqlValue: sqlValue) else { return nil }
      self = .some(value)
    }
  }
}

/// A row of an answer; columns are read by their place.
package struct Row: Sendable, Hashable {
  package let values: [SQLValue]

  package init(_ values: [SQLValue]) {
    self.values = values
  }

  /// - Throws: `DatabaseError.shape` when the column is missing or of another type.
  package func get<Value: SQLValueConvertible>(_ column: Int, as type: Value.Type = Value.self) throws -> Value {
    guard values.indices.contains(column) else { throw DatabaseError.shape("no column \(column)") }
    guard let value = Value(sqlValue: values[column]) else {
      throw DatabaseError.column(column, isNo: Value.self)
    }
    return value
  }

  // For what is read millions of times: `get`, generic and in another module, finds its types anew at each call.

  package func integer(_ column: Int) throws -> Int64 {
    guard values.indices.contains(column), case .integer(let value) = values[column] else {
      throw DatabaseError.column(column, isNo: Int64.self)
    }
    return value
  }

  package func text(_ column: Int) throws -> String {
    guard values.indices.contains(column), case .text(let value) = values[column] else {
      throw DatabaseError.column(column, isNo: String.self)
    }
    return value
  }

  package func bytes(_ column: Int) throws -> [UInt8] {
    guard values.indices.contains(column), case .blob(let value) = values[column] else {
      throw DatabaseError.column(column, isNo: [UInt8].self)
    }
    return value
  }

  package func bytes32(_ column: Int) throws -> Bytes32 {
    guard let value = Bytes32(try bytes(column)) else {
      throw DatabaseError.shape("column \(column) is not of 32 bytes")
    }
    return value
  }
}
