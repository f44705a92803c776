import Core
import Synchronization

/// Accounts as they were last seen, for those who only want to know: what answers when the database is away.
///
/// As long as the journal's end stands where this process has left it, or has seen it, nobody else has posted, and all
/// accounts are still as they were: one look at the end makes all of them young again.
final class LedgerReadings: Sendable {
  struct Reading: Sendable {
    let account: LedgerAccount
    /// When it was known to be right.
    let asOf: Timestamp
    /// The same on `TimeSource.uptime`.
    let seen: Duration
  }

  fileprivate struct Kept: Sendable {
    let reading: Reading
    /// Of `State.age` when it was seen; nil for what was seen beside the journal's end.
    let age: Int?
  }

  fileprivate struct State {
    var accounts: TwoGenerations<Int64, Kept>
    var customers: TwoGenerations<CustomerHash, Int64>
    var head: JournalTable.Head?
    /// When the journal's end was seen there.
    var asOf = Timestamp(microseconds: 0)
    var seen = Duration.zero
    /// Grows when somebody else has posted.
    var age = 0
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
      guard let kept = state.kept(customer) else { return nil }
      guard kept.age == state.age, state.seen > kept.reading.seen else { return kept.reading }
      return Reading(account: kept.reading.account, asOf: max(kept.reading.asOf, state.asOf), seen: state.seen)
    }
  }

  /// The account, if it cannot have changed since it was seen.
  ///
  /// - Parameter head: where the journal ends.
  func unchanged(_ customer: Customer, at head: JournalTable.Head) -> LedgerAccount? {
    state.withLock { state in
      guard state.head == head, let kept = state.kept(customer), kept.age == state.age else { return nil }
      return kept.reading.account
    }
  }

  /// What one look at the database has shown.
  ///
  /// - Parameters:
  ///   - head: where the journal ended.
  ///   - account: what was read with it; nil for nothing, as with `unchanged`.
  ///   - asOf: when it was looked at, and `seen` the same on `TimeSource.uptime`.
  func take(
    read account: LedgerAccount?, _ names: [CustomerHash: Int64], head: JournalTable.Head, asOf: Timestamp,
    seen: Duration
  ) {
    state.withLock { state in
      // Or this process has posted since.
      let isAtEnd = state.head.map { $0.journal <= head.journal } ?? true
      if isAtEnd {
        // Somebody else has posted, or this process has and is about to say so.
        if state.head != head { state.age += 1 }
        state.head = head
        (state.asOf, state.seen) = (max(state.asOf, asOf), max(state.seen, seen))
      }
      state.keep(account.map { [$0] } ?? [], names, asOf: asOf, seen: seen, isAtEnd: isAtEnd)
    }
  }

  /// What a commit of this process has left.
  ///
  /// - Parameter head: where the journal ends after it.
  func take(posted changed: [LedgerAccount], _ names: [CustomerHash: Int64], head: JournalTable.Head) {
    let seen = time.uptime
    state.withLock { state in
      if let known = state.head, known != head {
        // One commit further is this one; anything else is somebody else's too.
        if head.journal > known.journal + 1 { state.age += 1 }
        if head.journal > known.journal { state.head = head }
      } else {
        state.head = head
      }
      let isAtEnd = state.head == head
      if isAtEnd { (state.asOf, state.seen) = (max(state.asOf, head.at), seen) }
      state.keep(changed, names, asOf: head.at, seen: seen, isAtEnd: isAtEnd)
    }
  }
}

extension LedgerReadings.State {
  fileprivate mutating func kept(_ customer: Customer) -> LedgerReadings.Kept? {
    switch customer {
    case .account(let id): return accounts[id]
    case .hashes(let hashes):
      for hash in hashes { if let id = customers[hash] { return accounts[id] } }
      return nil
    }
  }

  fileprivate mutating func keep(
    _ changed: [LedgerAccount], _ names: [CustomerHash: Int64], asOf: Timestamp, seen: Duration, isAtEnd: Bool
  ) {
    for account in changed {
      // What was read may be older than what was posted meanwhile.
      if let known = accounts[account.id]?.reading.account, known.version > account.version { continue }
      accounts[account.id] = LedgerReadings.Kept(
        reading: LedgerReadings.Reading(account: account, asOf: asOf, seen: seen), age: isAtEnd ? age : nil)
    }
    for (hash, id) in names { customers[hash] = id }
  }
}
