import Core
import Storage

/// The tables that are compared as a whole: where the journal ends, the books, the milestones, the reversals.
enum LedgerEnds {
  static func check(_ replay: LedgerReplay, in connection: any Connection) throws {
    try checkHead(replay, in: connection)
    try checkBooks(replay, in: connection)
    try checkMilestones(replay, in: connection)
    try checkReversals(replay, in: connection)
  }

  static func head(in connection: any Connection) throws -> JournalTable.Head {
    do {
      return try JournalTable().head(in: connection)
    } catch DatabaseError.shape(let reason) {
      throw LedgerBreak("loyalty_head", "id 1", "the row", expected: "where the journal ends", found: reason)
    }
  }

  private static func checkHead(_ replay: LedgerReplay, in connection: any Connection) throws {
    func flaw(_ what: String, _ expected: some Any, _ found: some Any) -> LedgerBreak {
      LedgerBreak("loyalty_head", "id 1", what, expected: "\(expected)", found: "\(found)")
    }
    let head = try head(in: connection)
    for (what, expected, found) in [
      ("sequence", replay.sequence, head.sequence), ("journal", replay.journal, head.journal),
      ("at", replay.at.microseconds, head.at.microseconds), ("next_account", replay.nextAccount, head.nextAccount),
    ] where expected != found { throw flaw(what, expected, found) }
    guard (0...head.sequence).contains(head.behind) else { throw flaw("behind", "0 to \(head.sequence)", head.behind) }
    guard head.root == replay.root else { throw flaw("root", replay.root.hex, head.root.hex) }
    for (table, column, last) in [
      ("loyalty_transactions", "sequence", replay.sequence), ("loyalty_journal", "number", replay.journal),
      ("loyalty_accounts", "id", replay.nextAccount - 1), ("loyalty_head", "id", 1),
    ] {
      let rows = try connection.query("SELECT \(column) FROM \(table) WHERE \(column) > $1 LIMIT 1", [last])
      if let row = rows.first {
        throw LedgerBreak(
          table, "\(column) \(try row.get(0, as: Int64.self))", "the row", expected: "none after \(last)", found: "one")
      }
    }
  }

  private static func checkBooks(_ replay: LedgerReplay, in connection: any Connection) throws {
    let rows = try connection.query("SELECT account, balance FROM loyalty_books ORDER BY account")
    var stored: [Int64: Int64] = [:]
    for row in rows { stored[try row.get(0)] = try row.get(1, as: Int64.self) }
    for account in BookAccount.allCases {
      let expected = replay.books[Int(account.rawValue)]
      let found = stored.removeValue(forKey: account.rawValue)
      guard found == expected else {
        throw LedgerBreak(
          "loyalty_books", "account \(account.rawValue)", "balance", expected: "\(expected)",
          found: found.map { "\($0)" } ?? "no row")
      }
    }
    if let other = stored.keys.min() {
      throw LedgerBreak("loyalty_books", "account \(other)", "the row", expected: "none", found: "one")
    }
    // What follows from the transactions one by one, said of all of them.
    let (available, held) = replay.accounts.reduce((Int64(0), Int64(0))) { ($0.0 + $1.available, $0.1 + $1.held) }
    let sum = replay.books.reduce(available, +)
    guard sum == 0 else { throw LedgerBreak("loyalty_books", "all", "their sum", expected: "0", found: "\(sum)") }
    let setAside = replay.books[Int(BookAccount.held.rawValue)]
    guard setAside == held else {
      throw LedgerBreak("loyalty_books", "account 2", "what is held", expected: "\(held)", found: "\(setAside)")
    }
  }

  private static func checkMilestones(_ replay: LedgerReplay, in connection: any Connection) throws {
    var expected = Set(replay.milestones)
    try connection.forEach("SELECT account, number, sequence, at FROM loyalty_milestones") { row in
      let mark = LedgerReplay.Mark(
        account: try row.integer(0), number: try row.integer(1), sequence: try row.integer(2),
        at: Timestamp(microseconds: try row.integer(3)))
      guard expected.remove(mark) != nil else {
        throw LedgerBreak(
          "loyalty_milestones", "account \(mark.account), number \(mark.number)", "sequence and at",
          expected: "those of that transaction", found: "\(mark.sequence) and \(mark.at.microseconds)")
      }
    }
    if let missing = expected.min(by: { $0.sequence < $1.sequence }) {
      throw LedgerBreak(
        "loyalty_milestones", "account \(missing.account), number \(missing.number)", "the row",
        expected: "sequence \(missing.sequence)", found: "none")
    }
  }

  /// Each gave back what it reverses, and has the key that keeps it from happening again.
  private static func checkReversals(_ replay: LedgerReplay, in connection: any Connection) throws {
    let all = replay.reversals.keys.sorted()
    for start in stride(from: 0, to: all.count, by: VerifyLedger.page) {
      let reversed = Array(all[start..<min(start + VerifyLedger.page, all.count)])
      let originals = try JournalTable().find(reversed, in: connection)
      let keys = try ProcessedEventTable().find(reversed.map(ProcessedEventTable.reversalKey), in: connection)
      for sequence in reversed {
        guard let mark = replay.reversals[sequence] else { continue }
        guard let original = originals[sequence]?.entry, original.account == mark.account,
          original.points == mark.number
        else {
          throw LedgerBreak(
            "loyalty_transactions", "sequence \(mark.sequence)", "reverses",
            expected: "\(mark.number) points of account \(mark.account)", found: "transaction \(sequence)")
        }
        guard keys[ProcessedEventTable.reversalKey(sequence)] != nil else {
          throw LedgerBreak(
            "loyalty_processed_events", "key \(ProcessedEventTable.reversalKey(sequence))", "the row", expected: "one",
            found: "none")
        }
      }
    }
  }
}
