import CPostgres
import Storage

/// Object ids of types (`pg_type.dat`): those that are stored, and those that expressions over them yield.
enum TypeID {
  static let boolean: UInt32 = 16
  static let bytes: UInt32 = 17
  static let name: UInt32 = 19
  static let bigInteger: UInt32 = 20
  static let smallInteger: UInt32 = 21
  static let integer: UInt32 = 23
  static let text: UInt32 = 25
  static let unknown: UInt32 = 705
  static let characters: UInt32 = 1043
  static let numeric: UInt32 = 1700
}

/// Values in the binary format, one behind the other.
struct PostgresParameters {
  private(set) var types: [UInt32] = []
  private var bytes: [UInt8] = []
  private var ranges: [Range<Int>?] = []

  var count: Int { ranges.count }

  init(_ values: [SQLValue]) throws(PostgresFailure) {
    for value in values {
      let start = bytes.count
      switch value {
      case .null:
        // The server takes the type from where it stands.
        types.append(0)
        ranges.append(nil)
        continue
      case .integer(let number):
        types.append(TypeID.bigInteger)
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
      case .text(let text):
        if text.utf8.contains(0) {
          throw PostgresFailure(.statement("text that is stored must not hold a NUL character"))
        }
        types.append(TypeID.text)
        bytes.append(contentsOf: text.utf8)
      case .blob(let blob):
        types.append(TypeID.bytes)
        bytes.append(contentsOf: blob)
      }
      ranges.append(start..<bytes.count)
    }
    // An empty value still needs an address, as null stands for NULL.
    bytes.append(0)
  }

  /// An array for each column. A NUL in a text is left to the server, which refuses it.
  init(_ columns: [SQLColumn]) {
    for column in columns {
      let start = bytes.count
      types.append(column.arrayType)
      bytes.append(arrayOf: column)
      ranges.append(start..<bytes.count)
    }
  }

  func withPointers<Result>(
    _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<Int32>, UnsafePointer<Int32>) -> Result
  ) -> Result {
    bytes.withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { buffer in
        let pointers = ranges.map { range in range.flatMap { buffer.baseAddress?.advanced(by: $0.lowerBound) } }
        return body(
          pointers, ranges.map { Int32($0?.count ?? 0) }, [Int32](repeating: 1, count: ranges.count))
      }
    }
  }
}

/// A server's answer.
final class PostgresResult {
  private let result: OpaquePointer

  init(_ result: OpaquePointer) {
    self.result = result
  }

  deinit {
    PQclear(result)
  }

  /// Whether it stands for the end of what was sent together.
  var isSync: Bool { PQresultStatus(result) == PGRES_PIPELINE_SYNC }

