import Core
import Storage

/// What became of the keys that a book was asked for: by earlier books, as the table says, and by this one.
struct KnownOutcomes {
  private let table = ProcessedEventTable()
  private var earlier: [String: Outcome] = [:]
  /// Where in `records` a key stands.
  private var own: [String: Int] = [:]
  private var records: [ProcessedEventTable.Record] = []

  mutating func reserve(_ count: Int) {
    own.reserveCapacity(count)
    records.reserveCapacity(count)
  }

  /// Nil for a key that nobody has used, or that was not read.
  subscript(_ key: String) -> Outcome? {
    if let place = own[key] { return records[place].outcome }
    return earlier.isEmpty ? nil : earlier[key]
  }

  /// Asks the table.
  mutating func read(_ keys: [String], in connection: any Connection) throws {
    guard !keys.isEmpty else { return }
    earlier.merge(try table.find(keys, in: connection)) { known, _ in known }
  }

  /// - Parameter keptUntil: nil for ever.
  mutating func record(_ key: String, _ outcome: Outcome, keptUntil: Timestamp?) {
    own[key] = records.count
    records.append(ProcessedEventTable.Record(key: key, outcome: outcome, keptUntil: keptUntil))
  }

  /// Writes what this book has made of keys.
  func write(in connection: any Connection) throws {
    try table.insert(records, in: connection)
  }
}
