import Core
import DatabaseTesting
import Loyalty
import Storage

/// The tables of a ledger, to be changed behind its back and put right again.
struct LedgerTables: Sendable {
  struct Table: Sendable {
    let name: String
    let key: [String]
    let columns: [String]
    /// What no transaction says, and nothing is decided by.
    var unproved: Set<String> = []
  }

  static let all = [
    Table(
      name: "loyalty_transactions", key: ["sequence"],
      columns: [
        "sequence", "account", "number", "type", "points", "source", "target", "at", "available", "held", "previous",
        "key", "detail", "hash",
      ]),
    Table(
      name: "loyalty_accounts", key: ["id"],
      columns: [
        "id", "tag", "status", "tier", "available", "held", "balance_version", "last_sequence", "head", "state",
        "due_at", "created_at",
      ], unproved: ["tier"]),
    Table(name: "loyalty_customers", key: ["customer"], columns: ["customer", "account"]),
    Table(name: "loyalty_milestones", key: ["account", "number"], columns: ["account", "number", "sequence", "at"]),
    Table(
      name: "loyalty_processed_events", key: ["key"],
      columns: ["key", "fingerprint", "sequence", "last_sequence", "outcome", "kept_until"],
      unproved: ["fingerprint", "outcome", "kept_until"]),
    Table(name: "loyalty_books", key: ["account"], columns: ["account", "balance"]),
    Table(name: "loyalty_journal", key: ["number"], columns: ["number", "last_sequence", "root", "at"]),
    Table(
      name: "loyalty_head", key: ["id"], columns: ["id", "sequence", "journal", "root", "at", "next_account"]),
  ]

  private let rows: [String: [Row]]

  init(of database: any Database) async throws {
    var rows: [String: [Row]] = [:]
    for table in Self.all {
      rows[table.name] = try await database.rows(
        "SELECT \(table.columns.joined(separator: ", ")) FROM \(table.name) ORDER BY \(table.key.joined(separator: ", "))"
      )
    }
    self.rows = rows
  }

  func restore(_ database: any Database) async throws {
    try await database.write { [rows] connection in
      for table in Self.all {
        try connection.execute("DELETE FROM \(table.name)")
        let places = (1...table.columns.count).map { "$\($0)" }.joined(separator: ", ")
        for row in rows[table.name, default: []] {
          try connection.execute(
            "INSERT INTO \(table.name) (\(table.columns.joined(separator: ", "))) VALUES (\(places))", row.values)
        }
      }
    }
  }

  /// The first row, one in the middle and the last.
  func samples(_ table: Table) -> [Row] {
    let rows = rows[table.name, default: []]
    return Set([0, rows.count / 2, rows.count - 1]).sorted().map { rows[$0] }
  }

  static func change(_ column: String, of row: Row, in table: Table, _ database: any Database) async throws {
    let value = row.values[table.columns.firstIndex(of: column) ?? 0]
    let isKey = table.key.contains(column)
    let next: SQLValue =
      switch value {
      case .integer(let number): .integer(number + (isKey ? 1_000_000 : 1))
      case .text(let text): .text(text + " ")
      case .blob(let bytes): .blob(bytes.isEmpty ? [1] : bytes.dropLast() + [bytes[bytes.count - 1] ^ 1])
      case .null: .integer(1)
      }
    let places = table.key.enumerated().map { "\($1) = $\($0 + 2)" }.joined(separator: " AND ")
    let key = table.key.map { row.values[table.columns.firstIndex(of: $0) ?? 0] }
    try await database.write { connection in
      try connection.execute("UPDATE \(table.name) SET \(column) = $1 WHERE \(places)", [next] + key)
    }
  }
}

extension LedgerFixture {
  /// How many transactions of a customer's account alone are proved.
  func proved(_ customer: String) async throws -> Int64? {
    let account = try await ledger.transact { try $0.account(for: Self.customer(customer)) }
    guard let account else { return nil }
    return try await VerifyLedger(database).account(AccountID(account))
  }

  /// A ledger with something of everything.
  func fill() async throws {
    for round in 0..<26 {
      _ = try await ledger.post(
        (0..<10).map { index in
          LedgerCommand(
            .accrue(points: Int64(index) + 1, expiresAt: time.now + .seconds(Int64(1_000 + 1_000 * (round % 3)))),
            for: Self.customer("anna"), key: "fill/\(round)/\(index)")
        })
    }
    try await post(.accrue(points: 900, expiresAt: nil), "ben", key: "c/1")
    let spent = try await post(.redeem(points: 300), "ben", key: "c/2")
    try await post(.reverse(spent.id), "ben", key: "c/3")
    let hold = try await post(.hold(points: 100, expiresAt: time.now + .seconds(50)), "ben", key: "c/4")
    try await post(.capture(hold: hold.id, points: 40), "ben", key: "c/5")
    try await post(.hold(points: 70, expiresAt: time.now + .seconds(500)), "ben", key: "c/6")
    _ = try await refusal(.redeem(points: 1_000_000), "ben", key: "c/7")
    time.advance(by: .seconds(1_500))
    // Expires what is over.
    try await post(.adjust(points: -5, expiresAt: nil), "anna", key: "c/8")
    try await post(.accrue(points: 1, expiresAt: nil), "ben")
    try await post(.accrue(points: 20, expiresAt: nil), "carl", key: "c/9")
    try await post(.hold(points: 20, expiresAt: time.now + .seconds(500)), "carl")
  }
}
