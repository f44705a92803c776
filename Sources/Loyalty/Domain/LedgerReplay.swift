import Core
import Security

/// A row that does not follow from the others: the first that was found. The books were changed by another hand, a disk has
/// lost something, or there is a bug of ours.
package struct LedgerBreak: Error, Sendable, Hashable, CustomStringConvertible {
  /// Such as `loyalty_transactions`.
  package let table: String
  /// Such as `sequence 4711`.
  package let row: String
  /// What of the row: a column, or a rule.
  package let what: String
  package let expected: String
  package let found: String

  package init(_ table: String, _ row: String, _ what: String, expected: String, found: String) {
    (self.table, self.row, self.what) = (table, row, what)
    (self.expected, self.found) = (expected, found)
  }

  package var description: String { "\(table), \(row), \(what): \(found) where it should be \(expected)" }
}

/// The ledger as its journal alone gives it, built up transaction by transaction. What the other tables hold must equal it.
struct LedgerReplay {
  /// A line of `loyalty_journal`.
  struct Commit: Sendable {
    let number: Int64
    let lastSequence: Int64
    let root: Bytes32
    let at: Timestamp
  }

  /// A transaction that stands at a milestone, or that was reversed.
  struct Mark: Hashable {
    let account: Int64
    /// Of the transaction on its account; or the points that were given back.
    let number: Int64
    let sequence: Int64
    let at: Timestamp
  }

  private(set) var sequence: Int64 = 0
  private(set) var journal: Int64 = 0
  private(set) var root = JournalTable.Head.noRoot
  private(set) var at = Timestamp(microseconds: 0)
  /// The first is number `BookAccount.firstCustomer`; there are no gaps.
  private(set) var accounts = ContiguousArray<LedgerAccount>()
  /// What each account's first transaction says of the customer.
  private(set) var proofs = ContiguousArray<String>()
  /// What later ones say, after a rotation of the key.
  private(set) var laterProofs: [Int64: [String]] = [:]
  private(set) var books = [Int64](repeating: 0, count: BookAccount.allCases.count + 1)
  private(set) var milestones: [Mark] = []
  /// Each reversal, by the sequence of what it reverses.
  private(set) var reversals: [Int64: Mark] = [:]
  /// What a commit's root is made of, as far as it has been read.
  private var commitHashes = JournalTable.rootMessage(after: JournalTable.Head.noRoot)
  private let checkpoints: [LedgerCheckpoint]

  /// A transaction that the row of its account may not show yet.
  private struct Late {
    let entry: LedgerEntry
    let detail: EntryDetail
    /// Of the account's transaction before it.
    let previous: Bytes32
  }

  /// By account, those after the one that rows showed when the replay began.
  private var late: [Int64: [Late]] = [:]
  private let lateAfter: Int64
  /// Rows of accounts show all transactions up to this one.
  private var rowsThrough: Int64

  /// - Parameter rowsThrough: rows of accounts show all transactions up to this one, at least.
  init(rowsThrough: Int64, checkpoints: [LedgerCheckpoint] = []) {
    self.checkpoints = checkpoints
    self.rowsThrough = rowsThrough
    lateAfter = rowsThrough
  }

  mutating func move(rowsThrough: Int64) { self.rowsThrough = rowsThrough }

  var nextAccount: Int64 { BookAccount.firstCustomer + Int64(accounts.count) }

  subscript(account id: Int64) -> LedgerAccount? {
    let index = Int(id - BookAccount.firstCustomer)
    return accounts.indices.contains(index) ? accounts[index] : nil
  }

