/// The database, whichever engine it is.
///
/// The closures are synchronous, run on a thread of the engine and are one transaction: what they throw rolls it back.
/// They may run again after a conflict that the engine resolves by repeating, so they have no effect outside.
package protocol Database: Sendable {
  /// A consistent view, without writing.
  ///
  /// - Throws: `DatabaseError`, and what `body` throws.
  func read<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Result
  ) async throws -> Result

  /// Returns once the changes are durable.
  ///
  /// - Throws: `DatabaseError`, and what `body` throws.
  @discardableResult
  func write<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Result
  ) async throws -> Result

  /// Finishes what was begun and closes.
  func close() async
}

/// A transaction that is open; valid inside the closure only.
///
/// A statement that fails ends the transaction, as it does on PostgreSQL: statements after it throw the same error, and so
/// does `write`, even if the closure catches it. What is expected to clash is written with `ON CONFLICT`.
///
/// SQL is written once, in the dialect both engines speak: `$1` parameters, `RETURNING`, `ON CONFLICT`, `BIGINT`, `TEXT`
/// and `BYTEA` for types. No other types, no `NOW()`, no `AUTOINCREMENT`, no deferred constraints, one statement a call. Text holds no NUL.
/// `CREATE TABLE … WITHOUT ROWID` makes SQLite keep short rows in the primary key's own index; PostgreSQL does not see it.
package protocol Connection {
  /// - Returns: how many rows were changed.
  @discardableResult
  func execute(_ sql: String, _ values: [any SQLValueConvertible]) throws -> Int

  func query(_ sql: String, _ values: [any SQLValueConvertible]) throws -> [Row]

  /// `execute` for a change whose outcome nobody asks: PostgreSQL is sent it with the next call that is waited for, or with
  /// the commit, and that fails if it fails. Whatever comes after it on this connection sees what it has changed.
  func enqueue(_ sql: String, _ values: [any SQLValueConvertible]) throws

  /// Reads one row after the other and keeps none: for more rows than memory should hold.
  ///
  /// The closure may use the connection, and what it throws ends the reading. Whether rows that it changes are still to come
  /// is not said. `sql` is a `SELECT`.
  func forEach(_ sql: String, _ values: [any SQLValueConvertible], _ body: (any RowCursor) throws -> Void) throws

  /// `INSERT INTO table … suffix` for thousands of rows at once, in their order.
  ///
  /// - Parameter suffix: such as `ON CONFLICT (id) DO UPDATE SET balance = excluded.balance`. With `DO UPDATE` no two rows
  ///   of the batch may have the same key: PostgreSQL refuses to change a row twice.
  /// - Returns: how many rows were inserted or changed; 0 for an empty batch, which asks nothing of the database.
  @discardableResult
  func insert(_ rows: ColumnBatch, into table: String, _ suffix: String) throws -> Int

  /// `insert` in the manner of `enqueue`. SQLite inserts many rows on a thread of their own meanwhile.
  func enqueue(_ rows: ColumnBatch, into table: String, _ suffix: String) throws

  /// `SELECT columns` of the rows whose `column`, which should have an index, holds one of thousands of values.
  ///
  /// Rows come in the order of `column`, each once however often `values` holds its value; a value without a row gives none,
  /// and so does NULL. The types of `column` and `values` are the same.
  ///
  /// - Parameters:
  ///   - columns: what is read of a row; no aggregates, which SQLite would form for each value.
  ///   - locking: locks the rows until the end of the transaction, in their order, so that two who do so do not deadlock.
  func select(
    _ columns: String, from table: String, where column: String, isIn values: SQLColumn, locking: Bool
  ) throws -> [Row]

  /// What turns a `SELECT` into one that locks its rows until the end of the transaction: ` FOR UPDATE` on PostgreSQL,
  /// nothing on SQLite, where there is one writer.
  var forUpdate: String { get }
  /// The same, passing over rows that others have locked: for queues.
  var forUpdateSkippingLocked: String { get }

  func tableExists(_ name: String) throws -> Bool

  /// Runs `body` once the transaction is durable, before its caller is answered; never if it is rolled back. For waking
  /// those who wait for what was written; short, on the engine's thread.
  func afterCommit(_ body: @escaping @Sendable () -> Void)

  /// Runs `body` once others see what was changed, which on PostgreSQL may be before it is durable: until then a crash of the
  /// server undoes it, and all that others have written after it. So who writes one after the other need not wait for the
  /// disk in between. `write` returns no sooner for it. Never if it is rolled back; short, on the engine's thread.
  func onceVisible(_ body: @escaping @Sendable () -> Void)
}

extension Connection {
  @discardableResult
  package func execute(_ sql: String) throws -> Int { try execute(sql, []) }

  package func query(_ sql: String) throws -> [Row] { try query(sql, []) }

  package func enqueue(_ sql: String, _ values: [any SQLValueConvertible]) throws { try execute(sql, values) }

  package func onceVisible(_ body: @escaping @Sendable () -> Void) { afterCommit(body) }

  package func enqueue(_ rows: ColumnBatch, into table: String, _ suffix: String) throws {
    try insert(rows, into: table, suffix)
  }

  package func enqueue(_ rows: ColumnBatch, into table: String) throws { try enqueue(rows, into: table, "") }

  package func forEach(_ sql: String, _ body: (any RowCursor) throws -> Void) throws { try forEach(sql, [], body) }

  @discardableResult
  package func insert(_ rows: ColumnBatch, into table: String) throws -> Int { try insert(rows, into: table, "") }

  package func select(
    _ columns: String, from table: String, where column: String, isIn values: SQLColumn
  ) throws -> [Row] {
    try select(columns, from: table, where: column, isIn: values, locking: false)
  }
}

package enum DatabaseError: Error, Sendable, Hashable {
  /// The database cannot be reached, is shutting down or has no room: worth trying again later. Answer 503.
  case unavailable(String)
  /// A unique, foreign-key or check constraint, by the name or columns that the engine gives.
  case constraint(String)
  /// The statement is wrong: a bug of ours.
  case statement(String)
  /// Rows do not have the shape that was asked for: a bug of ours or a damaged file.
  case shape(String)
  /// The schema was made by a newer version, or a migration that was applied has been changed since.
  case schema(String)
}

extension DatabaseError {
  /// As much waits as may. The database is there: whoever can say "more slowly" should, with 429.
  package static let queueIsFull = DatabaseError.unavailable(
    "Too many requests wait for the database. Try again shortly.")
}
