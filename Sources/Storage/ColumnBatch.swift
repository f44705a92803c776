import Core

/// The values of one column, a row after the other. By type, and not as `SQLValue`, so that thousands go to the engine
/// without being looked at one by one.
package enum SQLColumn: Sendable, Hashable {
  case integers([Int64])
  case optionalIntegers([Int64?])
  case texts([String])
  case packedTexts(PackedTexts)
  case optionalTexts([String?])
  case blobs([[UInt8]])
  case optionalBlobs([[UInt8]?])
  /// Blobs of 32 bytes.
  case bytes32([Bytes32])

  package var count: Int {
    switch self {
    case .integers(let values): values.count
    case .optionalIntegers(let values): values.count
    case .texts(let values): values.count
    case .packedTexts(let values): values.count
    case .optionalTexts(let values): values.count
    case .blobs(let values): values.count
    case .optionalBlobs(let values): values.count
    case .bytes32(let values): values.count
    }
  }
}

/// Rows to be inserted, column by column: `["id": .integers(ids), "name": .texts(names)]`.
package struct ColumnBatch: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  package let names: [String]
  package let columns: [SQLColumn]
  /// How many rows.
  package let count: Int

  /// - Precondition: a name for each column, at least one, and all columns of one length.
  package init(names: [String], columns: [SQLColumn]) {
    precondition(names.count == columns.count && !names.isEmpty, "each column has a name")
    count = columns[0].count
    precondition(columns.allSatisfy { [count] in $0.count == count }, "all columns have as many rows")
    self.names = names
    self.columns = columns
  }

  package init(dictionaryLiteral elements: (String, SQLColumn)...) {
    self.init(names: elements.map(\.0), columns: elements.map(\.1))
  }

  /// `$1, $2, …`, one for each column.
  package var parameters: String { parameters(from: 1) }

  /// `($1, $2, …), ($3, …`, one for each column of so many rows.
  package func parameters(rows: Int) -> String {
    (0..<rows).map { "(\(parameters(from: $0 * columns.count + 1)))" }.joined(separator: ", ")
  }

  private func parameters(from first: Int) -> String {
    (first..<first + columns.count).map { "$\($0)" }.joined(separator: ", ")
  }
}