  /// The next transaction of the journal.
  ///
  /// - Parameter detail: room for that of the transaction.
  mutating func take(_ stored: StoredEntry, _ detail: inout EntryDetail, of commit: Commit) throws(LedgerBreak) {
    let entry = stored.entry
    func flaw(_ what: String, _ expected: some Any, _ found: some Any) -> LedgerBreak {
      LedgerBreak(
        "loyalty_transactions", "sequence \(entry.sequence)", what, expected: "\(expected)", found: "\(found)")
    }
    guard entry.sequence == sequence + 1 else { throw flaw("sequence", sequence + 1, entry.sequence) }
    guard entry.sequence <= commit.lastSequence else {
      throw flaw("commit", "one of loyalty_journal", "none after \(commit.lastSequence)")
    }
    guard entry.at == commit.at else { throw flaw("at", commit.at.microseconds, entry.at.microseconds) }
    let index = Int(entry.account - BookAccount.firstCustomer)
    guard index >= 0, index <= accounts.count else { throw flaw("account", "at most \(nextAccount)", entry.account) }
    guard detail.readEffect(of: stored.detail) else { throw flaw("detail", "a transaction's", stored.detailText) }
    if index == accounts.count {
      guard let proof = detail.customer else {
        throw flaw("detail", "the customer of a new account", stored.detailText)
      }
      accounts.append(LedgerAccount(id: entry.account, tag: 0, createdAt: entry.at))
      proofs.append(proof)
    } else if let proof = detail.customer {
      laterProofs[entry.account, default: []].append(proof)
    }
    if entry.sequence > lateAfter {
      late[entry.account, default: []].append(Late(entry: entry, detail: detail, previous: accounts[index].head))
    }
    try Self.record(stored, detail, on: &accounts[index])
    if let reversed = detail.reverses {
      guard entry.type == .reversal, reversed < entry.sequence else {
        throw flaw("reverses", "an earlier one", reversed)
      }
      let mark = Mark(account: entry.account, number: entry.points, sequence: entry.sequence, at: entry.at)
      guard reversals.updateValue(mark, forKey: reversed) == nil else { throw flaw("reverses", "once", "again") }
    }
    guard book(-entry.points, on: entry.from, besides: entry.account) else {
      throw flaw("source and target", "accounts of the books", entry.from)
    }
    guard book(entry.points, on: entry.to, besides: entry.account) else {
      throw flaw("source and target", "accounts of the books", entry.to)
    }
    if entry.number.isMultiple(of: JournalTable.milestone) {
      milestones.append(
        Mark(account: entry.account, number: entry.number, sequence: entry.sequence, at: entry.at))
    }
    sequence = entry.sequence
    entry.hash.withUnsafeBytes { commitHashes.append(contentsOf: $0) }
    if sequence == commit.lastSequence { try end(commit) }
  }

  /// - Returns: whether the account is the customer's own, or one of the books.
  private mutating func book(_ points: Int64, on account: Int64, besides customer: Int64) -> Bool {
    if account == customer { return true }
    guard BookAccount(rawValue: account) != nil else { return false }
    books[Int(account)] += points
    return true
  }

  private static func record(
    _ stored: StoredEntry, _ detail: EntryDetail, on account: inout LedgerAccount
  ) throws(LedgerBreak) {
    let hash = stored.digest(after: account.head)
    guard stored.entry.hash == hash else {
      throw LedgerBreak(
        "loyalty_transactions", "sequence \(stored.entry.sequence)", "hash", expected: hash.hex,
        found: stored.entry.hash.hex)
    }
    do {
      try account.record(stored.entry, detail)
    } catch {
      throw LedgerBreak(
        "loyalty_transactions", "sequence \(stored.entry.sequence)",
        "number \(error.number) of account \(error.account)",
        expected: "what follows from those before", found: "\(error)")
    }
  }

  private mutating func end(_ commit: Commit) throws(LedgerBreak) {
    func flaw(_ what: String, _ expected: some Any, _ found: some Any) -> LedgerBreak {
      LedgerBreak("loyalty_journal", "number \(commit.number)", what, expected: "\(expected)", found: "\(found)")
    }
    guard commit.number == journal + 1 else { throw flaw("number", journal + 1, commit.number) }
    guard commit.at >= at else { throw flaw("at", "not before \(at.microseconds)", commit.at.microseconds) }
    let expected = commitHashes.withUnsafeBytes { SHA256.hash(of: $0) }
    guard commit.root == expected else { throw flaw("root", expected.hex, commit.root.hex) }
    (journal, root, at) = (commit.number, commit.root, commit.at)
    commitHashes = JournalTable.rootMessage(after: root)
    for checkpoint in checkpoints where checkpoint.journal == journal {
      guard checkpoint.root == root.bytes else {
        throw flaw("root", "\(checkpoint.root.hex) of the checkpoint", root.hex)
      }
      guard checkpoint.sequence == sequence else {
        throw flaw("last_sequence", "\(checkpoint.sequence) of the checkpoint", sequence)
      }
    }
  }

  /// Whether the journal reaches as far as it once did.
  func checkEnd() throws(LedgerBreak) {
    for checkpoint in checkpoints where checkpoint.journal > journal {
      throw LedgerBreak(
        "loyalty_journal", "number \(journal + 1)", "the end",
        expected: "number \(checkpoint.journal) of the checkpoint, transaction \(checkpoint.sequence)",
        found: "number \(journal), transaction \(sequence)")
    }
  }

