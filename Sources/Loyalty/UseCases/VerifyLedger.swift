import Core
import Storage
import Synchronization

/// Proves a ledger from its journal: every hash, every chain, every balance, the books, and what stands beside them.
///
/// It runs while others post: each reading is short, and begins with what was posted since the one before. So what a row is
/// compared with is always what the journal says at that moment. An account takes some 400 bytes of memory.
package struct VerifyLedger: Sendable {
  /// Which table is being read, and how far.
  package struct Progress: Sendable {
    package let table: String
    package let done: Int64
    package let total: Int64
  }

  /// What was found to be whole.
  package struct Proof: Sendable, Hashable {
    package var transactions: Int64 = 0
    package var commits: Int64 = 0
    package var accounts = 0
    package var customers = 0
    package var keys = 0
    package var root: [UInt8] = []
    package var at = Timestamp(microseconds: 0)
    package var books: [BookAccount: Int64] = [:]
    /// What all customers own.
    package var owned: Int64 = 0
  }

  static let stretch: Int64 = 4_096
  static let page = 8_192

  private let database: any Database

  package init(_ database: any Database) {
    self.database = database
  }

  /// - Throws: `LedgerBreak`, the first that is found; `DatabaseError`.
  package func callAsFunction(
    against checkpoints: [LedgerCheckpoint] = [], progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) async throws -> Proof {
    let head = try await database.read { try LedgerEnds.head(in: $0) }
    let replay = LedgerReplay(rowsThrough: head.sequence - head.behind, checkpoints: checkpoints)
    let run = LedgerProofRun(database, replay, progress: progress)
    // What is known of keys follows from nothing else that is read: it is compared meanwhile.
    async let keys = run.readKeys(of: head.sequence)
    try await run.readJournal()
    try await run.readAccounts()
    try await run.readCustomers()
    return try await run.finish(keys: keys)
  }

  /// One account alone: its chain from its first transaction, and its row. The roots of the journal are left aside.
  ///
  /// - Returns: how many transactions it has.
  /// - Throws: `LedgerBreak`, `DatabaseError`.
  package func account(_ id: AccountID) async throws -> Int64? {
    try await database.read { connection in
      var found: (account: LedgerAccount, dueAt: Timestamp?)?
      try connection.forEach(AccountPage.sql + " WHERE id = $1", [id.number]) { found = try AccountPage.account($0) }
      guard let stored = found, stored.account.tag == id.tag else { return nil }
      let sql = "SELECT \(JournalTable.columns) FROM loyalty_transactions WHERE sequence = $1"
      var chain = StoredEntries()
      // What the row may not show yet is looked for at the journal's end.
      let head = try LedgerEnds.head(in: connection)
      var sequence = stored.account.lastSequence
      try connection.forEach(
        "SELECT sequence FROM loyalty_transactions WHERE sequence > $1 AND account = $2 ORDER BY sequence DESC LIMIT 1",
        [head.sequence - head.behind, id.number]
      ) { sequence = max(sequence, try $0.integer(0)) }
      while sequence > 0 {
        try connection.forEach(sql, [sequence]) { try JournalPage.read($0, into: &chain) }
        guard let entry = chain.last, entry.sequence == sequence else {
          throw LedgerBreak(
            "loyalty_transactions", "sequence \(sequence)", "the row", expected: "one of \(id)", found: "none")
        }
        guard entry.previous < sequence else {
          throw LedgerBreak(
            "loyalty_transactions", "sequence \(sequence)", "previous", expected: "an earlier one",
            found: "\(entry.previous)")
        }
        sequence = entry.previous
      }
      try LedgerReplay.checkAlone(chain, stored.account, dueAt: stored.dueAt)
      return Int64(chain.indices.count)
    }
  }
}

/// One run of the proof. What it has learned so far is used by one reading at a time.
final class LedgerProofRun: Sendable {
  private struct State {
    var replay: LedgerReplay
    /// Of each account, as stored; they are not in the journal.
    var tags: [UInt64] = []
    /// For the bytes of an account.
    var room: [UInt8] = []
    var proof = VerifyLedger.Proof()
  }

  private let database: any Database
  private let state: Mutex<State>
  private let progress: @Sendable (VerifyLedger.Progress) -> Void
  /// Until then its progress is shown and no other.
  private let isJournalRead = Atomic(false)

  init(
    _ database: any Database, _ replay: LedgerReplay,
    progress: @escaping @Sendable (VerifyLedger.Progress) -> Void
  ) {
    self.database = database
    self.progress = progress
    state = Mutex(State(replay: replay))
  }

  /// The journal to its end: the next stretch is read while the one before is hashed.
  func readJournal() async throws {
    let end = try await database.read { try LedgerEnds.head(in: $0) }.sequence
    var next: JournalPage? = try await read(after: .min, commits: 0, through: VerifyLedger.stretch)
    while let page = next {
      let last = page.entries.last?.sequence ?? end
      async let following =
        last < end ? read(after: last, commits: page.wholeCommits, through: last + VerifyLedger.stretch) : nil
      try state.withLock { try page.replay(into: &$0.replay) }
      progress(VerifyLedger.Progress(table: "transactions", done: min(last, end), total: end))
      next = try await following
    }
    isJournalRead.store(true, ordering: .relaxed)
  }

  private func read(after sequence: Int64, commits: Int64, through last: Int64) async throws -> JournalPage? {
    try await database.read { try JournalPage(after: sequence, commits: commits, through: last, in: $0) }
  }

