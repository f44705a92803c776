import Core
import Glibc
import Storage

/// A stretch of the journal as it is stored, with the lines of its commits.
struct JournalPage: Sendable {
  /// After the first sequence, up to the second.
  static let sql = """
    SELECT \(JournalTable.columns) FROM loyalty_transactions WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence
    """

  private(set) var entries = StoredEntries()
  private var commits: [LedgerReplay.Commit] = []
  /// How many commits, from the beginning of the journal, end with the stretch or before.
  private(set) var wholeCommits: Int64
  /// What could not be read, after all that could.
  private var flaw: LedgerBreak?

  /// - Parameters:
  ///   - sequence: read on after it.
  ///   - commits: how many commits end there or before.
  init(after sequence: Int64, commits count: Int64, through last: Int64, in connection: any Connection) throws {
    wholeCommits = count
    entries.reserve(Int(VerifyLedger.stretch))
    do {
      try connection.forEach(Self.sql, [sequence, last]) { try Self.read($0, into: &entries) }
    } catch let unreadable as LedgerBreak {
      flaw = unreadable
    }
    let end = entries.last?.sequence ?? sequence
    struct Enough: Error {}
    do {
      try connection.forEach(
        "SELECT number, last_sequence, root, at FROM loyalty_journal WHERE number > $1 ORDER BY number",
        [count == 0 ? Int64.min : count]
      ) { row in
        let commit = LedgerReplay.Commit(
          number: try row.integer(0), lastSequence: try row.integer(1), root: try row.bytes32(2),
          at: Timestamp(microseconds: try row.integer(3)))
        commits.append(commit)
        if commit.lastSequence <= end { wholeCommits = commit.number }
        if commit.lastSequence >= end { throw Enough() }
      }
    } catch is Enough {}
  }

  func replay(into replay: inout LedgerReplay) throws(LedgerBreak) {
    var place = 0
    var detail = EntryDetail()
    for index in entries.indices {
      try entries.with(index) { (entry) throws(LedgerBreak) in
        guard place < commits.count else {
          throw LedgerBreak(
            "loyalty_journal", "number \(replay.journal + 1)", "the row",
            expected: "the commit of \(entry.entry.sequence)", found: "none")
        }
        try replay.take(entry, &detail, of: commits[place])
        if replay.sequence >= commits[place].lastSequence { place += 1 }
      }
    }
    if let flaw { throw flaw }
  }

  /// - Parameter row: `JournalTable.columns`.
  static func read(_ row: any RowCursor, into entries: inout StoredEntries) throws(LedgerBreak) {
    do throws(DatabaseError) {
      var numbers = InlineArray<11, Int64>(repeating: 0)
      var span = numbers.mutableSpan
      try row.integers(from: 0, into: &span)
      guard let type = EntryType(rawValue: numbers[3]) else {
        throw DatabaseError.shape("loyalty_transactions.type")
      }
      let entry = LedgerEntry(
        sequence: numbers[0], account: numbers[1], number: numbers[2], type: type, points: numbers[4],
        from: numbers[5], to: numbers[6], at: Timestamp(microseconds: numbers[7]), available: numbers[8],
        held: numbers[9], previous: numbers[10], hash: try row.bytes32(13))
      entries.append(entry, key: try row.text(11), detail: try row.text(12))
    } catch {
      throw LedgerBreak("loyalty_transactions", "sequence", of: row, isNo: "a transaction", error)
    }
  }
}

/// Accounts as they are stored.
enum AccountPage {
  static let sql = "SELECT \(AccountTable.columns), due_at FROM loyalty_accounts"

  /// Whether the row is that of an account to the byte, as nearly all are; its tag is not looked at.
  ///
  /// - Parameter room: for the bytes.
  static func isPlain(_ row: any RowCursor, of account: LedgerAccount, in room: inout [UInt8]) -> Bool {
    var numbers = InlineArray<7, Int64>(repeating: 0)
    var span = numbers.mutableSpan
    do throws(DatabaseError) {
      try row.integers(from: 0, into: &span)
      guard numbers[0] == account.id, numbers[2] == account.status.rawValue, numbers[3] == account.available,
        numbers[4] == account.held, numbers[5] == account.version, numbers[6] == account.lastSequence,
        try row.bytes32(7) == account.head, try row.integer(9) == account.createdAt.microseconds,
        try row.optionalInteger(10) == account.nextDue?.microseconds
      else { return false }
      room.removeAll(keepingCapacity: true)
      account.appendState(to: &room)
      let state = try row.bytes(8)
      return room.withUnsafeBytes { $0.hasBytes(of: state) }
    } catch {
      return false
    }
  }

