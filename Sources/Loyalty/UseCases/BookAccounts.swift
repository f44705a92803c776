import Core
import Storage

/// Whose account is whose, and where it stands in memory: what a book has asked the tables for, and what it has made.
struct BookAccounts {
  private let connection: any Connection
  private let memory: LedgerMemory
  private let rules: RuleBook
  private let now: Timestamp
  private let random: any RandomSource
  private let table = AccountTable()
  /// From here on accounts are this book's own.
  private let firstOwn: Int64
  /// Hashes that lead to no account.
  private var strangers: Set<CustomerHash> = []
  /// What this book has made known.
  private(set) var names: [CustomerHash: Int64] = [:]
  private var opened = OpenedAccounts()
  private var tags: [UInt64] = []

  /// - Parameter next: the number of the next account that is made.
  init(
    _ connection: any Connection, memory: LedgerMemory, rules: RuleBook, now: Timestamp, random: any RandomSource,
    next: Int64
  ) {
    (self.connection, self.memory, self.rules) = (connection, memory, rules)
    (self.now, self.random, firstOwn) = (now, random, next)
  }

  // MARK: - Finding

  /// Where the customer's account stands in memory; nil without one.
  mutating func find(_ customer: Customer) throws -> Int? {
    try readCustomers(missing(customer))
    return try number(of: customer).flatMap { try slot(of: $0) }
  }

  mutating func slot(of id: Int64) throws -> Int? {
    if let slot = memory.slot(of: id) { return slot }
    try readAccounts([id])
    return memory.slot(of: id)
  }

  /// Where the account stands that the newest hash is known to lead to.
  func slot(ofNewest customer: Customer) -> Int? {
    guard let newest = customer.newest, let id = memory.account(for: newest) else { return nil }
    return memory.slot(of: id)
  }

  /// The account, if it is known which.
  private func number(of customer: Customer) -> Int64? {
    switch customer {
    case .account(let id): return id
    case .hash(let newest, let older):
      if let id = number(of: newest) { return id }
      for hash in older { if let id = number(of: hash) { return id } }
      return nil
    }
  }

  func number(of hash: CustomerHash) -> Int64? { memory.account(for: hash) ?? names[hash] ?? opened[hash] }

  // MARK: - Reading

  /// Reads customers and their accounts with one call a table. Those that are the same stand one behind the other.
  mutating func read(_ customers: [Customer]) throws {
    var hashes: [CustomerHash] = []
    for index in customers.indices where index == 0 || customers[index] != customers[index - 1] {
      hashes += missing(customers[index])
    }
    try readCustomers(hashes)
    var ids: [Int64] = []
    for customer in customers { if let id = number(of: customer), ids.last != id { ids.append(id) } }
    try readAccounts(ids)
  }

  /// Those that are due, the longest first.
  mutating func readDue(_ limit: Int) throws -> [Int64] {
    let due = try table.due(limit, now: now, in: connection)
    try readAccounts(due)
    return due
  }

  /// The hashes that nobody has asked the table for; none if the newest is known.
  private func missing(_ customer: Customer) -> [CustomerHash] {
    guard case .hash(let newest, older: _) = customer, number(of: newest) == nil else { return [] }
    return customer.hashes.filter { number(of: $0) == nil && !strangers.contains($0) }
  }

  private mutating func readCustomers(_ hashes: [CustomerHash]) throws {
    guard !hashes.isEmpty else { return }
    let found = try table.find(hashes, in: connection)
    for hash in hashes {
      if let account = found[hash] { memory.name(hash, account) } else { strangers.insert(hash) }
    }
  }

  private mutating func readAccounts(_ ids: [Int64]) throws {
    let unread = ids.filter { [memory] in memory.slot(of: $0) == nil }
    if unread.contains(where: { $0 >= firstOwn }) { try writeOpened() }
    for account in try table.load(unread, in: connection) {
      // What this book has written goes with it, should it come to nothing.
      memory.insert(account, isStored: account.id < firstOwn)
    }
  }

  // MARK: - Making

  /// An account with nothing on it. It comes into being with its first transaction.
  mutating func blank(_ id: Int64) -> LedgerAccount { LedgerAccount(id: id, tag: nextTag(), createdAt: now) }

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

  /// The hash leads to the account from now on.
  mutating func name(_ hash: CustomerHash, _ account: Int64) {
    strangers.remove(hash)
    names[hash] = account
  }

  /// Takes an account on that is not taken into memory.
  mutating func open(_ account: LedgerAccount, of customer: CustomerHash) throws {
    strangers.remove(customer)
    opened.add(account, of: customer)
    if opened.areMany { try writeOpened() }
  }

  // MARK: - Writing

  /// What was made, and the rows of accounts in memory.
  mutating func write(rowsOf slots: [Int]) throws {
    try writeOpened()
    try table.name(names.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }, in: connection)
    var (same, other) = (AccountTable.Rows(), AccountTable.Rows())
    same.isDueAsBefore = true
    for slot in slots {
      let tier = rules.tier(of: memory.accounts[slot], at: now)
      if memory.isDueAsStored(slot) {
        same.append(memory.accounts[slot], tier: tier)
      } else {
        other.append(memory.accounts[slot], tier: tier)
      }
    }
    try table.save(same, in: connection)
    try table.save(other, in: connection)
  }

  private mutating func writeOpened() throws {
    try opened.write(tier: { [rules, now] in rules.tier(of: $0, at: now) }, in: connection)
  }
}
