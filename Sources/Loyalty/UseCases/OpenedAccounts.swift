import Core
import Storage

/// Accounts that a book makes and does not take into memory, as most of many are never asked for again: written while the
/// book goes on.
struct OpenedAccounts {
  private let table = AccountTable()
  /// Not written yet; by their numbers.
  private var waiting: [(customer: CustomerHash, account: LedgerAccount)] = []
  private var numbers: [CustomerHash: Int64] = [:]

  /// The number of a customer's account, written or not.
  subscript(_ customer: CustomerHash) -> Int64? { numbers.isEmpty ? nil : numbers[customer] }

  /// Whether as many wait as are written together.
  var areMany: Bool { waiting.count >= JournalCommit.stretch }

  mutating func add(_ account: LedgerAccount, of customer: CustomerHash) {
    numbers[customer] = account.id
    waiting.append((customer, account))
  }

  mutating func write(tier: (LedgerAccount) -> String, in connection: any Connection) throws {
    guard !waiting.isEmpty else { return }
    var rows = AccountTable.Rows()
    for (_, account) in waiting { rows.append(account, tier: tier(account)) }
    try table.name(
      waiting.map { ($0.customer, $0.account.id) }.sorted { $0.0 < $1.0 }, in: connection)
    try table.save(rows, in: connection)
    waiting.removeAll(keepingCapacity: true)
  }
}
