import Core
import DatabaseTesting
import Loyalty
import Security
import Storage

/// A ledger on an empty database, with a clock that stands still.
struct LedgerFixture: Sendable {
  let ledger: Ledger
  let database: any Database
  let time: ManualTime

  static let keys = CustomerKeys(
    [CustomerKeys.Key(version: 1, bytes: Redacted([UInt8](repeating: 7, count: 32)))], programme: "test")

  init(
    _ database: any Database, rules: RuleBook = RuleBook(), time: ManualTime = ManualTime(), seed: UInt64 = 1,
    rowsBehind: Int = 0
  ) {
    self.database = database
    self.time = time
    var options = Ledger.Options()
    options.rowsBehind = rowsBehind
    ledger = Ledger(
      on: database, options: options, rules: { rules }, time: time, random: SeededRandom(seed: seed))
  }

  static func on(
    _ engine: Engine, rules: RuleBook = RuleBook(), _ body: (LedgerFixture) async throws -> Void
  ) async throws {
    try await engine.withDatabase(schemas: [LoyaltySchema.schema]) { try await body(LedgerFixture($0, rules: rules)) }
  }

  static func customer(_ id: String) -> Customer { .hashes(keys.hashes(id)) }

  @discardableResult
  func post(
    _ action: LedgerCommand.Action, _ customer: String = "anna", key: String? = nil, version: Int64? = nil
  ) async throws -> Posting {
    try await ledger.post(
      LedgerCommand(
        action, for: Self.customer(customer), key: key, fingerprint: SHA256.hash(of: "\(customer) \(action)"),
        expectedVersion: version))
  }

  func refusal(
    _ action: LedgerCommand.Action, _ customer: String = "anna", key: String? = nil, version: Int64? = nil
  ) async throws -> LedgerRefusal? {
    do {
      try await post(action, customer, key: key, version: version)
      return nil
    } catch let refusal as LedgerRefusal {
      return refusal
    }
  }

  /// Points of the programme's accounts and of all customers: the books.
  func books() async throws -> Int64 {
    let books = try await database.rows("SELECT balance FROM loyalty_books").map { try $0.get(0, as: Int64.self) }
    let customers = try await database.rows("SELECT available FROM loyalty_accounts").map {
      try $0.get(0, as: Int64.self)
    }
    return (books + customers).reduce(0, +)
  }
}
