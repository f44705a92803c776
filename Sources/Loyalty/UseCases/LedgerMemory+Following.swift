import Core
import Storage

extension LedgerMemory {
  private static let page = 8_192

  /// Brings what is known up to the end of the journal: another process may have posted, or an earlier run of this one has
  /// left rows behind.
  ///
  /// - Throws: `DatabaseError`.
  func follow(_ end: JournalTable.Head, in connection: any Connection) throws {
    guard head != end else { return }
    guard end.behind > 0, let known = head, try isBefore(known, end, in: connection) else {
      forget()
      try take(after: end.sequence - end.behind, to: end, in: connection)
      return
    }
    rowsMayHaveChanged()
    try take(after: known.sequence, to: end, in: connection)
  }

  /// Whether what is known is of this journal, and of no earlier time than rows may be.
  private func isBefore(
    _ known: JournalTable.Head, _ end: JournalTable.Head, in connection: any Connection
  ) throws -> Bool {
    guard known.sequence >= end.sequence - end.behind, known.sequence <= end.sequence else { return false }
    let rows = try connection.query("SELECT root FROM loyalty_journal WHERE number = $1", [known.journal])
    return try rows.first.map { try $0.get(0) == known.root } ?? (known.journal == 0)
  }

  private func take(after start: Int64, to end: JournalTable.Head, in connection: any Connection) throws {
    var sequence = start
    while sequence < end.sequence {
      let last = min(sequence + Int64(Self.page), end.sequence)
      do {
        try take(after: sequence, through: last, in: connection)
      } catch let flaw as LedgerBreak {
        throw DatabaseError.shape("\(flaw)")
      }
      sequence = last
    }
    move(to: end)
  }

  private func take(after first: Int64, through last: Int64, in connection: any Connection) throws {
    var transactions = StoredEntries()
    var missing: Set<Int64> = []
    try connection.forEach(JournalPage.sql, [first, last]) { row in
      try JournalPage.read(row, into: &transactions)
      let account = try row.integer(1)
      if slot(of: account) == nil { missing.insert(account) }
    }
    for account in try AccountTable().load(Array(missing), in: connection) { insert(account, isStored: true) }
    var detail = EntryDetail()
    for index in transactions.indices {
      try transactions.with(index) { (stored) throws(LedgerBreak) in try take(stored, &detail) }
    }
  }

  /// - Parameter detail: room for that of the transaction.
  private func take(_ stored: StoredEntry, _ detail: inout EntryDetail) throws(LedgerBreak) {
    let entry = stored.entry
    func flaw(_ what: String) -> LedgerBreak {
      LedgerBreak(
        "loyalty_transactions", "sequence \(entry.sequence)", "account \(entry.account)",
        expected: "what follows from its row", found: what)
    }
    guard let slot = slot(of: entry.account) else { throw flaw("no row") }
    guard entry.number > accounts[slot].version else { return }
    guard detail.readEffect(of: stored.detail) else { throw flaw("a detail that cannot be read") }
    do {
      try accounts[slot].record(entry, detail)
    } catch {
      throw flaw("\(error)")
    }
    didFollow(slot)
  }
}
