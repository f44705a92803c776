import Core
import Security
import Storage

/// The journal: every transaction, in one order, only ever added to.
struct JournalTable: Sendable {
  /// Where the journal ends: the row that whoever posts locks first.
  struct Head: Sendable, Hashable {
    /// Of the last transaction.
    var sequence: Int64
    /// How many commits there were.
    var journal: Int64
    /// The hash over all of them.
    var root: Bytes32
    /// Of the last commit. Time does not go back in the journal, whatever the machine's clock does.
    var at: Timestamp
    var nextAccount: Int64
    /// How many transactions at the end the rows of accounts may not show yet.
    var behind: Int64

    static let noRoot = Bytes32.zero
  }

  /// A milestone stands at every so many transactions of an account.
  static let milestone: Int64 = 256

  static let columns =
    "sequence, account, number, type, points, source, target, at, available, held, previous, key, detail, hash"

  func head(in connection: any Connection, locking: Bool = false) throws -> Head {
    let rows = try connection.query(
      "SELECT sequence, journal, root, at, next_account, behind FROM loyalty_head WHERE id = 1"
        + (locking ? connection.forUpdate : ""))
    guard let row = rows.first else { throw DatabaseError.shape("loyalty_head is empty") }
    return Head(
      sequence: try row.get(0), journal: try row.get(1), root: try row.get(2, as: Bytes32?.self) ?? Head.noRoot,
      at: try row.get(3), nextAccount: try row.get(4), behind: try row.get(5))
  }

  func find(_ sequences: [Int64], in connection: any Connection) throws -> [Int64: Decided] {
    guard !sequences.isEmpty else { return [:] }
    return try connection.select(
      Self.columns, from: "loyalty_transactions", where: "sequence", isIn: .integers(sequences)
    ).reduce(into: [:]) { found, row in
      let decided = try Self.decided(row)
      found[decided.entry.sequence] = decided
    }
  }

  /// Adds what was decided, and moves the head.
  ///
  /// - Parameter rowsThrough: rows of accounts show all transactions up to this one.
  /// - Returns: the head after it.
  func append(
    _ decided: [Decided], to head: Head, rowsThrough: Int64, now: Timestamp, in connection: any Connection
  ) throws -> Head {
    var next = head
    if let last = decided.last {
      try insert(decided, in: connection)
      try book(decided, in: connection)
      next.sequence = last.entry.sequence
      next.journal += 1
      next.root = Self.root(after: head.root, decided.indices.lazy.map { decided[$0].entry.hash })
      next.at = now
      try connection.enqueue(
        "INSERT INTO loyalty_journal (number, last_sequence, root, at) VALUES ($1, $2, $3, $4)",
        [next.journal, next.sequence, next.root, now])
    }
    next.behind = next.sequence - rowsThrough
    try connection.enqueue(
      """
      UPDATE loyalty_head SET sequence = $1, journal = $2, root = $3, at = $4, next_account = $5, behind = $6
        WHERE id = 1
      """, [next.sequence, next.journal, next.root, next.at, next.nextAccount, next.behind])
    return next
  }

  /// The hash of a commit: over that of the one before and of all its transactions in order.
  static func root(after previous: Bytes32, _ hashes: some Sequence<Bytes32>) -> Bytes32 {
    var bytes = rootMessage(after: previous)
    for hash in hashes { hash.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    return bytes.withUnsafeBytes { SHA256.hash(of: $0) }
  }

  /// What the hashes of a commit are appended to.
  static func rootMessage(after previous: Bytes32) -> [UInt8] {
    Array("ringback/journal/1".utf8) + previous.bytes
  }

  private func insert(_ decided: [Decided], in connection: any Connection) throws {
    var columns = Columns(count: decided.count)
    for index in decided.indices { columns.append(decided[index].entry) }
    try connection.enqueue(columns.batch, into: "loyalty_transactions")
    let milestones = decided.indices.filter { decided[$0].entry.number.isMultiple(of: Self.milestone) }
      .map { decided[$0].entry }
    try connection.enqueue(
      [
        "account": .integers(milestones.map(\.account)), "number": .integers(milestones.map(\.number)),
        "sequence": .integers(milestones.map(\.sequence)), "at": .integers(milestones.map(\.at.microseconds)),
      ], into: "loyalty_milestones")
  }

  /// Filled row by row: a transaction is larger than what a processor keeps at hand of thousands.
  private struct Columns {
    private static let numbers = [
      "sequence", "account", "number", "type", "points", "source", "target", "at", "available", "held", "previous",
    ]
    private var numbers = Array(repeating: [Int64](), count: numbers.count)
    private var keys: [String] = []
    private var details: [String] = []
    private var hashes: [Bytes32] = []

    init(count: Int) {
      for column in numbers.indices { numbers[column].reserveCapacity(count) }
      keys.reserveCapacity(count)
      details.reserveCapacity(count)
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
      keys.append(entry.key)
      details.append(entry.detail)
      hashes.append(entry.hash)
    }

    var batch: ColumnBatch {
      ColumnBatch(
        names: Self.numbers + ["key", "detail", "hash"],
        columns: numbers.map { .integers($0) } + [.texts(keys), .texts(details), .bytes32(hashes)])
    }
  }

  /// The other side of what customers were given and have lost, once for all of them.
  private func book(_ decided: [Decided], in connection: any Connection) throws {
    var changes = Array(repeating: Int64(0), count: BookAccount.allCases.count + 1)
    for index in decided.indices {
      let (from, to, points) = (decided[index].entry.from, decided[index].entry.to, decided[index].entry.points)
      if from < BookAccount.firstCustomer { changes[Int(from)] -= points }
      if to < BookAccount.firstCustomer { changes[Int(to)] += points }
    }
    for account in BookAccount.allCases {
      let change = changes[Int(account.rawValue)]
      guard change != 0 else { continue }
      try connection.enqueue(
        "UPDATE loyalty_books SET balance = balance + $2 WHERE account = $1", [account.rawValue, change])
    }
  }

  static func decided(_ row: Row) throws -> Decided {
    let entry = try entry(row)
    guard let detail = EntryDetail(text: entry.detail) else { throw DatabaseError.shape("loyalty_transactions.detail") }
    return Decided(entry: entry, detail: detail)
  }

  static func entry(_ row: Row) throws -> LedgerEntry {
    guard let type = EntryType(rawValue: try row.integer(3)) else {
      throw DatabaseError.shape("loyalty_transactions.type")
    }
    return LedgerEntry(
      sequence: try row.integer(0), account: try row.integer(1), number: try row.integer(2), type: type,
      points: try row.integer(4), from: try row.integer(5), to: try row.integer(6),
      at: Timestamp(microseconds: try row.integer(7)), available: try row.integer(8), held: try row.integer(9),
      previous: try row.integer(10), key: try row.text(11), detail: try row.text(12), hash: try row.bytes32(13))
  }
}
