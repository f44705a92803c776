/// Which accounts' rows are older than the accounts, and which of them are to be written next.
///
/// An account's row is a page of its own, somewhere in the file: to write it with each transaction costs more than all the
/// rest. So rows are written some time after, those of one time together and in the order of their numbers, as neighbours
/// share a page. `loyalty_head.behind` says how many transactions at the end of the journal the rows may not show yet; who
/// opens the ledger anew reads those again.
struct RowsBehind {
  /// What a commit writes.
  struct Plan: Sendable {
    /// Of the accounts, by their numbers.
    let slots: [Int]
    /// Of the accounts that the book has changed or made.
    let changed: [Int]
    /// Every row shows all transactions up to this one.
    let through: Int64
    /// How many of `writing` are done with it.
    fileprivate var written = 0
  }

  /// Since the last time that all began to be written.
  fileprivate var waiting: [Int] = []
  /// Being written, from `written` on; `through` was the journal's last transaction when that began.
  fileprivate var writing: [Int] = []
  fileprivate var written = 0
  fileprivate var through: Int64 = 0

  fileprivate static let fewest = 256

  /// How many are known to be behind, and some that were.
  var count: Int { waiting.count + writing.count - written }
}

extension LedgerMemory {
  /// What the open book has to write: accounts that have no row; those that are due earlier than their row says, as whoever
  /// looks for what is due reads rows; and some of those that are behind, so that there are never many more than `lag`
  /// transactions to be read again.
  ///
  /// - Parameters:
  ///   - transactions: how many the book has made.
  ///   - end: the journal's end after it.
  ///   - lag: how many transactions rows may be behind.
  ///   - rows: how many are to be written if nothing else asks for it.
  func plan(_ transactions: Int, to end: Int64, lag: Int, rows least: Int) -> RowsBehind.Plan {
    let changed = changed
    let before = head.map { $0.sequence - $0.behind } ?? 0
    guard lag > 0 else {
      // Whatever somebody else has left behind is written too.
      let left = (rows.writing[rows.written...] + rows.waiting).filter { notes[$0].isBehind }
      return RowsBehind.Plan(
        slots: inOrder(changed + stale + left), changed: changed, through: end,
        written: rows.writing.count - rows.written)
    }
    var chosen = made + stale + changed.filter { isDueBeforeRow($0) }
    if rows.written == rows.writing.count, end - before > lag / 2 || rows.waiting.count > limit / 2 || least > 0 {
      rows.writing = inOrder(rows.waiting.filter { notes[$0].isBehind })
      (rows.waiting, rows.written) = ([], 0)
      rows.through = head?.sequence ?? 0
    }
    let some = rows.writing[rows.written...].prefix(max(RowsBehind.fewest, transactions, least))
    chosen += some.filter { notes[$0].isBehind }
    let isLast = rows.written + some.count == rows.writing.count
    return RowsBehind.Plan(
      slots: inOrder(chosen), changed: changed, through: isLast ? max(before, rows.through) : before,
      written: some.count)
  }

  /// The accounts whose rows a plan writes.
  func accounts(written plan: RowsBehind.Plan) -> [LedgerAccount] { plan.slots.map { accounts[$0] } }

  /// The plan was carried out.
  func carryOut(_ plan: RowsBehind.Plan) {
    for slot in plan.slots {
      notes[slot].isBehind = false
      notes[slot].storedVersion = accounts[slot].version
      notes[slot].storedDue = accounts[slot].nextDue
      notes[slot].storedDueSeen = foreignPosts
    }
    for slot in plan.changed where notes[slot].storedVersion != accounts[slot].version { markBehind(slot) }
    rows.written += plan.written
  }

  func markBehind(_ slot: Int) {
    guard !notes[slot].isBehind else { return }
    notes[slot].isBehind = true
    rows.waiting.append(slot)
  }

  /// Whether the row is known to say when the account is due.
  func isDueAsStored(_ slot: Int) -> Bool {
    let note = notes[slot]
    return note.storedVersion > 0 && note.storedDueSeen == foreignPosts && note.storedDue == accounts[slot].nextDue
  }

  private func isDueBeforeRow(_ slot: Int) -> Bool {
    guard let due = accounts[slot].nextDue else { return false }
    guard notes[slot].storedDueSeen == foreignPosts, let stored = notes[slot].storedDue else { return true }
    return due < stored
  }

  /// Each once, in the order of the accounts' numbers.
  private func inOrder(_ slots: [Int]) -> [Int] {
    let sorted = slots.map { (id: notes[$0].id, slot: $0) }.sorted { $0.id < $1.id }
    return sorted.indices.filter { $0 == 0 || sorted[$0 - 1].id != sorted[$0].id }.map { sorted[$0].slot }
  }
}