  /// Compares a stored account with what its transactions come to.
  func check(_ stored: LedgerAccount, dueAt: Timestamp?) throws(LedgerBreak) {
    guard let account = self[account: stored.id] else {
      throw LedgerBreak(
        "loyalty_accounts", "id \(stored.id)", "the row", expected: "none after \(nextAccount - 1)", found: "one")
    }
    let missing = (late[stored.id] ?? []).filter { $0.entry.number > stored.version && $0.entry.sequence > rowsThrough }
    guard let next = missing.first else { return try Self.check(stored, dueAt: dueAt, against: account) }
    // The row, which is behind, with what it does not show must be what the journal comes to.
    func flaw(_ what: String, _ expected: String, _ found: String) -> LedgerBreak {
      LedgerBreak("loyalty_accounts", "id \(stored.id)", what, expected: expected, found: found)
    }
    let due = (stored.nextDue?.microseconds ?? 0, dueAt?.microseconds ?? 0)
    guard due.0 == due.1 else { throw flaw("due_at", "\(due.0)", "\(due.1)") }
    guard stored.head == next.previous else { throw flaw("head", next.previous.hex, stored.head.hex) }
    var shown = stored
    for late in missing {
      do {
        try shown.record(late.entry, late.detail)
      } catch {
        throw flaw("number \(late.entry.number)", "what follows from the row", "\(error)")
      }
    }
    try Self.check(shown, dueAt: shown.nextDue, against: account)
  }

  /// The transactions of one account alone, the last one first, and its row, which may be that of an earlier time.
  static func checkAlone(
    _ chain: StoredEntries, _ stored: LedgerAccount, dueAt: Timestamp?
  ) throws(LedgerBreak) {
    var account: LedgerAccount?
    var detail = EntryDetail()
    for index in chain.indices.reversed() {
      try chain.with(index) { (next) throws(LedgerBreak) in
        guard next.entry.account == stored.id, detail.readEffect(of: next.detail) else {
          throw LedgerBreak(
            "loyalty_transactions", "sequence \(next.entry.sequence)", "account", expected: "\(stored.id)",
            found: "\(next.entry.account)")
        }
        var known = account ?? LedgerAccount(id: stored.id, tag: stored.tag, createdAt: next.entry.at)
        account = nil
        try record(next, detail, on: &known)
        if known.version == stored.version { try check(stored, dueAt: dueAt, against: known) }
        account = known
      }
    }
    guard let account else {
      throw LedgerBreak(
        "loyalty_accounts", "id \(stored.id)", "last_sequence", expected: "a transaction", found: "none")
    }
    if account.version < stored.version { try check(stored, dueAt: dueAt, against: account) }
  }

  private static func check(
    _ stored: LedgerAccount, dueAt: Timestamp?, against account: LedgerAccount
  ) throws(LedgerBreak) {
    func flaw(_ what: String, _ expected: some Any, _ found: some Any) -> LedgerBreak {
      LedgerBreak("loyalty_accounts", "id \(stored.id)", what, expected: "\(expected)", found: "\(found)")
    }
    guard stored.status == account.status else { throw flaw("status", account.status, stored.status) }
    for (what, expected, found) in [
      ("available", account.available, stored.available), ("held", account.held, stored.held),
      ("balance_version", account.version, stored.version),
      ("last_sequence", account.lastSequence, stored.lastSequence),
      ("created_at", account.createdAt.microseconds, stored.createdAt.microseconds),
      ("due_at", account.nextDue?.microseconds ?? 0, dueAt?.microseconds ?? 0),
    ] where expected != found { throw flaw(what, expected, found) }
    guard stored.head == account.head else { throw flaw("head", account.head.hex, stored.head.hex) }
    guard stored.isLike(account) else { throw flaw("state", account.stateBytes.hex, stored.stateBytes.hex) }
  }

  /// Whether the journal says that an account is this customer's.
  func isProved(_ customer: CustomerHash, account: Int64, tag: UInt64) -> Bool {
    let index = Int(account - BookAccount.firstCustomer)
    guard accounts.indices.contains(index) else { return false }
    let proof = customer.proof(tag: tag)
    return proofs[index] == proof || laterProofs[account, default: []].contains(proof)
  }
}

extension LedgerAccount {
  /// In all that `stateBytes` holds.
  fileprivate func isLike(_ other: LedgerAccount) -> Bool {
    lots == other.lots && holds == other.holds && earned == other.earned && uses == other.uses
  }
}
