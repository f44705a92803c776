import Core
import Storage

/// Customers' accounts as their transactions have left them, and the hashes that lead to them.
struct AccountTable: Sendable {
  static let columns =
    "id, tag, status, available, held, balance_version, last_sequence, head, state, created_at"

  /// Accounts by number, locked in the order of their numbers, so that two who lock many never wait for each other in a
  /// ring. Those that do not exist are left out.
  func load(_ ids: [Int64], in connection: any Connection, locking: Bool = true) throws -> [LedgerAccount] {
    guard !ids.isEmpty else { return [] }
    return try connection.select(
      Self.columns, from: "loyalty_accounts", where: "id", isIn: .integers(ids.sorted()), locking: locking
    ).map(Self.account)
  }

  /// The account that a customer's hashes lead to, and the hashes that do.
  func find(_ hashes: [CustomerHash], in connection: any Connection) throws -> [CustomerHash: Int64] {
    guard !hashes.isEmpty else { return [:] }
    let rows = try connection.select(
      "customer, account", from: "loyalty_customers", where: "customer", isIn: .blobs(hashes.map(\.stored)))
    return try rows.reduce(into: [:]) { found, row in
      guard let hash = CustomerHash(stored: try row.bytes(0)) else {
        throw DatabaseError.shape("loyalty_customers.customer")
      }
      found[hash] = try row.integer(1)
    }
  }

  func name(_ customers: [CustomerHash: Int64], in connection: any Connection) throws {
    // In the order of the index, as neighbours share a page.
    let customers = customers.sorted { $0.key < $1.key }
    try connection.enqueue(
      ["customer": .blobs(customers.map(\.key.stored)), "account": .integers(customers.map(\.value))],
      into: "loyalty_customers")
  }

  /// New or changed, each once, by their numbers.
  func save(_ accounts: [LedgerAccount], tier: (LedgerAccount) -> String, in connection: any Connection) throws {
    try connection.enqueue(
      [
        "id": .integers(accounts.map(\.id)),
        "tag": .integers(accounts.map { Int64(bitPattern: $0.tag) }),
        "status": .integers(accounts.map(\.status.rawValue)),
        "tier": .texts(accounts.map(tier)),
        "available": .integers(accounts.map(\.available)),
        "held": .integers(accounts.map(\.held)),
        "balance_version": .integers(accounts.map(\.version)),
        "last_sequence": .integers(accounts.map(\.lastSequence)),
        "head": .bytes32(accounts.map(\.head)),
        "state": .blobs(accounts.map(\.stateBytes)),
        "due_at": .optionalIntegers(accounts.map { $0.nextDue?.microseconds }),
        "created_at": .integers(accounts.map(\.createdAt.microseconds)),
      ], into: "loyalty_accounts",
      """
      ON CONFLICT (id) DO UPDATE SET status = excluded.status, tier = excluded.tier, available = excluded.available,
        held = excluded.held, balance_version = excluded.balance_version, last_sequence = excluded.last_sequence,
        head = excluded.head, state = excluded.state, due_at = excluded.due_at
      """)
  }

  /// Accounts in which a lot or a hold has come to its end, the longest ago first.
  func due(_ limit: Int, now: Timestamp, in connection: any Connection) throws -> [Int64] {
    try connection.query(
      "SELECT id FROM loyalty_accounts WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2", [now, limit]
    ).map { try $0.get(0) }
  }

  static func account(_ row: Row) throws -> LedgerAccount {
    try account(head: row.bytes32(7), state: row.bytes(8)) { try row.integer($0) }
  }

  /// - Parameter integer: of a column, by its place in `columns`.
  static func account(head: Bytes32, state: [UInt8], _ integer: (Int) throws -> Int64) throws -> LedgerAccount {
    var account = LedgerAccount(
      id: try integer(0), tag: UInt64(bitPattern: try integer(1)),
      createdAt: Timestamp(microseconds: try integer(9)))
    guard let status = LedgerAccount.Status(rawValue: try integer(2)) else {
      throw DatabaseError.shape("loyalty_accounts.status")
    }
    account.status = status
    account.available = try integer(3)
    account.held = try integer(4)
    account.version = try integer(5)
    account.lastSequence = try integer(6)
    account.head = head
    guard account.readState(state) else { throw DatabaseError.shape("loyalty_accounts.state") }
    return account
  }
}

extension CustomerHash {
  /// In the order of what is stored.
  fileprivate static func < (left: CustomerHash, right: CustomerHash) -> Bool {
    left.keyVersion == right.keyVersion ? left.bytes < right.bytes : left.keyVersion < right.keyVersion
  }

  init?(stored: [UInt8]) {
    guard let hash = stored.withUnsafeBytes({ CustomerHash(stored: $0) }) else { return nil }
    self = hash
  }

  init?(stored: UnsafeRawBufferPointer) {
    guard stored.count == 2 + Bytes32.count else { return nil }
    self.init(
      keyVersion: Int(stored[0]) << 8 | Int(stored[1]), bytes: Bytes32(UnsafeRawBufferPointer(rebasing: stored[2...])))
  }
}
