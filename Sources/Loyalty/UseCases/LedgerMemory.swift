import Core

/// The accounts that this process knows, as the end of the journal has left them; decisions are made on these.
///
/// Their rows follow behind: an account that changes again and again is written once for all of its changes
/// (`RowsBehind`). Until then it stays here; whatever else is here may go.
///
/// Unchecked: used by one commit at a time, which the ledger's line sees to.
final class LedgerMemory: @unchecked Sendable {
  /// What is known of an account beside itself: apart from it, as it is asked far more often.
  struct Note {
    let id: Int64
    /// The account's version that the row shows; 0 without a row.
    var storedVersion: Int64
    /// When the row is due by itself: never later than the account is, so that whoever asks the table misses none. Right
    /// only if it was seen since somebody else has posted.
    var storedDue: Timestamp?
    var storedDueSeen: Int
    /// Whether the row is older than the account.
    var isBehind = false
    /// Whether it was asked for since the hand of the clock came by.
    fileprivate var isYoung = true
    /// The last book that asked for it, and the last that changed it.
    fileprivate var book = 0
    fileprivate var changedIn = 0
    /// The last book that wrote its row.
    fileprivate var writtenIn = 0
  }

  /// The end of the journal that all this stands at; nil as long as nothing is known.
  private(set) var head: JournalTable.Head?
  /// By slots.
  var accounts: [LedgerAccount] = []
  var notes: [Note] = []
  var rows = RowsBehind()
  /// How often somebody else was found to have posted, and so may have written any row.
  private(set) var foreignPosts = 0

  let limit: Int
  private var slots: [Int64: Int] = [:]
  private var free: [Int] = []
  private var hand = 0
  private var customers: TwoGenerations<CustomerHash, Int64>

  // What the open book has done, to be undone if it comes to nothing.
  private var book = 0
  private var originals: [(slot: Int, account: LedgerAccount)] = []
  /// Accounts without a row.
  private(set) var made: [Int] = []
  /// Accounts whose row says something that is no longer so.
  private(set) var stale: [Int] = []
  /// Accounts that somebody else has changed, not told yet; and whether all before is worth nothing.
  private var followed: [Int] = []
  private var isNew = true

  /// - Parameter limit: how many accounts are kept at most, beside those whose rows are behind.
  init(limit: Int) {
    self.limit = max(2, limit)
    customers = TwoGenerations(limit: limit)
  }

  // MARK: - A book

  /// Opens a book, and undoes what the one before has left unfinished.
  func begin() {
    for (slot, account) in originals { accounts[slot] = account }
    for slot in made { remove(slot) }
    next()
  }

  /// What the book has done holds.
  func commit(_ changes: LedgerBook.Changes) {
    carryOut(changes.rows)
    head = changes.head
    for (hash, account) in changes.names { customers[hash] = account }
    followed.removeAll(keepingCapacity: true)
    isNew = false
    next()
  }

  private func next() {
    originals.removeAll(keepingCapacity: true)
    made.removeAll(keepingCapacity: true)
    stale.removeAll(keepingCapacity: true)
    book += 1
  }

  /// The accounts that the book has changed or made.
  var changed: [Int] {
    var changed = made
    changed.reserveCapacity(made.count + originals.count)
    for place in originals.indices {
      let slot = originals[place].slot
      if accounts[slot].version != originals[place].account.version { changed.append(slot) }
    }
    return changed
  }

  /// What readers do not know yet, beside the accounts whose rows are written now, and whether what they know is of another
  /// time.
  func news(_ plan: RowsBehind.Plan) -> (accounts: [LedgerAccount], isAll: Bool) {
    for slot in plan.slots { notes[slot].writtenIn = book }
    return ((plan.changed + followed).filter { notes[$0].writtenIn != book }.map { accounts[$0] }, isNew)
  }

  /// All that is known is of another time than the journal.
  func forget() {
    accounts = []
    notes = []
    slots = [:]
    free = []
    rows = RowsBehind()
    customers.removeAll()
    (originals, made, stale) = ([], [], [])
    (followed, isNew) = ([], true)
    head = nil
  }

  /// Somebody else has changed an account.
  func didFollow(_ slot: Int) {
    markBehind(slot)
    followed.append(slot)
  }

  func rowsMayHaveChanged() {
    foreignPosts += 1
  }

  func move(to head: JournalTable.Head) {
    self.head = head
  }

  // MARK: - Accounts

  /// Where an account stands. It stays there as long as the book is open.
  func slot(of id: Int64) -> Int? {
    guard let slot = slots[id] else { return nil }
    notes[slot].book = book
    notes[slot].isYoung = true
    return slot
  }

  /// - Parameter isStored: whether it has a row; if not, it goes when the book comes to nothing.
  @discardableResult
  func insert(_ account: LedgerAccount, isStored: Bool) -> Int {
    let note = Note(
      id: account.id, storedVersion: isStored ? account.version : 0, storedDue: isStored ? account.nextDue : nil,
      storedDueSeen: foreignPosts, book: book)
    let slot: Int
    if let room = room() {
      slot = room
      accounts[slot] = account
      notes[slot] = note
    } else {
      slot = accounts.count
      accounts.append(account)
      notes.append(note)
    }
    slots[account.id] = slot
    if !isStored { made.append(slot) }
    return slot
  }

  /// To be called before an account is changed.
  func willChange(_ slot: Int) {
    guard notes[slot].changedIn != book else { return }
    notes[slot].changedIn = book
    if made.last == slot { return }
    originals.append((slot, accounts[slot]))
  }

  /// The row is to be written again, though the account is as it was.
  func rewrite(_ slot: Int) {
    notes[slot].storedDueSeen = -1
    stale.append(slot)
  }

  /// Takes back the account that was made last.
  func removeNew(_ slot: Int) {
    precondition(made.last == slot, "only what was made last can be taken back")
    made.removeLast()
    remove(slot)
  }

  private func remove(_ slot: Int) {
    slots[notes[slot].id] = nil
    free.append(slot)
  }

  /// The place of an account that was not asked for in a while and whose row says all of it (the clock algorithm).
  private func room() -> Int? {
    if let slot = free.popLast() { return slot }
    guard accounts.count >= limit else { return nil }
    for _ in 0..<64 {
      hand = hand + 1 < accounts.count ? hand + 1 : 0
      guard !notes[hand].isBehind, notes[hand].book != book else { continue }
      guard !notes[hand].isYoung else {
        notes[hand].isYoung = false
        continue
      }
      slots[notes[hand].id] = nil
      return hand
    }
    return nil
  }

  // MARK: - Customers

  func account(for hash: CustomerHash) -> Int64? { customers[hash] }

  /// What the table says.
  func name(_ hash: CustomerHash, _ account: Int64) {
    customers[hash] = account
  }
}

/// At most so many values: what was not asked for while half as many others were goes.
struct TwoGenerations<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let limit: Int
  private var young: [Key: Value] = [:]
  private var old: [Key: Value] = [:]

  init(limit: Int) {
    self.limit = max(2, limit)
  }

  subscript(_ key: Key) -> Value? {
    mutating get {
      if let value = young[key] { return value }
      guard let value = old.removeValue(forKey: key) else { return nil }
      self[key] = value
      return value
    }
    set {
      if newValue != nil, young.count >= limit / 2, young[key] == nil {
        old = young
        young.removeAll(keepingCapacity: true)
      }
      young[key] = newValue
      if !old.isEmpty { old.removeValue(forKey: key) }
    }
  }

  mutating func removeAll() {
    young = [:]
    old = [:]
  }
}