  var failure: PostgresFailure? {
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: nil
    default:
      PostgresFailure(
        code: field("C"), message: field("M").isEmpty ? String(cString: PQresultErrorMessage(result)) : field("M"),
        constraint: field("n"))
    }
  }

  /// The fields that `postgres_ext.h` calls SQLSTATE, MESSAGE_PRIMARY and CONSTRAINT_NAME.
  private func field(_ code: Character) -> String {
    PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { String(cString: $0) } ?? ""
  }

  /// Rows inserted, updated or deleted.
  var changes: Int {
    let command = String(cString: PQcmdStatus(result))
    guard ["INSERT", "UPDATE", "DELETE"].contains(where: command.hasPrefix) else { return 0 }
    return Int(String(cString: PQcmdTuples(result))) ?? 0
  }

  var rowCount: Int { Int(PQntuples(result)) }
  fileprivate var columnCount: Int { Int(PQnfields(result)) }

  func rows() throws(PostgresFailure) -> [Row] {
    var rows: [Row] = []
    rows.reserveCapacity(rowCount)
    for row in 0..<rowCount {
      var values: [SQLValue] = []
      values.reserveCapacity(columnCount)
      for column in 0..<columnCount {
        do throws(DatabaseError) {
          values.append(try value(Int32(row), Int32(column)).sqlValue)
        } catch {
          throw PostgresFailure(error)
        }
      }
      rows.append(Row(values))
    }
    return rows
  }

  /// A value where the answer has it.
  fileprivate enum Value {
    case null
    case integer(Int64)
    case text(UnsafeRawBufferPointer)
    case bytes(UnsafeRawBufferPointer)

    var sqlValue: SQLValue {
      switch self {
      case .null: .null
      case .integer(let number): .integer(number)
      case .text(let text): .text(String(decoding: text, as: UTF8.self))
      case .bytes(let bytes): .blob(Array(bytes))
      }
    }
  }

  fileprivate func value(_ row: Int32, _ column: Int32) throws(DatabaseError) -> Value {
    if PQgetisnull(result, row, column) == 1 { return .null }
    let raw = UnsafeRawBufferPointer(
      start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
    let type = PQftype(result, column)
    switch type {
    case TypeID.bigInteger, TypeID.integer, TypeID.smallInteger: return .integer(raw.bigEndianInteger)
    case TypeID.boolean: return .integer(raw.first == 1 ? 1 : 0)
    case TypeID.text, TypeID.characters, TypeID.name, TypeID.unknown: return .text(raw)
    case TypeID.bytes: return .bytes(raw)
    case TypeID.numeric:
      guard let whole = raw.wholeNumeric else {
        throw .shape("column \(column) holds a number that is not whole or does not fit 64 bits")
      }
      return .integer(whole)
    default: throw .shape("column \(column) is of a type that is not stored (\(type))")
    }
  }
}

/// A row of an answer.
struct PostgresRow: RowCursor {
  let result: PostgresResult
  let row: Int32

  private func value(_ column: Int) throws(DatabaseError) -> PostgresResult.Value {
    column < result.columnCount ? try result.value(row, Int32(column)) : .null
  }

  func isNull(_ column: Int) -> Bool {
    if case .null? = try? value(column) { true } else { false }
  }

  func integer(_ column: Int) throws(DatabaseError) -> Int64 {
    guard case .integer(let number) = try value(column) else { throw .column(column, isNo: Int64.self) }
    return number
  }

  func text(_ column: Int) throws(DatabaseError) -> UnsafeRawBufferPointer {
    guard case .text(let text) = try value(column) else { throw .column(column, isNo: String.self) }
    return text
  }

  func bytes(_ column: Int) throws(DatabaseError) -> UnsafeRawBufferPointer {
    guard case .bytes(let bytes) = try value(column) else { throw .column(column, isNo: [UInt8].self) }
    return bytes
  }
}

extension UnsafeRawBufferPointer {
  /// Two, four or eight bytes, with sign.
  fileprivate var bigEndianInteger: Int64 {
    let negative = first.map { $0 & 0x80 != 0 } ?? false
    return count == 8
      ? Int64(bigEndian: loadUnaligned(as: Int64.self)) : reduce(negative ? -1 : 0) { $0 << 8 | Int64($1) }
  }

  /// What `SUM` of BIGINT yields: digits of base 10,000 (`numeric_send`), each with the weight of its place.
  fileprivate var wholeNumeric: Int64? {
    guard count >= 8 else { return nil }
    func short(_ index: Int) -> Int64 { UnsafeRawBufferPointer(rebasing: self[index..<index + 2]).bigEndianInteger }
    let digits = Int(short(0))
    let weight = Int(short(2))
    guard count == 8 + 2 * digits, [0, 0x4000].contains(short(4)), digits <= weight + 1 || digits == 0, weight <= 4
    else {
      return nil
    }
    var value: Int64 = 0
    for place in stride(from: 0, through: digits == 0 ? -1 : weight, by: 1) {
      let digit = place < digits ? short(8 + 2 * place) : 0
      let (product, overflowed) = value.multipliedReportingOverflow(by: 10_000)
      let (sum, carried) = product.subtractingReportingOverflow(digit)
      if overflowed || carried { return nil }
      value = sum
    }
    // Gathered below zero, where there is room for one more.
    if short(4) == 0x4000 { return value }
    return value == .min ? nil : -value
  }
}
