import Core
import Storage

/// The ledger open for writing: inside one transaction, with the journal's end locked.
///
/// What is posted is decided on accounts in memory; `close` writes it all with one call a table, however much it is.
package struct LedgerBook {
  /// For what has to be one with the posting, such as the stock of a reward.
  package let connection: any Connection
  /// The same for all that is posted together; never before what stands in the journal.
  package let now: Timestamp
  package var rules: RuleBook { decision.rules }

  private let journal = JournalTable()
  private let memory: LedgerMemory
  private var commit: JournalCommit
  private var decision: Decision
  private var accounts: BookAccounts
  private var outcomes = KnownOutcomes()
  private var originals: [Int64: Decided] = [:]
  /// What the journal does not hold yet.
  private var decided = Decisions()
  private var leastRows = 0

  /// - Throws: `DatabaseError`.
  init(
    _ connection: any Connection, memory: LedgerMemory, rules: RuleBook, time: any TimeSource, random: any RandomSource
  ) throws {
    self.connection = connection
    self.memory = memory
    let head = try journal.head(in: connection, locking: true)
    commit = JournalCommit(after: head)
    memory.begin()
    try memory.follow(head, in: connection)
    now = max(time.now, head.at)
    decision = Decision(now: now, rules: rules, nextSequence: head.sequence + 1)
    accounts = BookAccounts(connection, memory: memory, rules: rules, now: now, random: random, next: head.nextAccount)
  }

  /// Posts one after the other, after having read all that they ask for with one call a table.
  ///
  /// - Parameter took: what became of each, in order. What it throws ends the posting.
  mutating func post(
    _ commands: [LedgerCommand], _ took: (inout LedgerBook, Int, Result<Done, LedgerRefusal>) throws -> Void
  ) throws {
    let slots = try prepare(for: commands)
    // Without a copy of each.
    let commands = commands.span
    // Many of one customer come one after the other, and the first may have made the account.
    var last: (customer: CustomerHash, slot: Int)?
    for index in commands.indices {
      let done: Result<Done, LedgerRefusal>
      do {
        let newest = commands[index].customer.newest
        let own = try put(commands[index], at: last.flatMap { $0.customer == newest ? $0.slot : nil } ?? slots[index])
        if let newest, case .decided(_, let slot, tier: _) = own { last = (newest, slot) }
        done = .success(own)
      } catch let refusal as LedgerRefusal {
        done = .failure(refusal)
      }
      try took(&self, index, done)
      try writeStretch()
    }
  }

  /// - Returns: where each command's account stands in memory; nil where that is to be found out when its turn comes.
  private mutating func prepare(for commands: [LedgerCommand]) throws -> [Int?] {
    let all = commands.span
    // In loops: a closure would take a copy of the book along, a command at a time.
    var slots: [Int?] = []
    slots.reserveCapacity(commands.count)
    var absent: [Int] = []
    for index in commands.indices {
      // Many of one customer come one after the other.
      let isSame = index > 0 && all[index].customer == all[index - 1].customer
      slots.append(isSame ? slots[index - 1] : accounts.slot(ofNewest: all[index].customer))
      if slots[index] == nil { absent.append(index) }
    }
    try accounts.read(absent.map { all[$0].customer })
    for index in absent { slots[index] = accounts.slot(ofNewest: all[index].customer) }
    var keys: [String] = []
    var reversed: [TransactionID] = []
    for index in all.indices {
      if all[index].isKeyKept, let key = all[index].key { keys.append(key) }
      if let id = all[index].reversed { reversed.append(id) }
    }
    outcomes.reserve(keys.count)
    try outcomes.read(keys, in: connection)
    try readOriginals(reversed)
    return slots
  }

  /// Posts the commands of many customers, a customer's one behind the other and without keys that are kept.
  ///
  /// An account that comes into being so is not taken into memory, as most of many are never asked for again.
  ///
  /// - Parameters:
  ///   - runs: where the commands of each customer are.
  ///   - took: what became of each, in order. What it throws ends the posting.
  mutating func post(
    _ commands: [LedgerCommand], ofOneCustomer runs: [Range<Int>], took: (Int, LedgerRefusal?) throws -> Void
  ) throws {
    try accounts.read(runs.map { commands[$0.lowerBound].customer })
    let commands = commands.span
    for run in runs {
      let customer = commands[run.lowerBound].customer
      if try accounts.find(customer) == nil, let newest = customer.newest {
        try open(newest, commands, run, took)
        continue
      }
      for index in run {
        var refusal: LedgerRefusal?
        do {
          _ = try put(commands[index], at: accounts.slot(ofNewest: customer))
        } catch let error as LedgerRefusal {
          refusal = error
        }
        try took(index, refusal)
        try writeStretch()
      }
    }
  }

  /// Makes the account of a customer who has none.
  private mutating func open(
    _ customer: CustomerHash, _ commands: Span<LedgerCommand>, _ run: Range<Int>,
    _ took: (Int, LedgerRefusal?) throws -> Void
  ) throws {
    var account = accounts.blank(commit.head.nextAccount)
    decision.proof = customer.proof(tag: account.tag)
    for index in run {
      var refusal: LedgerRefusal?
      do throws(LedgerRefusal) {
        _ = try account.apply(commands[index], &decision, into: &decided)
      } catch {
        refusal = error
      }
      try took(index, refusal)
      try writeStretch()
    }
    decision.proof = nil
    // An account comes into being with its first transaction.
    guard account.version > 0 else { return }
    commit.takeAccount()
    try accounts.open(account, of: customer)
  }

  private mutating func writeStretch() throws {
    if decided.all.count >= JournalCommit.stretch { try commit.write(&decided, in: connection) }
  }

  /// - Returns: what was posted, now or by an earlier request with this key.
  /// - Throws: `LedgerRefusal`, after which the book is as good as before; `DatabaseError`.
  @discardableResult
  package mutating func post(_ command: LedgerCommand) throws -> Posting {
    if command.isKeyKept, let key = command.key, outcomes[key] == nil { try outcomes.read([key], in: connection) }
    return try posting(of: put(command, at: nil))
  }

  enum Done {
    /// The command's own transaction among those that are not written yet, and where the account stands in memory.
    case decided(Int, slot: Int, tier: String)
    case known(Outcome)
  }

  /// Posts one after the other, each with its own answer.
  mutating func answer(_ commands: [LedgerCommand]) throws -> [Ledger.Answer] {
    var answers: [Ledger.Answer] = []
    answers.reserveCapacity(commands.count)
    try post(commands) { book, _, done in
      do {
        answers.append(.success(try book.posting(of: done.get())))
      } catch let refusal as LedgerRefusal {
        answers.append(.failure(refusal))
      }
    }
    return answers
  }

  /// What is answered right after a command.
  mutating func posting(of done: Done) throws -> Posting {
    switch done {
    case .known(let outcome): try repeated(outcome)
    case .decided(let index, let slot, let tier):
      Posting(
        entry: decided.all[index].entry, detail: decided.all[index].detail,
        account: AccountID(memory.accounts[slot]), available: memory.accounts[slot].available,
        held: memory.accounts[slot].held, version: memory.accounts[slot].version, tier: tier)
    }
  }

  /// Posts; the command's key has been read.
  ///
  /// - Parameter slot: where the account stands, if that is known.
  private mutating func put(_ command: LedgerCommand, at slot: Int?) throws -> Done {
    let keptKey = command.isKeyKept ? command.key : nil
    if let keptKey, let outcome = outcomes[keptKey] {
      guard outcome.fingerprint == command.fingerprint else { throw LedgerRefusal.keyReused }
      return .known(outcome)
    }
    let place = try slot.map { Place(slot: $0) } ?? place(of: command.customer)
    do {
      var original: Decided?
      if let reversed = command.reversed {
        try readOriginals([reversed])
        original = try readOriginal(reversed.sequence)
        guard let entry = original?.entry, TransactionID(entry) == reversed,
          entry.account == memory.accounts[place.slot].id
        else {
          throw LedgerRefusal.transactionNotFound
        }
        // The key of a reversal is its own proof that it happened once.
        guard outcomes[Self.reversalKey(reversed)] == nil else { throw LedgerRefusal.notReversible }
      }
      return try decide(command, at: place, reversing: original)
    } catch let refusal as LedgerRefusal {
      // An account comes into being with its first transaction.
      if place.isNew { memory.removeNew(place.slot) }
      if let keptKey, refusal.isFinal {
        outcomes.record(
          keptKey, Outcome(fingerprint: command.fingerprint, kind: .refused(refusal)), keptUntil: command.keptUntil)
      }
      throw refusal
    }
  }

  /// Books out what is over on an account, and nothing else.
  package mutating func settle(_ id: Int64) throws {
    guard let slot = try accounts.slot(of: id) else { return }
    memory.willChange(slot)
    memory.accounts[slot].settle(&decision, into: &decided)
  }

  /// Closes an account for good.
  ///
  /// - Returns: the transaction that says so.
  /// - Throws: `CloseAccount.Refusal`, `DatabaseError`.
  mutating func closeAccount(_ id: AccountID, because reason: String) throws -> Decided {
    guard let slot = try accounts.slot(of: id.number), memory.accounts[slot].tag == id.tag else {
      throw CloseAccount.Refusal.accountNotFound
    }
    memory.willChange(slot)
    try memory.accounts[slot].close(reason, &decision, into: &decided)
    return decided.all[decided.all.count - 1]
  }

  /// Books out what is over on accounts, those first that are due the longest.
  ///
  /// - Returns: on how many; fewer than `limit` if that was all.
  mutating func settleDue(_ limit: Int) throws -> Int {
    let due = try accounts.readDue(limit)
    for id in due {
      try settle(id)
      // The row may be due when the account no longer is: nobody should find it again.
      if let slot = memory.slot(of: id) { memory.rewrite(slot) }
    }
    return due.count
  }

  /// The account as it is now, with what was posted in this transaction; nil for a customer without one.
  package mutating func account(for customer: Customer) throws -> LedgerAccount? {
    try accounts.find(customer).map { memory.accounts[$0] }
  }

  /// Writes rows of accounts that are behind, though nothing asks for it.
  ///
  /// - Returns: whether there are more.
  mutating func writeRows(_ count: Int) -> Bool {
    leastRows = count
    return memory.rows.count > 0
  }

  // MARK: - Deciding

  /// The account that a command is for.
  private struct Place {
    /// Where it stands in memory.
    let slot: Int
    /// The hash under which it is not known yet.
    var naming: CustomerHash?
    var isNew = false
  }

  private mutating func decide(
    _ command: LedgerCommand, at place: Place, reversing original: Decided?
  ) throws -> Done {
    let slot = place.slot
    memory.willChange(slot)
    decision.proof = place.naming?.proof(tag: memory.accounts[slot].tag)
    let applied = try memory.accounts[slot].apply(command, reversing: original, &decision, into: &decided)
    guard let index = applied else { throw LedgerRefusal.transactionNotFound }
    if let naming = place.naming {
      let id = memory.accounts[slot].id
      accounts.name(naming, id)
    }
    if place.isNew { commit.takeAccount() }
    let (keptKey, reversed) = (command.isKeyKept ? command.key : nil, command.reversed)
    let tier = decision.rules.tier(of: memory.accounts[slot], at: now)
    guard keptKey != nil || reversed != nil else { return .decided(index, slot: slot, tier: tier) }
    let kind = Outcome.Kind.posted(
      sequence: decided.all[index].entry.sequence, last: memory.accounts[slot].lastSequence, tier: tier)
    if let keptKey {
      outcomes.record(keptKey, Outcome(fingerprint: command.fingerprint, kind: kind), keptUntil: command.keptUntil)
    }
    if let reversed {
      outcomes.record(Self.reversalKey(reversed), Outcome(fingerprint: .zero, kind: kind), keptUntil: nil)
    }
    return .decided(index, slot: slot, tier: tier)
  }

  private static func reversalKey(_ id: TransactionID) -> String { ProcessedEventTable.reversalKey(id.sequence) }

  private mutating func repeated(_ outcome: Outcome) throws -> Posting {
    switch outcome.kind {
    case .refused(let refusal): throw refusal
    case .posted(let sequence, let last, let tier):
      guard let own = try readOriginal(sequence), let end = try readOriginal(last) else {
        throw DatabaseError.shape("a transaction of a key is missing")
      }
      guard let slot = try accounts.slot(of: own.entry.account) else {
        throw DatabaseError.shape("an account is missing")
      }
      return Posting(
        entry: own.entry, detail: own.detail, account: AccountID(memory.accounts[slot]),
        available: end.entry.available, held: end.entry.held, version: end.entry.number, tier: tier, isReplay: true)
    }
  }

  // MARK: - Closing

  /// What a commit has done, for those who are told once it is durable.
  struct Changes: Sendable {
    let accounts: [LedgerAccount]
    /// Whether what was known of accounts before is of another time.
    let isAnew: Bool
    let names: [CustomerHash: Int64]
    let rows: RowsBehind.Plan
    let head: JournalTable.Head
    let posted: [EntryType: Int]
  }

  /// Writes what was posted.
  ///
  /// - Parameter lag: how many transactions rows of accounts may be behind the journal.
  mutating func close(lag: Int) throws -> Changes {
    try commit.write(&decided, in: connection)
    let plan = memory.plan(commit.count, to: decision.nextSequence - 1, lag: lag, rows: leastRows)
    let behind = decision.nextSequence - 1 - plan.through
    if commit.count > 0 || !plan.slots.isEmpty || behind != commit.head.behind {
      try accounts.write(rowsOf: plan.slots)
      try commit.finish(rowsThrough: plan.through, now: now, in: connection)
    }
    try outcomes.write(in: connection)
    let news = memory.news(plan)
    return Changes(
      accounts: news.accounts, isAnew: news.isAll, names: accounts.names, rows: plan, head: commit.head,
      posted: commit.posted)
  }

  // MARK: - Reading

  private mutating func place(of customer: Customer) throws -> Place {
    if let slot = try accounts.find(customer) {
      guard case .hash(let newest, let older) = customer, !older.isEmpty,
        accounts.number(of: newest) != memory.accounts[slot].id
      else {
        return Place(slot: slot)
      }
      // The key was rotated: the account is known under the new hash from now on, and under the old one still.
      return Place(slot: slot, naming: newest)
    }
    guard case .hash(let hash, older: _) = customer else { throw LedgerRefusal.transactionNotFound }
    let account = accounts.blank(commit.head.nextAccount)
    return Place(slot: memory.insert(account, isStored: false), naming: hash, isNew: true)
  }

  private mutating func readOriginals(_ ids: [TransactionID]) throws {
    try outcomes.read(ids.map(Self.reversalKey).filter { [outcomes] in outcomes[$0] == nil }, in: connection)
    let unread = ids.map(\.sequence).filter { originals[$0] == nil && decided.find($0) == nil }
    originals.merge(try journal.find(unread, in: connection)) { known, _ in known }
  }

  /// A transaction of the journal or of this book.
  private mutating func readOriginal(_ sequence: Int64) throws -> Decided? {
    if let own = decided.find(sequence) { return own }
    if originals[sequence] == nil {
      originals.merge(try journal.find([sequence], in: connection)) { known, _ in known }
    }
    return originals[sequence]
  }
}

extension RuleBook {
  /// The tier that an account has at a time.
  package func tier(of account: LedgerAccount, at now: Timestamp) -> String {
    tiers.tier(for: account.earned(inYearTo: now.day)).id
  }
}

extension LedgerCommand {
  fileprivate var reversed: TransactionID? { if case .reverse(let id) = action { id } else { nil } }
}
