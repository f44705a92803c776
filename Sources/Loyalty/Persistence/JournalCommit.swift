import Core
import Security
import Storage

/// What one commit adds to the journal: written stretch by stretch while it is decided, so that what is decided is still at
/// the processor's hand when it is written, and a commit of thousands needs no room for all of them.
struct JournalCommit {
  /// How many transactions are written together.
  static let stretch = 512

  /// Where the journal ends: until the commit is finished where it began, but for the number of the next account.
  private(set) var head: JournalTable.Head
  /// How many transactions were written.
  private(set) var count = 0
  private var last: Int64
  private var milestones: [LedgerEntry] = []
  /// What the root is the hash of.
  private var message: [UInt8]
  /// What the accounts of the programme have gained, by their numbers.
  private var changes = Array(repeating: Int64(0), count: BookAccount.allCases.count + 1)
  private var types = Array(repeating: 0, count: EntryType.allCases.count + 1)

  init(after head: JournalTable.Head) {
    self.head = head
    last = head.sequence
    message = JournalTable.rootMessage(after: head.root)
  }

  /// How many transactions of each type there are.
  var posted: [EntryType: Int] {
    EntryType.allCases.reduce(into: [:]) { posted, type in
      if types[Int(type.rawValue)] > 0 { posted[type] = types[Int(type.rawValue)] }
    }
  }

  /// The number of the next account is given away.
  mutating func takeAccount() { head.nextAccount += 1 }

  /// Writes what was decided, and leaves nothing of it.
  mutating func write(_ decisions: inout Decisions, in connection: any Connection) throws {
    guard let end = decisions.all.last else { return }
    var columns = Columns(count: decisions.all.count)
    for index in decisions.all.indices {
      let entry = decisions.all[index].entry
      columns.append(entry)
      count(entry)
      if entry.number.isMultiple(of: JournalTable.milestone) { milestones.append(entry) }
    }
    try connection.enqueue(columns.batch(decisions.keys, decisions.details), into: "loyalty_transactions")
    count += decisions.all.count
    last = end.entry.sequence
    decisions.removeAll()
  }

  private mutating func count(_ entry: LedgerEntry) {
    entry.hash.withUnsafeBytes { message.append(contentsOf: $0) }
    types[Int(entry.type.rawValue)] += 1
    // The other side of what customers were given and have lost, once for all of them.
    if entry.from < BookAccount.firstCustomer { changes[Int(entry.from)] -= entry.points }
    if entry.to < BookAccount.firstCustomer { changes[Int(entry.to)] += entry.points }
  }

  /// Moves the head, after all was written.
  ///
  /// - Parameters:
  ///   - rowsThrough: rows of accounts show all transactions up to this one.
  ///   - now: when the commit is made.
  mutating func finish(rowsThrough: Int64, now: Timestamp, in connection: any Connection) throws {
    if count > 0 {
      try connection.enqueue(
        [
          "account": .integers(milestones.map(\.account)), "number": .integers(milestones.map(\.number)),
          "sequence": .integers(milestones.map(\.sequence)), "at": .integers(milestones.map(\.at.microseconds)),
        ], into: "loyalty_milestones")
      for account in BookAccount.allCases {
        let change = changes[Int(account.rawValue)]
        guard change != 0 else { continue }
        try connection.enqueue(
          "UPDATE loyalty_books SET balance = balance + $2 WHERE account = $1", [account.rawValue, change])
      }
      head.sequence = last
      head.journal += 1
      head.root = message.withUnsafeBytes { SHA256.hash(of: $0) }
      head.at = now
      try connection.enqueue(
        "INSERT INTO loyalty_journal (number, last_sequence, root, at) VALUES ($1, $2, $3, $4)",
        [head.journal, head.sequence, head.root, now])
    }
    head.behind = head.sequence - rowsThrough
    try connection.enqueue(
      """
      UPDATE loyalty_head SET sequence = $1, journal = $2, root = $3, at = $4, next_account = $5, behind = $6
        WHERE id = 1
      """, [head.sequence, head.journal, head.root, head.at, head.nextAccount, head.behind])
  }

  /// Filled row by row: a transaction is larger than what a processor keeps at hand of many.
  private struct Columns {
    private static let numbers = [
      "sequence", "account", "number", "type", "points", "source", "target", "at", "available", "held", "previous",
    ]
    private var numbers = Array(repeating: [Int64](), count: numbers.count)
    private var hashes: [Bytes32] = []

    init(count: Int) {
      for column in numbers.indices { numbers[column].reserveCapacity(count) }
      hashes.reserveCapacity(count)
    }

    mutating func append(_ entry: LedgerEntry) {
      numbers[0].append(entry.sequence)
      numbers[1].append(entry.account)
      numbers[2].append(entry.number)
      numbers[3].append(entry.type.rawValue)
      numbers[4].append(entry.points)
      numbers[5].append(entry.from)
      numbers[6].append(entry.to)
      numbers[7].append(entry.at.microseconds)
      numbers[8].append(entry.available)
      numbers[9].append(entry.held)
      numbers[10].append(entry.previous)
      hashes.append(entry.hash)
    }

    func batch(_ keys: PackedTexts, _ details: PackedTexts) -> ColumnBatch {
      ColumnBatch(
        names: Self.numbers + ["key", "detail", "hash"],
        columns: numbers.map { .integers($0) } + [.packedTexts(keys), .packedTexts(details), .bytes32(hashes)])
    }
  }
}
