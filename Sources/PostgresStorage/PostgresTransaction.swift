import Storage

/// What a closure is given. On the thread of its connection.
final class PostgresTransaction: Connection {
  private let session: PostgresSession
  private(set) var hooks: [@Sendable () -> Void] = []
  private var isOpen = true
  /// What ended the transaction.
  private(set) var failure: PostgresFailure?

  init(_ session: PostgresSession) {
    self.session = session
  }

  var forUpdate: String { " FOR UPDATE" }
  var forUpdateSkippingLocked: String { " FOR UPDATE SKIP LOCKED" }

  @discardableResult
  func execute(_ sql: String, _ values: [any SQLValueConvertible]) throws -> Int {
    try run(sql, values) { $0.changes }
  }

  func query(_ sql: String, _ values: [any SQLValueConvertible]) throws -> [Row] {
    try run(sql, values) { result throws(PostgresFailure) in try result.rows() }
  }

  func tableExists(_ name: String) throws -> Bool {
    let rows = try query(
      "SELECT 1 FROM pg_catalog.pg_class WHERE relkind = 'r' AND relname = $1 AND pg_catalog.pg_table_is_visible(oid)",
      [name])
    return !rows.isEmpty
  }

  func afterCommit(_ body: @escaping @Sendable () -> Void) {
    hooks.append(body)
  }

  func end() {
    isOpen = false
  }

  private func run<Result>(
    _ sql: String, _ values: [any SQLValueConvertible], _ take: (PostgresResult) throws(PostgresFailure) -> Result
  ) throws(DatabaseError) -> Result {
    guard isOpen else { throw .statement("a connection is valid inside its closure only") }
    if let failure { throw failure.error }
    do throws(PostgresFailure) {
      return try take(try session.run(sql, values.map(\.sqlValue)))
    } catch {
      failure = error
      throw error.error
    }
  }
}
