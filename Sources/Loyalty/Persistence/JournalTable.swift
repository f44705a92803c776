import Core
import Security
import Storage

/// The journal: every transaction, in one order, only ever added to.
struct JournalTable: Sendable {
  /// Where the journal ends: the row that whoever posts locks first.
  struct Head: Sendable, Hashable {
    /// Of the last transaction.
    var sequence: Int64
    /// How many commits there were.
    var journal: Int64
    /// The hash over all of them.
    var root: Bytes32
    /// Of the last commit. Time does not go back in the journal, whatever the machine's clock does.
    var at: Timestamp
    var nextAccount: Int64
    /// How many transactions at the end the rows of accounts may not show yet.
    var behind: Int64

    static let noRoot = Bytes32.zero
  }

  /// A milestone stands at every so many transactions of an account.
  static let milestone: Int64 = 256

  static let columns =
    "sequence, account, number, type, points, source, target, at, available, held, previous, key, detail, hash"

  func head(in connection: any Connection, locking: Bool = false) throws -> Head {
    let rows = try connection.query(
      "SELECT sequence, journal, root, at, next_account, behind FROM loyalty_head WHERE id = 1"
        + (locking ? connection.forUpdate : ""))
    guard let row = rows.first else { throw DatabaseError.shape("loyalty_head is empty") }
    return Head(
      sequence: try row.get(0), journal: try row.get(1), root: try row.get(2, as: Bytes32?.self) ?? Head.noRoot,
      at: try row.get(3), nextAccount: try row.get(4), behind: try row.get(5))
  }

  func find(_ sequences: [Int64], in connection: any Connection) throws -> [Int64: Decided] {
    guard !sequences.isEmpty else { return [:] }
    return try connection.select(
      Self.columns, from: "loyalty_transactions", where: "sequence", isIn: .integers(sequences)
    ).reduce(into: [:]) { found, row in
      let decided = try Self.decided(row)
      found[decided.entry.sequence] = decided
    }
  }

  /// What the hashes of a commit's transactions are appended to, in order: the hash of it all is the commit's root.
  static func rootMessage(after previous: Bytes32) -> [UInt8] {
    Array("ringback/journal/1".utf8) + previous.bytes
  }

  static func decided(_ row: Row) throws -> Decided {
    guard let type = EntryType(rawValue: try row.integer(3)) else {
      throw DatabaseError.shape("loyalty_transactions.type")
    }
    guard let detail = EntryDetail(text: try row.text(12)) else {
      throw DatabaseError.shape("loyalty_transactions.detail")
    }
    let entry = LedgerEntry(
      sequence: try row.integer(0), account: try row.integer(1), number: try row.integer(2), type: type,
      points: try row.integer(4), from: try row.integer(5), to: try row.integer(6),
      at: Timestamp(microseconds: try row.integer(7)), available: try row.integer(8), held: try row.integer(9),
      previous: try row.integer(10), hash: try row.bytes32(13))
    return Decided(entry: entry, detail: detail)
  }
}
