/// Closes a customer's account for good. It is one more transaction, so that the proof knows of it: the last of the account,
/// which takes what is left. Look-ups still answer; whatever is posted is refused.
package struct CloseAccount: Sendable {
  package enum Refusal: Error, Sendable, Hashable {
    case accountNotFound
    /// It was closed before.
    case isClosed
    /// Points are held, such as for a reward that is on its way: whoever holds them needs the account still.
    case hasHolds(points: Int64)
  }

  private let ledger: Ledger

  package init(_ ledger: Ledger) {
    self.ledger = ledger
  }

  /// - Parameter reason: for the history; kept for ever, so no personal data.
  /// - Returns: the transaction, whose points were forfeited.
  /// - Throws: `Refusal`, `LedgerUnavailable`, `DatabaseError`.
  package func callAsFunction(_ id: AccountID, because reason: String) async throws -> Decided {
    try await ledger.transact { book in try book.closeAccount(id, because: reason) }
  }
}
