import Core
import Storage

/// An account's transactions, from the newest back, along the chain that each names the one before: no index is needed.
package struct AccountHistory: Sendable {
  private let journal = JournalTable()

  package init() {}

  /// The last transaction of an account at a time.
  ///
  /// A long history is entered at the first milestone after that time.
  package func last(
    of account: LedgerAccount, at moment: Timestamp, in connection: any Connection
  ) throws -> LedgerEntry? {
    let rows = try connection.query(
      """
      SELECT sequence FROM loyalty_milestones WHERE account = $1 AND at > $2 ORDER BY account, number LIMIT 1
      """, [account.id, moment])
    var sequence = try rows.first?.get(0, as: Int64.self) ?? account.lastSequence
    while sequence > 0, let decided = try journal.find([sequence], in: connection)[sequence] {
      if decided.entry.at <= moment { return decided.entry }
      sequence = decided.entry.previous
    }
    return nil
  }

  /// - Parameters:
  ///   - start: the first of the page; nil for the newest.
  ///   - since: where to end, if the account is older.
  /// - Returns: newest first; and the first of the next page. Nil if `start` is no transaction of the account.
  package func page(
    of account: LedgerAccount, from start: TransactionID?, limit: Int, since: Timestamp? = nil,
    in connection: any Connection
  ) throws -> (page: [Decided], next: TransactionID?)? {
    var page: [Decided] = []
    var sequence = start?.sequence ?? account.lastSequence
    while sequence > 0, let decided = try journal.find([sequence], in: connection)[sequence] {
      if page.isEmpty, let start {
        guard decided.entry.account == account.id, TransactionID(decided.entry) == start else { return nil }
      }
      if let since, decided.entry.at < since { break }
      if page.count == limit { return (page, TransactionID(decided.entry)) }
      page.append(decided)
      sequence = decided.entry.previous
    }
    return start != nil && page.isEmpty ? nil : (page, nil)
  }

  /// Where the transactions of a time stand in the journal, oldest first.
  package func sequences(
    of account: LedgerAccount, since: Timestamp, until: Timestamp, in connection: any Connection
  ) throws -> [Int64] {
    var sequences: [Int64] = []
    var next = try last(of: account, at: until, in: connection)
    while let entry = next, entry.at >= since {
      sequences.append(entry.sequence)
      next = try journal.find([entry.previous], in: connection)[entry.previous]?.entry
    }
    return sequences.reversed()
  }

  /// In the order of their sequences.
  package func lines(_ sequences: [Int64], in connection: any Connection) throws -> [Decided] {
    try journal.find(sequences, in: connection).values.sorted { $0.entry.sequence < $1.entry.sequence }
  }
}
