import Core
import Storage

/// Books out what is over, lots and holds, on accounts that nobody asks for. To be called every few seconds on every
/// instance: whoever comes first does it.
package struct SettleDue: Sendable {
  private let ledger: Ledger
  private let atOnce: Int

  /// - Parameter atOnce: how many accounts one commit settles at most.
  package init(_ ledger: Ledger, atOnce: Int = 256) {
    self.ledger = ledger
    self.atOnce = atOnce
  }

  /// - Returns: how many accounts were settled.
  /// - Throws: `LedgerUnavailable`, `DatabaseError`.
  @discardableResult
  package func callAsFunction() async throws -> Int {
    var settled = 0
    // Whether anything is due is asked without the line: mostly nothing is.
    while try await ledger.isAnythingDue() {
      let count = try await ledger.transact { [atOnce] book in try book.settleDue(atOnce) }
      settled += count
      if count < atOnce { break }
    }
    return settled
  }
}

/// Forgets the keys whose time is over.
package struct SweepLedgerKeys: Sendable {
  private let ledger: Ledger

  package init(_ ledger: Ledger) {
    self.ledger = ledger
  }

  /// - Returns: how many were forgotten.
  /// - Throws: `DatabaseError`.
  @discardableResult
  package func callAsFunction() async throws -> Int {
    var swept = 0
    while true {
      let now = ledger.time.now
      let count = try await ledger.database.write { try ProcessedEventTable().sweep(now: now, in: $0) }
      swept += count
      if count < ProcessedEventTable.sweptAtOnce { return swept }
    }
  }
}
