import Core
import Synchronization

/// Accounts as this process has left them, so that a busy one is not read again for each transaction. It holds only as long
/// as nobody else has posted: where the journal ends tells.
final class LedgerMemory: Sendable {
  private struct State {
    var head: JournalTable.Head?
    var accounts: TwoGenerations<Int64, LedgerAccount>
    var customers: TwoGenerations<CustomerHash, Int64>
  }

  private let state: Mutex<State>

  /// - Parameter limit: how many accounts are kept at most.
  init(limit: Int) {
    state = Mutex(
      State(head: nil, accounts: TwoGenerations(limit: limit), customers: TwoGenerations(limit: limit)))
  }

  /// Forgets all if the journal has moved on without this process.
  func check(against head: JournalTable.Head) {
    state.withLock { state in
      guard state.head != head else { return }
      state.head = head
      state.accounts.removeAll()
      state.customers.removeAll()
    }
  }

  func accounts(_ ids: [Int64]) -> (known: [LedgerAccount], missing: [Int64]) {
    state.withLock { state in
      var known: [LedgerAccount] = []
      var missing: [Int64] = []
      for id in ids { if let account = state.accounts[id] { known.append(account) } else { missing.append(id) } }
      return (known, missing)
    }
  }

  /// Adds the customers that are remembered and are not there yet.
  ///
  /// - Returns: those that are not remembered.
  func add(_ hashes: [CustomerHash], to customers: inout [CustomerHash: Int64]) -> [CustomerHash] {
    state.withLock { state in state.customers.add(hashes, to: &customers) }
  }

  /// What a commit has left; to be called before the next one begins.
  func take(_ accounts: [LedgerAccount], _ customers: [CustomerHash: Int64], head: JournalTable.Head) {
    state.withLock { state in
      state.head = head
      for account in accounts { state.accounts[account.id] = account }
      for (hash, id) in customers { state.customers[hash] = id }
    }
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
      old.removeValue(forKey: key)
    }
  }

  mutating func add(_ keys: [Key], to values: inout [Key: Value]) -> [Key] {
    var missing: [Key] = []
    for key in keys where values[key] == nil {
      if let value = self[key] { values[key] = value } else { missing.append(key) }
    }
    return missing
  }

  mutating func removeAll() {
    young = [:]
    old = [:]
  }
}