  func readAccounts() async throws {
    while try await reading({ state, connection in try Self.readAccounts(&state, connection) }) {
      report("accounts") { (Int64($0.tags.count), Int64($0.replay.accounts.count)) }
    }
  }

  /// - Returns: whether there may be more.
  private static func readAccounts(_ state: inout State, _ connection: any Connection) throws -> Bool {
    let next = BookAccount.firstCustomer + Int64(state.tags.count)
    // From the very first number, so that none hides before the customers'.
    let after = state.tags.isEmpty ? Int64.min : next - 1
    var expected = next
    try connection.forEach(AccountPage.sql + " WHERE id > $1 ORDER BY id LIMIT \(VerifyLedger.page)", [after]) { row in
      if let account = state.replay[account: expected], AccountPage.isPlain(row, of: account, in: &state.room) {
        state.tags.append(UInt64(bitPattern: try row.integer(1)))
        state.proof.owned += account.balance
        expected += 1
        return
      }
      let stored = try AccountPage.account(row)
      guard stored.account.id == expected else {
        throw LedgerBreak(
          "loyalty_accounts", "id \(expected)", "the row", expected: "one", found: "next is \(stored.account.id)")
      }
      try state.replay.check(stored.account, dueAt: stored.dueAt)
      state.tags.append(stored.account.tag)
      state.proof.owned += state.replay[account: stored.account.id]?.balance ?? 0
      expected += 1
    }
    let isWhole = state.tags.count == state.replay.accounts.count
    guard isWhole || expected > next else {
      throw LedgerBreak("loyalty_accounts", "id \(expected)", "the row", expected: "one", found: "none")
    }
    return !isWhole
  }

  func readCustomers() async throws {
    let last = Mutex<[UInt8]?>([])
    while let after = last.withLock({ $0 }) {
      let next = try await reading { state, connection -> [UInt8]? in
        while try Self.readAccounts(&state, connection) {}
        var last: [UInt8] = after
        var count = 0
        try connection.forEach(
          "SELECT customer, account FROM loyalty_customers WHERE customer > $1 ORDER BY customer LIMIT \(VerifyLedger.page)",
          [after]
        ) { row in
          let (stored, account) = (try row.bytes(0), try row.integer(1))
          let index = Int(account - BookAccount.firstCustomer)
          guard let customer = CustomerHash(stored: stored), state.tags.indices.contains(index),
            state.replay.isProved(customer, account: account, tag: state.tags[index])
          else {
            throw LedgerBreak(
              "loyalty_customers", "customer \(Array(stored).hex)", "account, or the tag of that account",
              expected: "the one that its transactions name", found: "\(account)")
          }
          last.removeAll(keepingCapacity: true)
          last.append(contentsOf: stored)
          count += 1
        }
        state.proof.customers += count
        return count == 0 ? nil : last
      }
      last.withLock { $0 = next }
      report("customers") { (Int64($0.proof.customers), Int64($0.replay.accounts.count)) }
    }
  }

  /// What became of each key that is still kept: by the journal as it is stored, which the replay proves in the end.
  ///
  /// - Returns: how many there are.
  func readKeys(of total: Int64) async throws -> Int {
    var (after, count) = ("" as String?, 0)
    while let key = after {
      try Task.checkCancellation()
      let page = try await database.read { try KeyPage.check(after: key, in: $0) }
      after = page.last
      count += page.count
      if isJournalRead.load(ordering: .relaxed) {
        progress(VerifyLedger.Progress(table: "keys", done: min(Int64(count), total), total: total))
      }
    }
    return count
  }

  /// What can only be compared as a whole.
  func finish(keys: Int) async throws -> VerifyLedger.Proof {
    try await reading { state, connection in
      while try Self.readAccounts(&state, connection) {}
      try state.replay.checkEnd()
      try LedgerEnds.check(state.replay, in: connection)
      var proof = state.proof
      proof.keys = keys
      proof.transactions = state.replay.sequence
      proof.commits = state.replay.journal
      proof.accounts = state.replay.accounts.count
      proof.root = state.replay.root.bytes
      proof.at = state.replay.at
      for account in BookAccount.allCases { proof.books[account] = state.replay.books[Int(account.rawValue)] }
      return proof
    }
  }

  /// One consistent view, with the replay brought up to it.
  private func reading<Result: Sendable>(
    _ body: @escaping @Sendable (inout State, any Connection) throws -> Result
  ) async throws -> Result {
    try await database.read { [self] connection in
      try state.withLock { state in
        let head = try LedgerEnds.head(in: connection)
        let end = head.sequence
        state.replay.move(rowsThrough: end - head.behind)
        while state.replay.sequence < end {
          let after = state.replay.sequence
          try JournalPage(
            after: after == 0 ? .min : after, commits: state.replay.journal, through: after + VerifyLedger.stretch,
            in: connection
          ).replay(into: &state.replay)
          guard state.replay.sequence > after else {
            throw LedgerBreak(
              "loyalty_transactions", "sequence \(after + 1)", "the row", expected: "one, as the head is \(end)",
              found: "none")
          }
        }
        return try body(&state, connection)
      }
    }
  }

  private func report(_ table: String, _ count: (State) -> (Int64, Int64)) {
    let (done, total) = state.withLock { count($0) }
    progress(VerifyLedger.Progress(table: table, done: min(done, total), total: total))
  }
}
