import Cache
import Core

/// Accounts as they were last seen, for those who only want to know: what answers when the database is away.
final class LedgerReadings: Sendable {
  struct Reading: Sendable {
    /// Nil for a customer who has no account.
    let account: LedgerAccount?
    let asOf: Timestamp
    /// On `TimeSource.uptime`.
    let seen: Duration
  }

  private let accounts: BoundedCache<Int64, Reading>
  private let customers: BoundedCache<CustomerHash, Int64>
  private let time: any TimeSource

  init(limit: Int, time: any TimeSource) {
    accounts = BoundedCache(maximumCount: limit)
    customers = BoundedCache(maximumCount: limit)
    self.time = time
  }

  func find(_ customer: Customer) -> Reading? {
    let now = time.uptime
    let id: Int64? =
      switch customer {
      case .account(let id): id
      case .hashes(let hashes): hashes.lazy.compactMap { [customers] in customers.value(for: $0, now: now) }.first
      }
    return id.flatMap { accounts.value(for: $0, now: now) }
  }

  func take(_ changed: [LedgerAccount], _ names: [CustomerHash: Int64], asOf: Timestamp) {
    let seen = time.uptime
    for account in changed { put(account, asOf: asOf, seen: seen) }
    for (hash, id) in names { customers.set(id, for: hash) }
  }

  /// What was read may be older than what was posted meanwhile.
  private func put(_ account: LedgerAccount, asOf: Timestamp, seen: Duration) {
    if let known = accounts.value(for: account.id, now: seen)?.account, known.version > account.version { return }
    accounts.set(Reading(account: account, asOf: asOf, seen: seen), for: account.id)
  }
}
