import Core

/// A transaction as it is stored, its texts as bytes that lie elsewhere: no strings are made of millions of them.
struct StoredEntry {
  let entry: LedgerEntry
  let key: UnsafeRawBufferPointer
  let detail: UnsafeRawBufferPointer

  func digest(after previous: Bytes32) -> Bytes32 { entry.digest(after: previous, key: key, detail: detail) }

  var detailText: String { String(decoding: detail, as: UTF8.self) }
}

/// Transactions one behind the other, and their texts in one piece of memory.
struct StoredEntries: Sendable {
  private struct Line {
    var entry: LedgerEntry
    /// Where in `texts` its key begins, its detail begins, and its detail ends.
    var key: Int
    var detail: Int
    var end: Int
  }

  private var lines = ContiguousArray<Line>()
  private var texts: [UInt8] = []

  var indices: Range<Int> { lines.indices }
  var last: LedgerEntry? { lines.last?.entry }

  mutating func reserve(_ count: Int) {
    lines.reserveCapacity(count)
    texts.reserveCapacity(count * 160)
  }

  mutating func append(_ entry: LedgerEntry, key: UnsafeRawBufferPointer, detail: UnsafeRawBufferPointer) {
    let start = texts.count
    texts.append(contentsOf: key)
    texts.append(contentsOf: detail)
    lines.append(Line(entry: entry, key: start, detail: start + key.count, end: texts.count))
  }

  /// - Parameter body: is not to keep what it is given.
  func with(_ index: Int, _ body: (StoredEntry) throws(LedgerBreak) -> Void) throws(LedgerBreak) {
    let line = lines[index]
    try texts.withUnsafeBufferPointer { (texts) throws(LedgerBreak) in
      let texts = UnsafeRawBufferPointer(texts)
      try body(
        StoredEntry(
          entry: line.entry, key: UnsafeRawBufferPointer(rebasing: texts[line.key..<line.detail]),
          detail: UnsafeRawBufferPointer(rebasing: texts[line.detail..<line.end])))
    }
  }
}
