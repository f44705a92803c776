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

  /// - Parameter customers: in the order of their hashes, as neighbours share a page.
  func name(_ customers: [(hash: CustomerHash, account: Int64)], in connection: any Connection) throws {
    try connection.enqueue(
      ["customer": .blobs(customers.map(\.hash.stored)), "account": .integers(customers.map(\.account))],
      into: "loyalty_customers")
  }

  /// New or changed, each once, by their numbers.
  func save(_ rows: Rows, in connection: any Connection) throws {
    try connection.enqueue(
      [
        "id": .integers(rows.ids), "tag": .integers(rows.tags), "status": .integers(rows.status),
        "tier": .texts(rows.tiers), "available": .integers(rows.available), "held": .integers(rows.held),
        "balance_version": .integers(rows.versions), "last_sequence": .integers(rows.lastSequences),
        "head": .bytes32(rows.heads), "state": .blobs(rows.states), "due_at": .optionalIntegers(rows.due),
        "created_at": .integers(rows.createdAt),
      ], into: "loyalty_accounts",
      """
      ON CONFLICT (id) DO UPDATE SET status = excluded.status, tier = excluded.tier, available = excluded.available,
        held = excluded.held, balance_version = excluded.balance_version, last_sequence = excluded.last_sequence,
        head = excluded.head, state = excluded.state\(rows.isDueAsBefore ? "" : ", due_at = excluded.due_at")
      """)
  }

  /// Filled account by account.
  struct Rows {
    /// Whether the rows that are there already have the right `due_at`: then its index is left alone, which SQLite would
    /// take out of and put back in place.
    var isDueAsBefore = false
    fileprivate private(set) var ids: [Int64] = []
    fileprivate private(set) var tags: [Int64] = []
    fileprivate private(set) var status: [Int64] = []
    fileprivate private(set) var tiers: [String] = []
    fileprivate private(set) var available: [Int64] = []
    fileprivate private(set) var held: [Int64] = []
    fileprivate private(set) var versions: [Int64] = []
    fileprivate private(set) var lastSequences: [Int64] = []
    fileprivate private(set) var heads: [Bytes32] = []
    fileprivate private(set) var states: [[UInt8]] = []
    fileprivate private(set) var due: [Int64?] = []
    fileprivate private(set) var createdAt: [Int64] = []

    mutating func append(_ account: LedgerAccount, tier: String) {
      ids.append(account.id)
      tags.append(Int64(bitPattern: account.tag))
      status.append(account.status.rawValue)
      tiers.append(tier)
      available.append(account.available)
      held.append(account.held)
      versions.append(account.version)
      lastSequences.append(account.lastSequence)
      heads.append(account.head)
      states.append(account.stateBytes)
      due.append(account.nextDue?.microseconds)
      createdAt.append(account.createdAt.microseconds)
    }
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
  static func < (left: CustomerHash, right: CustomerHash) -> Bool {
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
