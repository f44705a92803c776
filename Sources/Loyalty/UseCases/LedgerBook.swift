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

  private let accountTable = AccountTable()
  private let journal = JournalTable()
  private let processed = ProcessedEventTable()
  private let memory: LedgerMemory
  private let random: any RandomSource
  private var head: JournalTable.Head
  private var decision: Decision
  private var accounts: [LedgerAccount] = []
  /// Where each account stands in `accounts`, which are not moved about for a question.
  private var places: [Int64: Int] = [:]
  /// 0 for a hash that leads to no account.
  private var customers: [CustomerHash: Int64] = [:]
  private var tags: [UInt64] = []
  /// What is known of keys; nil where it is known that there is nothing.
  private var outcomes: [String: Outcome?] = [:]
  private var originals: [Int64: Decided] = [:]
  private var names: [(hash: CustomerHash, account: Int64)] = []
  private var records: [ProcessedEventTable.Record] = []
  private var decided: [Decided] = []

  /// - Throws: `DatabaseError`.
  init(
    _ connection: any Connection, memory: LedgerMemory, rules: RuleBook, time: any TimeSource, random: any RandomSource
  ) throws {
    self.connection = connection
    self.memory = memory
    self.random = random
    head = try journal.head(in: connection, locking: true)
    memory.check(against: head)
    now = max(time.now, head.at)
    decision = Decision(now: now, rules: rules, nextSequence: head.sequence + 1)
  }

  /// Reads all that the commands will ask for, with one call a table.
  mutating func prepare(for commands: [LedgerCommand]) throws {
    var asked: [Customer] = []
    // An import has all of a customer's one after the other.
    for command in commands where asked.last != command.customer { asked.append(command.customer) }
    customers.reserveCapacity(asked.count)
    try readCustomers(asked.flatMap(\.hashes))
    try readAccounts(
      asked.compactMap { customer in
        switch customer {
        case .account(let id): id
        case .hashes(let hashes): known(hashes)
        }
      })
    decided.reserveCapacity(commands.count)
    try readOutcomes(commands.compactMap { $0.isKeyKept ? $0.key : nil })
    try readOriginals(commands.compactMap(\.reversed))
  }

  /// - Returns: what was posted, now or by an earlier request with this key.
  /// - Throws: `LedgerRefusal`, after which the book is as good as before; `DatabaseError`.
  @discardableResult
  package mutating func post(_ command: LedgerCommand) throws -> Posting {
    switch try put(command) {
    case .known(let outcome): return try repeated(outcome)
    case .decided(let index, let slot):
      return Posting(
        entry: decided[index].entry, detail: decided[index].detail, account: AccountID(accounts[slot]),
        available: accounts[slot].available, held: accounts[slot].held, version: accounts[slot].version,
        tier: decision.rules.tier(of: accounts[slot], at: now))
    }
  }

  enum Done {
    /// The command's own transaction among those that were decided, and the account among those that were read.
    case decided(Int, slot: Int)
    case known(Outcome)
  }

  /// Posts, and says no more than that.
  mutating func put(_ command: LedgerCommand) throws -> Done {
    let keptKey = command.isKeyKept ? command.key : nil
    if let keptKey, let outcome = try outcome(of: keptKey) {
      guard outcome.fingerprint == command.fingerprint else { throw LedgerRefusal.keyReused }
      return .known(outcome)
    }
    let place = try place(of: command.customer)
    do {
      var original: Decided?
      if let reversed = command.reversed {
        original = try readOriginal(reversed)
        guard let entry = original?.entry, TransactionID(entry) == reversed, entry.account == accounts[place.slot].id
        else {
          throw LedgerRefusal.transactionNotFound
        }
        // The key of a reversal is its own proof that it happened once.
        guard try outcome(of: Self.reversalKey(reversed)) == nil else { throw LedgerRefusal.notReversible }
      }
      return try decide(command, at: place, reversing: original)
    } catch let refusal as LedgerRefusal {
      // An account comes into being with its first transaction.
      if place.isNew { places[accounts.removeLast().id] = nil }
      if let keptKey, refusal.isFinal {
        record(keptKey, Outcome(fingerprint: command.fingerprint, kind: .refused(refusal)), command.keptUntil)
      }
      throw refusal
    }
  }

  /// Books out what is over on an account, and nothing else.
  package mutating func settle(_ id: Int64) throws {
    try readAccounts([id])
    guard let slot = places[id] else { return }
    accounts[slot].settle(&decision, into: &decided)
  }

  /// Books out what is over on accounts, those first that are due the longest.
  ///
  /// - Returns: on how many; fewer than `limit` if that was all.
  mutating func settleDue(_ limit: Int) throws -> Int {
    let due = try accountTable.due(limit, now: now, in: connection)
    try readAccounts(due)
    let before = decided.count
    for id in due { try settle(id) }
    return decided.count == before ? 0 : due.count
  }

  /// The account as it is now, with what was posted in this transaction; nil for a customer without one.
  package mutating func account(for customer: Customer) throws -> LedgerAccount? {
    try find(customer).map { accounts[$0] }
  }

  // MARK: - Deciding

  /// The account that a command is for.
  private struct Place {
    /// Where it stands in `accounts`.
    let slot: Int
    /// The hash under which it is not known yet.
    var naming: CustomerHash?
    /// Then it is the last.
    var isNew = false
  }

  private mutating func decide(
    _ command: LedgerCommand, at place: Place, reversing original: Decided?
  ) throws -> Done {
    let slot = place.slot
    decision.proof = place.naming?.proof(tag: accounts[slot].tag)
    guard let index = try accounts[slot].apply(command, reversing: original, &decision, into: &decided) else {
      throw LedgerRefusal.transactionNotFound
    }
    if let naming = place.naming {
      customers[naming] = accounts[slot].id
      names.append((naming, accounts[slot].id))
    }
    if place.isNew { head.nextAccount += 1 }
    let (keptKey, reversed) = (command.isKeyKept ? command.key : nil, command.reversed)
    guard keptKey != nil || reversed != nil else { return .decided(index, slot: slot) }
    let kind = Outcome.Kind.posted(
      sequence: decided[index].entry.sequence, last: accounts[slot].lastSequence,
      tier: decision.rules.tier(of: accounts[slot], at: now))
    if let keptKey { record(keptKey, Outcome(fingerprint: command.fingerprint, kind: kind), command.keptUntil) }
    if let reversed { record(Self.reversalKey(reversed), Outcome(fingerprint: .zero, kind: kind), nil) }
    return .decided(index, slot: slot)
  }

  private static func reversalKey(_ id: TransactionID) -> String { ProcessedEventTable.reversalKey(id.sequence) }

  private mutating func record(_ key: String, _ outcome: Outcome, _ keptUntil: Timestamp?) {
    outcomes[key] = .some(outcome)
    records.append(ProcessedEventTable.Record(key: key, outcome: outcome, keptUntil: keptUntil))
  }

  private mutating func repeated(_ outcome: Outcome) throws -> Posting {
    switch outcome.kind {
    case .refused(let refusal): throw refusal
    case .posted(let sequence, let last, let tier):
      guard let own = try readOriginal(sequence), let end = try readOriginal(last) else {
        throw DatabaseError.shape("a transaction of a key is missing")
      }
      try readAccounts([own.entry.account])
      guard let slot = places[own.entry.account] else { throw DatabaseError.shape("an account is missing") }
      return Posting(
        entry: own.entry, detail: own.detail, account: AccountID(accounts[slot]), available: end.entry.available,
        held: end.entry.held, version: end.entry.number, tier: tier, isReplay: true)
    }
  }

  // MARK: - Closing

  struct Changes: Sendable {
    let accounts: [LedgerAccount]
    let customers: [CustomerHash: Int64]
    let head: JournalTable.Head
    let posted: [EntryType: Int]
  }

  /// Writes what was posted.
  mutating func close() throws -> Changes {
    let changed = changedAccounts
    if !changed.isEmpty {
      try accountTable.name(names, in: connection)
      try accountTable.save(changed, tier: { decision.rules.tier(of: $0, at: now) }, in: connection)
      head = try journal.append(decided, to: head, now: now, in: connection)
    }
    try processed.insert(records, in: connection)
    let posted = decided.reduce(into: [:]) { $0[$1.entry.type, default: 0] += 1 }
    return Changes(accounts: changed, customers: customers.filter { $0.value > 0 }, head: head, posted: posted)
  }

  /// In the order of their numbers, as neighbours share a page.
  private var changedAccounts: [LedgerAccount] {
    var ids: [Int64] = []
    for index in decided.indices where ids.last != decided[index].entry.account {
      ids.append(decided[index].entry.account)
    }
    return Set(ids).sorted().compactMap { id in places[id].map { accounts[$0] } }
  }

  // MARK: - Reading

  private mutating func place(of customer: Customer) throws -> Place {
    if let slot = try find(customer) {
      guard case .hashes(let hashes) = customer, hashes.count > 1, customers[hashes[0]] != accounts[slot].id else {
        return Place(slot: slot)
      }
      // The key was rotated: the account is known under the new hash from now on, and under the old one still.
      return Place(slot: slot, naming: hashes[0])
    }
    guard case .hashes(let hashes) = customer, let hash = hashes.first else { throw LedgerRefusal.transactionNotFound }
    add(LedgerAccount(id: head.nextAccount, tag: nextTag(), createdAt: now))
    return Place(slot: accounts.count - 1, naming: hash, isNew: true)
  }

  private mutating func add(_ account: LedgerAccount) {
    places[account.id] = accounts.count
    accounts.append(account)
  }

  /// Random bytes are drawn for many accounts at once, as each drawing asks the kernel.
  private mutating func nextTag() -> UInt64 {
    if tags.isEmpty {
      let bytes = random.bytes(32 * 8)
      tags = stride(from: 0, to: bytes.count, by: 8).map { start in
        bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } >> 4
      }
    }
    return tags.removeLast()
  }

  /// Where the account stands in `accounts`.
  private mutating func find(_ customer: Customer) throws -> Int? {
    let id: Int64
    switch customer {
    case .account(let number): id = number
    case .hashes(let hashes):
      if let first = hashes.first, let known = customers[first], known > 0 {
        id = known
      } else {
        try readCustomers(hashes)
        guard let known = known(hashes) else { return nil }
        id = known
      }
    }
    if let slot = places[id] { return slot }
    try readAccounts([id])
    return places[id]
  }

  private func known(_ hashes: [CustomerHash]) -> Int64? {
    for hash in hashes { if let id = customers[hash], id > 0 { return id } }
    return nil
  }

  private mutating func readCustomers(_ hashes: [CustomerHash]) throws {
    let missing = memory.add(hashes, to: &customers)
    guard !missing.isEmpty else { return }
    let found = try accountTable.find(missing, in: connection)
    for hash in missing { customers[hash] = found[hash] ?? 0 }
  }

  private mutating func readAccounts(_ ids: [Int64]) throws {
    let unread = ids.filter { places[$0] == nil }
    guard !unread.isEmpty else { return }
    let (known, missing) = memory.accounts(unread)
    for account in known where places[account.id] == nil { add(account) }
    for account in try accountTable.load(missing, in: connection) where places[account.id] == nil { add(account) }
  }

  private mutating func readOutcomes(_ keys: [String]) throws {
    guard !keys.isEmpty else { return }
    let found = try processed.find(keys.filter { outcomes[$0] == nil }, in: connection)
    for key in keys where outcomes[key] == nil { outcomes[key] = .some(found[key]) }
  }

  private mutating func outcome(of key: String) throws -> Outcome? {
    if outcomes[key] == nil { try readOutcomes([key]) }
    return outcomes[key] ?? nil
  }

  private mutating func readOriginals(_ ids: [TransactionID]) throws {
    try readOutcomes(ids.map(Self.reversalKey))
    originals.merge(try journal.find(ids.map(\.sequence), in: connection)) { known, _ in known }
  }

  private mutating func readOriginal(_ id: TransactionID) throws -> Decided? { try readOriginal(id.sequence) }

  /// A transaction of the journal or of this book.
  private mutating func readOriginal(_ sequence: Int64) throws -> Decided? {
    if let first = decided.first?.entry.sequence, sequence >= first {
      let place = Int(sequence - first)
      return decided.indices.contains(place) ? decided[place] : nil
    }
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

extension Customer {
  fileprivate var hashes: [CustomerHash] { if case .hashes(let hashes) = self { hashes } else { [] } }
}
