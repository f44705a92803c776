import Core
import Storage

/// What brought points, and what took them back: what a trial of rules goes through.
package protocol EarningHistory: Sendable {
  /// Accruals and reversals in the order of the journal.
  ///
  /// - Parameter sequence: the place in the journal after which to begin.
  /// - Returns: none at the end.
  func entries(after sequence: Int64, limit: Int) async throws -> [Decided]
}

extension EarningHistory {
  /// Goes through all of it, page by page.
  package func run(_ trial: RuleTrial, pageSize: Int = 10_000) async throws -> RuleTrial {
    var trial = trial
    var last: Int64 = 0
    while true {
      let page = try await entries(after: last, limit: pageSize)
      guard let end = page.last else { return trial }
      for entry in page { trial.take(entry) }
      last = end.entry.sequence
    }
  }
}

/// The journal of the ledger.
package struct JournalHistory: EarningHistory {
  private let database: any Database

  package init(_ database: any Database) {
    self.database = database
  }

  package func entries(after sequence: Int64, limit: Int) async throws -> [Decided] {
    try await database.read { connection in
      try connection.query(
        """
        SELECT sequence, account, number, type, points, source, target, at, available, held, previous, key, detail, hash
        FROM loyalty_transactions WHERE sequence > $1 AND type IN ($2, $3) ORDER BY sequence LIMIT $4
        """, [sequence, EntryType.accrual.rawValue, EntryType.reversal.rawValue, limit]
      ).map(Self.decided)
    }
  }

  private static func decided(_ row: Row) throws -> Decided {
    guard let type = EntryType(rawValue: try row.get(3)), let detail = EntryDetail(text: try row.get(12)) else {
      throw DatabaseError.shape("transaction \(try row.get(0, as: Int64.self)) cannot be read")
    }
    let entry = LedgerEntry(
      sequence: try row.get(0), account: try row.get(1), number: try row.get(2), type: type, points: try row.get(4),
      from: try row.get(5), to: try row.get(6), at: try row.get(7), available: try row.get(8), held: try row.get(9),
      previous: try row.get(10), key: try row.get(11), detail: try row.get(12), hash: try row.get(13))
    return Decided(entry: entry, detail: detail)
  }
}
