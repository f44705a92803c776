import CPostgres
import Core
import Glibc
import Storage

/// One connection to the server.
///
/// Unchecked: used by one thread at a time, the one that has borrowed it.
final class PostgresSession: @unchecked Sendable {
  private let connection: OpaquePointer
  let pipeline: PostgresPipeline

  init(
    conninfo: Redacted<String>, password: (@Sendable () throws -> Redacted<String>?)?, options: PostgresDatabase.Options
  ) throws(DatabaseError) {
    let secret: Redacted<String>?
    do { secret = try password?() } catch {
      throw .unavailable("The password of the database cannot be read. Check the file that the configuration names.")
    }
    // The first is overridden by what the connection string says, the last override it.
    var parameters = [
      ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "20000"),
      ("application_name", "ringback"), ("connect_timeout", String(max(2, options.connectTimeout.secondsRoundedUp))),
      ("dbname", conninfo.reveal()), ("client_encoding", "UTF8"),
    ]
    if let secret { parameters.append(("password", secret.reveal())) }
    let keywords = parameters.map { strdup($0.0) }
    let values = parameters.map { strdup($0.1) }
    defer { for text in keywords + values { free(text) } }
    let connection = PQconnectdbParams(
      keywords.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 1)
    guard let connection, PQstatus(connection) == CONNECTION_OK else {
      let reason = connection.map { String(cString: PQerrorMessage($0)) } ?? "no memory"
      PQfinish(connection)
      throw .unavailable("PostgreSQL: \(reason.onOneLine)")
    }
    self.connection = connection
    PQsetNoticeProcessor(connection, { _, _ in }, nil)
    pipeline = PostgresPipeline(connection, statementTimeout: options.statementTimeout)
    let limit = options.statementTimeout.wholeMilliseconds
    do throws(PostgresFailure) {
      pipeline.enqueue(PostgresCall("SET statement_timeout = \(limit)", isRepeated: false))
      try pipeline.run(PostgresCall("SET idle_in_transaction_session_timeout = \(limit * 3)", isRepeated: false))
    } catch {
      finish()
      throw error.error
    }
  }

  var isUsable: Bool { pipeline.isUsable }

  func finish() {
    PQfinish(connection)
  }

  // MARK: - Transactions

  enum Outcome<Value> {
    case committed(Value, hooks: [@Sendable () -> Void])
    case threw(any Error)
    case failed(PostgresFailure)
  }

  /// `begin` goes to the server with the closure's first statement, and `COMMIT` with what the closure has left waiting.
  func transact<Value>(_ begin: String, _ body: (any Connection) throws -> Value) -> Outcome<Value> {
    pipeline.start(with: PostgresCall(begin, isRepeated: true))
    let transaction = PostgresTransaction(pipeline)
    let result = Result { try body(transaction) }
    transaction.end()
    if let failure = transaction.failure {
      rollBack(after: failure)
      // What the closure made of the failure is kept, unless the failure is to be answered by running it again.
      if case .failure(let error) = result, !failure.isWorthRepeating { return .threw(error) }
      return .failed(failure)
    }
    switch result {
    case .failure(let error):
      rollBack()
      return .threw(error)
    case .success(let value):
      do throws(PostgresFailure) {
        try commit(transaction)
        return .committed(value, hooks: transaction.hooks)
      } catch {
        rollBack(after: error)
        return .failed(error)
      }
    }
  }

  private func commit(_ transaction: PostgresTransaction) throws(PostgresFailure) {
    // A connection that was lost in idle times shows before there can be doubt.
    if !pipeline.hasSent { try pipeline.flush() }
    let isVisibleFirst = !transaction.visibleHooks.isEmpty
    if isVisibleFirst { pipeline.enqueue(PostgresCall("SET LOCAL synchronous_commit TO off", isRepeated: true)) }
    do throws(PostgresFailure) {
      try pipeline.run(PostgresCall("COMMIT", isRepeated: true))
    } catch {
      throw isUsable || error.isOfEarlierCall ? error : .commitInDoubt
    }
    guard isVisibleFirst else { return }
    for hook in transaction.visibleHooks { hook() }
    do throws(PostgresFailure) { try makeDurable() } catch { throw .commitInDoubt }
  }

  /// Writes to the log in a transaction of its own, which waits for the disk as the server is set to. The log is in one
  /// order: what this connection has committed before is on the disk then. Had the server crashed in between, the connection
  /// would be lost.
  private func makeDurable() throws(PostgresFailure) {
    try pipeline.run(PostgresCall("SELECT pg_logical_emit_message(true, 'ringback', '')", isRepeated: true))
  }

  /// What waits was never sent.
  private func rollBack(after failure: PostgresFailure? = nil) {
    pipeline.discard()
    guard isUsable, pipeline.hasSent else { return }
    do throws(PostgresFailure) {
      try pipeline.run(PostgresCall("ROLLBACK", isRepeated: true))
      if failure?.isStalePlan == true { try pipeline.forgetStatements() }
    } catch {
      pipeline.isUsable = false
    }
  }
}

extension String {
  /// libpq ends its messages with a line feed and puts details on further lines.
  var onOneLine: String {
    let line = split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " || $0 == "\t" } }.joined(separator: "; ")
    return line.hasSuffix(".") || line.hasSuffix("?") ? line : line + "."
  }
}
