import Core
import Synchronization

/// Accounts as they were last seen, for those who only want to know: what answers when the database is away.
final class LedgerReadings: Sendable {
  struct Reading: Sendable {
    let account: LedgerAccount
    let asOf: Timestamp
    /// On `TimeSource.uptime`.
    let seen: Duration
  }

  private struct State {
    var accounts: TwoGenerations<Int64, Reading>
    var customers: TwoGenerations<CustomerHash, Int64>
  }

  private let state: Mutex<State>
  private let time: any TimeSource

  /// - Parameter limit: how many accounts are kept at most.
  init(limit: Int, time: any TimeSource) {
    state = Mutex(State(accounts: TwoGenerations(limit: limit), customers: TwoGenerations(limit: limit)))
    self.time = time
  }

  func find(_ customer: Customer) -> Reading? {
    state.withLock { state in
      switch customer {
      case .account(let id): return state.accounts[id]
      case .hashes(let hashes):
        for hash in hashes { if let id = state.customers[hash] { return state.accounts[id] } }
        return nil
      }
    }
  }

  func take(_ changed: [LedgerAccount], _ names: [CustomerHash: Int64], asOf: Timestamp) {
    let seen = time.uptime
    state.withLock { state in
      for account in changed {
        // What was read may be older than what was posted meanwhile.
        if let known = state.accounts[account.id]?.account, known.version > account.version { continue }
        state.accounts[account.id] = Reading(account: account, asOf: asOf, seen: seen)
      }
      for (hash, id) in names { state.customers[hash] = id }
    }
  }
}
