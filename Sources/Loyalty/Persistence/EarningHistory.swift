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
        SELECT \(JournalTable.columns) FROM loyalty_transactions
        WHERE sequence > $1 AND type IN ($2, $3) ORDER BY sequence LIMIT $4
        """, [sequence, EntryType.accrual.rawValue, EntryType.reversal.rawValue, limit]
      ).map(JournalTable.decided)
    }
  }
}
