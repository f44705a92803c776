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
  private var accounts: [Int64: LedgerAccount] = [:]
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
    try readCustomers(commands.flatMap(\.customer.hashes))
    try readAccounts(
      commands.compactMap { command in
        switch command.customer {
        case .account(let id): id
        case .hashes(let hashes): known(hashes)
        }
      })
    try readOutcomes(commands.compactMap { $0.isKeyKept ? $0.key : nil })
    try readOriginals(commands.compactMap(\.reversed))
  }

  /// - Returns: what was posted, now or by an earlier request with this key.
  /// - Throws: `LedgerRefusal`, after which the book is as good as before; `DatabaseError`.
  @discardableResult
  package mutating func post(_ command: LedgerCommand) throws -> Posting {
    let keptKey = command.isKeyKept ? command.key : nil
    if let keptKey, let outcome = try outcome(of: keptKey) {
      guard outcome.fingerprint == command.fingerprint else { throw LedgerRefusal.keyReused }
      return try repeated(outcome)
    }
    let place = try place(of: command.customer)
    do {
      let original = try command.reversed.flatMap { try readOriginal($0) }
      if let reversed = command.reversed {
        guard let original, TransactionID(original.entry) == reversed, original.entry.account == place.account else {
          throw LedgerRefusal.transactionNotFound
        }
        // The key of a reversal is its own proof that it happened once.
        guard try outcome(of: Self.reversalKey(reversed)) == nil else { throw LedgerRefusal.notReversible }
      }
      return try decide(command, at: place, reversing: original)
    } catch let refusal as LedgerRefusal {
      // An account comes into being with its first transaction.
      if place.isNew { accounts[place.account] = nil }
      if let keptKey, refusal.isFinal {
        record(keptKey, Outcome(fingerprint: command.fingerprint, kind: .refused(refusal)), command.keptUntil)
      }
      throw refusal
    }
  }

  /// Books out what is over on an account, and nothing else.
  package mutating func settle(_ id: Int64) throws {
    try readAccounts([id])
    _ = try accounts[id]?.apply(
      LedgerCommand(.settle, for: .account(id), key: nil), &decision, into: &decided)
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
    try find(customer).flatMap { accounts[$0] }
  }

  // MARK: - Deciding

  /// The account that a command is for.
  private struct Place {
    let account: Int64
    /// The hash under which it is not known yet.
    var naming: CustomerHash?
    var isNew = false
  }

  private mutating func decide(
    _ command: LedgerCommand, at place: Place, reversing original: Decided?
  ) throws -> Posting {
    let id = place.account
    decision.proof = place.naming.flatMap { hash in accounts[id].map { hash.proof(tag: $0.tag) } }
    guard let index = try accounts[id]?.apply(command, reversing: original, &decision, into: &decided),
      let account = accounts[id]
    else { throw LedgerRefusal.transactionNotFound }
    if let naming = place.naming {
      customers[naming] = id
      names.append((naming, id))
    }
    if place.isNew { head.nextAccount += 1 }
    let own = decided[index]
    let tier = decision.rules.tier(of: account, at: now)
    let kind = Outcome.Kind.posted(sequence: own.entry.sequence, last: account.lastSequence, tier: tier)
    if let key = command.key, command.isKeyKept {
      record(key, Outcome(fingerprint: command.fingerprint, kind: kind), command.keptUntil)
    }
    if let reversed = command.reversed {
      record(Self.reversalKey(reversed), Outcome(fingerprint: [], kind: kind), nil)
    }
    return Posting(
      entry: own.entry, detail: own.detail, account: AccountID(account), available: account.available,
      held: account.held, version: account.version, tier: tier)
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
      guard let account = accounts[own.entry.account] else { throw DatabaseError.shape("an account is missing") }
      return Posting(
        entry: own.entry, detail: own.detail, account: AccountID(account), available: end.entry.available,
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
    // In the order of their numbers, as neighbours share a page.
    let changed = Set(decided.lazy.map(\.entry.account)).sorted().compactMap { accounts[$0] }
    if !changed.isEmpty {
      try accountTable.name(names, in: connection)
      try accountTable.save(changed, tier: { decision.rules.tier(of: $0, at: now) }, in: connection)
      head = try journal.append(decided, to: head, now: now, in: connection)
    }
    try processed.insert(records, in: connection)
    let posted = decided.reduce(into: [:]) { $0[$1.entry.type, default: 0] += 1 }
    return Changes(accounts: changed, customers: customers.filter { $0.value > 0 }, head: head, posted: posted)
  }

  // MARK: - Reading

  private mutating func place(of customer: Customer) throws -> Place {
    if let id = try find(customer) {
      guard case .hashes(let hashes) = customer, let newest = hashes.first, customers[newest] != id else {
        return Place(account: id)
      }
      // The key was rotated: the account is known under the new hash from now on, and under the old one still.
      return Place(account: id, naming: newest)
    }
    guard case .hashes(let hashes) = customer, let hash = hashes.first else { throw LedgerRefusal.transactionNotFound }
    let id = head.nextAccount
    accounts[id] = LedgerAccount(id: id, tag: nextTag(), createdAt: now)
    return Place(account: id, naming: hash, isNew: true)
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

  private mutating func find(_ customer: Customer) throws -> Int64? {
    let id: Int64
    switch customer {
    case .account(let number): id = number
    case .hashes(let hashes):
      try readCustomers(hashes)
      guard let known = known(hashes) else { return nil }
      id = known
    }
    try readAccounts([id])
    return accounts[id] == nil ? nil : id
  }

  private func known(_ hashes: [CustomerHash]) -> Int64? {
    for hash in hashes { if let id = customers[hash], id > 0 { return id } }
    return nil
  }

  private mutating func readCustomers(_ hashes: [CustomerHash]) throws {
    guard !hashes.allSatisfy({ customers[$0] != nil }) else { return }
    let missing = memory.add(hashes, to: &customers)
    guard !missing.isEmpty else { return }
    let found = try accountTable.find(missing, in: connection)
    for hash in missing { customers[hash] = found[hash] ?? 0 }
  }

  private mutating func readAccounts(_ ids: [Int64]) throws {
    guard !ids.allSatisfy({ accounts[$0] != nil }) else { return }
    let missing = memory.add(ids, to: &accounts)
    for account in try accountTable.load(missing, in: connection) { accounts[account.id] = account }
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
