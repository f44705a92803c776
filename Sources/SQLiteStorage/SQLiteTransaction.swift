import EventLoop
import Storage

/// What a closure is given. On the thread of its connection.
final class SQLiteTransaction: Connection {
  private let handle: SQLiteHandle
  private var hooks: [@Sendable () -> Void] = []
  private var isOpen = true
  /// What ended the transaction.
  private(set) var failure: DatabaseError?

  private static let many = 256
  /// The one thread of rows that are enqueued; none where nothing is written.
  private let followers: BlockingPool?
  /// Have the connection, one after the other, until the last is waited for.
  private var following: [BlockingCall<Result<Void, DatabaseError>>] = []
  /// How many may wait there: their rows are in memory.
  private static let depth = 8

  init(_ handle: SQLiteHandle, followers: BlockingPool? = nil) {
    self.handle = handle
    self.followers = followers
  }

  /// One writer at a time needs no row locks.
  var forUpdate: String { "" }
  var forUpdateSkippingLocked: String { "" }

  @discardableResult
  func execute(_ sql: String, _ values: [any SQLValueConvertible]) throws -> Int { try run(sql, values).changes }

  func query(_ sql: String, _ values: [any SQLValueConvertible]) throws -> [Row] { try run(sql, values).rows }

  func forEach(_ sql: String, _ values: [any SQLValueConvertible], _ body: (any RowCursor) throws -> Void) throws {
    let statement = try attempt { () throws(DatabaseError) in try handle.start(sql, values) }
    defer { handle.finish(statement, sql) }
    while try attempt({ () throws(DatabaseError) in try statement.step() }) { try body(statement) }
  }

  @discardableResult
  func insert(_ rows: ColumnBatch, into table: String, _ suffix: String) throws -> Int {
    guard rows.count > 0 else { return 0 }
    return try attempt { () throws(DatabaseError) in try handle.insert(rows, into: table, suffix) }
  }

  /// Many rows on a thread of their own, while the closure goes on.
  func enqueue(_ rows: ColumnBatch, into table: String, _ suffix: String) throws {
    guard rows.count >= Self.many, let followers else {
      try insert(rows, into: table, suffix)
      return
    }
    try guarded { () throws(DatabaseError) in
      if following.count == Self.depth { try following.removeFirst().wait().get() }
      do throws(BlockingPoolError) {
        following.append(
          try followers.start { [handle] in
            Result { () throws(DatabaseError) in
              // What failed before may have ended the transaction: nothing is written beside one.
              guard handle.isInTransaction else { throw .unavailable("SQLite gave the transaction up.") }
              _ = try handle.insert(rows, into: table, suffix)
            }
          })
      } catch {
        throw DatabaseError(error)
      }
    }
  }

  func select(
    _ columns: String, from table: String, where column: String, isIn values: SQLColumn, locking: Bool
  ) throws -> [Row] {
    try attempt { () throws(DatabaseError) in
      try handle.select(values, "SELECT \(columns) FROM \(table) WHERE \(column) = $1")
    }
  }

  func tableExists(_ name: String) throws -> Bool {
    try !query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1", [name]).isEmpty
  }

  func afterCommit(_ body: @escaping @Sendable () -> Void) {
    hooks.append(body)
  }

  func runHooks() {
    for hook in hooks { hook() }
  }

  /// Waits for what was enqueued: the connection is free then.
  func end() {
    if isOpen { try? attempt { () throws(DatabaseError) in } }
    // After a failure there may be more.
    for call in following { _ = call.wait() }
    following = []
    isOpen = false
  }

  private func run(_ sql: String, _ values: [any SQLValueConvertible]) throws(DatabaseError) -> SQLiteStatement.Outcome
  {
    try attempt { () throws(DatabaseError) in try handle.run(sql, values) }
  }

  /// On the connection itself: all that was enqueued comes first.
  private func attempt<Result>(_ body: () throws(DatabaseError) -> Result) throws(DatabaseError) -> Result {
    try guarded { () throws(DatabaseError) in
      while !following.isEmpty { try following.removeFirst().wait().get() }
      return try body()
    }
  }

  /// Nothing more is done after a failure.
  private func guarded<Result>(_ body: () throws(DatabaseError) -> Result) throws(DatabaseError) -> Result {
    guard isOpen else { throw .statement("a connection is valid inside its closure only") }
    if let failure { throw failure }
    do {
      return try body()
    } catch {
      failure = error
      throw error
    }
  }
}