  static func account(_ row: any RowCursor) throws -> (account: LedgerAccount, dueAt: Timestamp?) {
    do {
      let account = try AccountTable.account(head: row.bytes32(7), state: Array(row.bytes(8))) { try row.integer($0) }
      return (account, try row.optionalInteger(10).map(Timestamp.init(microseconds:)))
    } catch let error as DatabaseError {
      throw LedgerBreak("loyalty_accounts", "id", of: row, isNo: "an account", error)
    }
  }
}

extension LedgerBreak {
  /// A row that cannot be read; its first column is its number.
  fileprivate init(_ table: String, _ key: String, of row: any RowCursor, isNo kind: String, _ error: DatabaseError) {
    let number = (try? row.integer(0)).map { "\($0)" } ?? ""
    let reason = if case .shape(let reason) = error { reason } else { "\(error)" }
    self.init(table, "\(key) \(number)", "the row", expected: kind, found: reason)
  }
}

/// What became of keys.
enum KeyPage {
  /// - Returns: how many were read, and the last of them.
  static func check(after key: String, in connection: any Connection) throws -> (count: Int, last: String?) {
    var count = 0
    var last: [UInt8] = []
    var others: [Row] = []
    try connection.forEach(
      """
      SELECT e.key, e.sequence, e.last_sequence, e.outcome, t.key
        FROM loyalty_processed_events e LEFT JOIN loyalty_transactions t ON t.sequence = e.sequence
        WHERE e.key > $1 ORDER BY e.key LIMIT \(VerifyLedger.page)
      """, [key]
    ) { row in
      let key = try row.text(0)
      count += 1
      last.removeAll(keepingCapacity: true)
      last.append(contentsOf: key)
      if try !isPlain(row, key) {
        others.append(
          Row([
            .text(try row.string(0)), .integer(try row.integer(1)), .integer(try row.integer(2)),
            .text(try row.string(3)), .integer(try hasKey(row, key) ? 1 : 0),
          ]))
      }
    }
    try check(others, in: connection)
    return (count, count == 0 ? nil : String(decoding: last, as: UTF8.self))
  }

  /// Whether it leads to the one transaction that has this key, as nearly all do.
  private static func isPlain(_ row: any RowCursor, _ key: UnsafeRawBufferPointer) throws -> Bool {
    guard try row.integer(1) == row.integer(2), try row.text(3).first != UInt8(ascii: "!") else {
      return false
    }
    return try hasKey(row, key)
  }

  /// Whether the transaction it leads to, if there is one, was made with this key.
  private static func hasKey(_ row: any RowCursor, _ key: UnsafeRawBufferPointer) throws -> Bool {
    try !row.isNull(4) && row.text(4).hasBytes(of: key)
  }

  private static func check(_ rows: [Row], in connection: any Connection) throws {
    let sequences = try rows.flatMap { [try $0.get(1, as: Int64.self), try $0.get(2, as: Int64.self)] }
    let found = try JournalTable().find(sequences.filter { $0 > 0 }, in: connection)
    for row in rows {
      let (key, first, last): (String, Int64, Int64) = (try row.get(0), try row.get(1), try row.get(2))
      func flaw(_ what: String, _ expected: String, _ found: String) -> LedgerBreak {
        LedgerBreak("loyalty_processed_events", "key \(key)", what, expected: expected, found: found)
      }
      let outcome: Outcome.Kind
      do {
        outcome = try ProcessedEventTable.kind(try row.get(3), sequence: first, last: last)
      } catch DatabaseError.shape {
        throw flaw("outcome", "a tier or what was refused", try row.get(3))
      }
      if case .refused = outcome {
        guard first == 0, last == 0 else { throw flaw("sequence", "0 of what was refused", "\(first)") }
        continue
      }
      guard let own = found[first] else { throw flaw("sequence", "a transaction", "\(first)") }
      if let reversed = reversed(key) {
        guard own.detail.reverses == reversed else { throw flaw("sequence", "the reversal of \(reversed)", "\(first)") }
      } else if try row.integer(4) == 0 {
        throw flaw("sequence", "the transaction of this key", "\(first)")
      }
      // Only a capture makes two: it releases what was not captured.
      let isRest = found[last].map { end in
        end.entry.previous == first && end.entry.type == .release && end.detail.hold == own.detail.hold
          && own.entry.type == .redemption
      }
      guard last == first || isRest == true else { throw flaw("last_sequence", "\(first)", "\(last)") }
    }
  }

  static func reversed(_ key: String) -> Int64? {
    key.hasPrefix(ProcessedEventTable.reversalPrefix)
      ? Int64(key.dropFirst(ProcessedEventTable.reversalPrefix.count)) : nil
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func hasBytes(of other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    guard let start = baseAddress, let second = other.baseAddress else { return true }
    return memcmp(start, second, count) == 0
  }
}
