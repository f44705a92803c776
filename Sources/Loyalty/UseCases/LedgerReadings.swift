import Core
import Synchronization

/// Accounts as they were last seen, for those who only want to know: what answers when the database is away, and what an
/// account has become as long as its row is behind.
///
/// As long as the journal ends where this process has left it, or has seen it, nobody else has posted, and all accounts are
/// as they were: one look at the end makes all of them fresh again.
final class LedgerReadings: Sendable {
  struct Reading: Sendable {
    let account: LedgerAccount
    /// When it was right.
    var asOf: Timestamp
    /// The same on `TimeSource.uptime`.
    var seen: Duration
    /// Of `State.age` when it was seen; nil where it is not known to be of the journal's end.
    fileprivate let age: Int?
  }

  private struct State {
    var recent: TwoGenerations<Int64, Reading>
    /// Of accounts whose rows are behind; these do not go.
    var behind: [Int64: Reading] = [:]
    var customers: TwoGenerations<CustomerHash, Int64>
    /// The end of the journal that commits of this process have come to, or are about to.
    var sequence: Int64 = 0
    /// The end that was seen last, and when; those of the commits that are on their way.
    var head: JournalTable.Head?
    var asOf = Timestamp(microseconds: 0)
    var seen = Duration.zero
    var expected: [JournalTable.Head] = []
    /// Grows when somebody else has posted.
    var age = 0

    mutating func find(_ id: Int64) -> Reading? { behind[id] ?? recent[id] }

    mutating func find(_ customer: Customer) -> Reading? {
      switch customer {
      case .account(let id): return find(id)
      case .hash(let newest, let older):
        if let id = customers[newest] { return find(id) }
        for hash in older { if let id = customers[hash] { return find(id) } }
        return nil
      }
    }

    /// The journal ends there.
    ///
    /// - Returns: whether it did not already end further on.
    mutating func see(_ end: JournalTable.Head, asOf: Timestamp, seen: Duration) -> Bool {
      if let head, end.journal < head.journal { return false }
      head = end
      (self.asOf, self.seen) = (max(self.asOf, asOf), max(self.seen, seen))
      return true
    }
  }

  private let state: Mutex<State>
  private let time: any TimeSource

  /// - Parameter limit: how many accounts are kept at most, beside those whose rows are behind.
  init(limit: Int, time: any TimeSource) {
    state = Mutex(State(recent: TwoGenerations(limit: limit), customers: TwoGenerations(limit: limit)))
    self.time = time
  }

  func find(_ customer: Customer) -> Reading? {
    state.withLock { state in
      guard var reading = state.find(customer) else { return nil }
      if reading.age == state.age {
        (reading.asOf, reading.seen) = (max(reading.asOf, state.asOf), max(reading.seen, state.seen))
      }
      return reading
    }
  }

  /// The account, if it is still as it was when the journal ends there.
  func unchanged(_ customer: Customer, at end: JournalTable.Head) -> LedgerAccount? {
    state.withLock { state in
      guard state.head == end, let reading = state.find(customer), reading.age == state.age else { return nil }
      return reading.account
    }
  }

  /// A commit that ends there is on its way: what it does is told once it is durable, and nobody has been answered before.
  func expect(_ head: JournalTable.Head) {
    state.withLock { state in
      state.sequence = max(state.sequence, head.sequence)
      // None of an earlier attempt is left over.
      state.expected.removeAll { $0.journal >= head.journal }
      state.expected.append(head)
    }
  }

  /// Whether rows may not show what has been posted by somebody else.
  func isBehind(_ head: JournalTable.Head) -> Bool {
    head.behind > 0 && state.withLock { $0.sequence < head.sequence }
  }

  /// What a commit has done.
  ///
  /// - Parameter rows: the accounts whose rows show all now.
  func take(_ changes: LedgerBook.Changes, rows: [LedgerAccount]) {
    let (seen, asOf) = (time.uptime, changes.head.at)
    state.withLock { state in
      if changes.isAnew {
        state.behind = [:]
        state.age += 1
      }
      let age = state.see(changes.head, asOf: asOf, seen: seen) ? state.age : nil
      state.expected.removeAll { $0.journal <= changes.head.journal }
      for account in changes.accounts {
        state.behind[account.id] = Reading(account: account, asOf: asOf, seen: seen, age: age)
      }
      for account in rows {
        state.behind[account.id] = nil
        state.recent[account.id] = Reading(account: account, asOf: asOf, seen: seen, age: age)
      }
      for (hash, id) in changes.names { state.customers[hash] = id }
    }
  }

  /// Nobody knows what has become of a commit.
  func doubt() {
    state.withLock { $0.age += 1 }
  }

  /// What a look at the database has shown.
  ///
  /// - Parameters:
  ///   - row: it may be older than what was posted.
  ///   - head: where the journal ended.
  ///   - asOf: when that was; `seen` is the same on `TimeSource.uptime`.
  /// - Returns: the newest that is known.
  func take(
    _ row: LedgerAccount?, _ names: [CustomerHash: Int64], head: JournalTable.Head, asOf: Timestamp, seen: Duration
  ) -> LedgerAccount? {
    state.withLock { state in
      let isOurs = head != state.head && state.expected.contains(head)
      // Whatever else is new is somebody else's.
      if !isOurs, let known = state.head, head.journal > known.journal { state.age += 1 }
      let age = !isOurs && state.see(head, asOf: asOf, seen: seen) ? state.age : nil
      for (hash, id) in names { state.customers[hash] = id }
      guard let row else { return nil }
      if let known = state.find(row.id)?.account, known.version > row.version { return known }
      // What is not durable may never have been.
      if isOurs, row.lastSequence > state.head?.sequence ?? 0 { return row }
      state.recent[row.id] = Reading(account: row, asOf: asOf, seen: seen, age: age)
      return row
    }
  }
}
