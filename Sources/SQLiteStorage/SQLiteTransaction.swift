import Storage

/// What a closure is given. On the thread of its connection.
final class SQLiteTransaction: Connection {
  private let handle: SQLiteHandle
  private var hooks: [@Sendable () -> Void] = []
  private var isOpen = true
  /// What ended the transaction.
  private(set) var failure: DatabaseError?

  init(_ handle: SQLiteHandle) {
    self.handle = handle
  }

  /// One writer at a time needs no row locks.
  var forUpdate: String { "" }
  var forUpdateSkippingLocked: String { "" }

  @discardableResult
  func execute(_ sql: String, _ values: [any SQLValueConvertible]) throws -> Int { try run(sql, values).changes }

  func query(_ sql: String, _ values: [any SQLValueConvertible]) throws -> [Row] { try run(sql, values).rows }

  func tableExists(_ name: String) throws -> Bool {
    try !query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1", [name]).isEmpty
  }

  func afterCommit(_ body: @escaping @Sendable () -> Void) {
    hooks.append(body)
  }

  func runHooks() {
    for hook in hooks { hook() }
  }

  func end() {
    isOpen = false
  }

  private func run(_ sql: String, _ values: [any SQLValueConvertible]) throws(DatabaseError) -> SQLiteStatement.Outcome
  {
    guard isOpen else { throw .statement("a connection is valid inside its closure only") }
    if let failure { throw failure }
    do {
      return try handle.run(sql, values)
    } catch {
      failure = error
      throw error
    }
  }
}
