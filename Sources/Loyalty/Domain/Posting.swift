import Core

/// What became of a command: the transaction, and the account after it.
package struct Posting: Sendable, Hashable {
  package let entry: LedgerEntry
  package let detail: EntryDetail
  package let account: AccountID
  /// After the whole command: what a capture releases comes after its own transaction.
  package let available: Int64
  package let held: Int64
  package let version: Int64
  package let tier: String
  /// Whether it was done by an earlier request with this key.
  package var isReplay = false

  package var id: TransactionID { TransactionID(entry) }
  package var balance: Int64 { available + held }
}

/// What is kept with a key: all that a repeat is answered with, beside the transaction itself.
package struct Outcome: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// The sequences of the command's transaction and of the last that it made; the tier after it.
    case posted(sequence: Int64, last: Int64, tier: String)
    case refused(LedgerRefusal)
  }

  package let fingerprint: Bytes32
  package let kind: Kind
}
