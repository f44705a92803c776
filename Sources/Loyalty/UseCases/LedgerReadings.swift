import Core
import Synchronization

/// Accounts as they were last seen, for those who only want to know: what answers when the database is away, and what an
/// account has become as long as its row is behind.
final class LedgerReadings: Sendable {
  struct Reading: Sendable {
    let account: LedgerAccount
    let asOf: Timestamp
    /// On `TimeSource.uptime`.
    let seen: Duration
  }

  private struct State {
    var recent: TwoGenerations<Int64, Reading>
    /// Of accounts whose rows are behind; these do not go.
    var behind: [Int64: Reading] = [:]
    var customers: TwoGenerations<CustomerHash, Int64>
    /// The end of the journal that commits of this process have come to, or are about to.
    var sequence: Int64 = 0

    mutating func find(_ id: Int64) -> Reading? { behind[id] ?? recent[id] }
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
      switch customer {
      case .account(let id): return state.find(id)
      case .hashes(let hashes):
        for hash in hashes { if let id = state.customers[hash] { return state.find(id) } }
        return nil
      }
    }
  }

  /// A commit that ends there is on its way: what it does is told once it is durable, and nobody has been answered before.
  func expect(_ head: JournalTable.Head) {
    state.withLock { $0.sequence = max($0.sequence, head.sequence) }
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
      if changes.isAnew { state.behind = [:] }
      for account in changes.accounts {
        state.behind[account.id] = Reading(account: account, asOf: asOf, seen: seen)
      }
      for account in rows {
        state.behind[account.id] = nil
        state.recent[account.id] = Reading(account: account, asOf: asOf, seen: seen)
      }
      for (hash, id) in changes.names { state.customers[hash] = id }
    }
  }

  /// What a row says; it may be older than what was posted.
  ///
  /// - Returns: the newest that is known.
  func take(_ row: LedgerAccount, _ names: [CustomerHash: Int64], asOf: Timestamp) -> LedgerAccount {
    state.withLock { state in
      for (hash, id) in names { state.customers[hash] = id }
      if let known = state.find(row.id)?.account, known.version > row.version { return known }
      state.recent[row.id] = Reading(account: row, asOf: asOf, seen: time.uptime)
      return row
    }
  }
}
