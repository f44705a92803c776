import Core

/// A transaction as it was decided, with what it says of itself.
package struct Decided: Sendable, Hashable {
  package let entry: LedgerEntry
  package let detail: EntryDetail
}

/// Transactions that were decided and are not written yet, in order, and their texts as they will stand in the journal.
package struct Decisions: Sendable {
  package private(set) var all: [Decided] = []
  package private(set) var keys = PackedTexts()
  /// `EntryDetail` as JSON.
  package private(set) var details = PackedTexts()

  package init() {}

  /// The transaction with that sequence.
  func find(_ sequence: Int64) -> Decided? {
    guard let first = all.first?.entry.sequence, sequence >= first, sequence - first < all.count else { return nil }
    return all[Int(sequence - first)]
  }

  /// Takes the texts of the next transaction, of which `add` takes the rest.
  ///
  /// - Parameters:
  ///   - entry: without its hash.
  ///   - key: `scope/key` of the request that made it; empty for what the ledger does by itself.
  ///   - previous: the hash of the account's transaction before it.
  /// - Returns: the entry with its hash.
  mutating func seal(
    _ entry: LedgerEntry, _ detail: EntryDetail, key: String, after previous: Bytes32
  ) -> LedgerEntry {
    var (entry, key) = (entry, key)
    detail.withText { detail in
      key.withUTF8 { key in
        entry.hash = entry.digest(after: previous, key: UnsafeRawBufferPointer(key), detail: detail)
        keys.append(UnsafeRawBufferPointer(key))
      }
      details.append(detail)
    }
    return entry
  }

  mutating func add(_ entry: LedgerEntry, _ detail: consuming EntryDetail) {
    all.append(Decided(entry: entry, detail: detail))
  }

  /// They were written. Keeps the memory.
  mutating func removeAll() {
    all.removeAll(keepingCapacity: true)
    keys.removeAll()
    details.removeAll()
  }
}
