import CPostgres
import Core
import Glibc
import Storage

/// One connection to the server.
///
/// Unchecked: used by one thread at a time, the one that has borrowed it.
final class PostgresSession: @unchecked Sendable {
  private struct StatementKey: Hashable {
    let sql: String
    let types: [UInt32]
  }

  private static let statementLimit = 300

  private let connection: OpaquePointer
  private let statementTimeout: Duration
  private var statements: [StatementKey: String] = [:]
  private var statementCount = 0
  private(set) var isUsable = true

  init(
    conninfo: Redacted<String>, password: (@Sendable () throws -> Redacted<String>?)?, options: PostgresDatabase.Options
  ) throws(DatabaseError) {
    statementTimeout = options.statementTimeout
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
    let limit = statementTimeout.wholeMilliseconds
    for setting in ["statement_timeout = \(limit)", "idle_in_transaction_session_timeout = \(limit * 3)"] {
      do throws(PostgresFailure) { _ = try control("SET \(setting)") } catch {
        finish()
        throw error.error
      }
    }
  }

  func finish() {
    PQfinish(connection)
  }

  // MARK: - Transactions

  enum Outcome<Value> {
    case committed(Value, hooks: [@Sendable () -> Void])
    case threw(any Error)
    case failed(PostgresFailure)
  }

  func transact<Value>(_ begin: String, _ body: (any Connection) throws -> Value) -> Outcome<Value> {
    do throws(PostgresFailure) { _ = try control(begin) } catch { return .failed(error) }
    let transaction = PostgresTransaction(self)
    let result = Result { try body(transaction) }
    transaction.end()
    if let failure = transaction.failure {
      rollBack()
      if failure.isStalePlan { forgetStatements() }
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
        _ = try control("COMMIT")
        return .committed(value, hooks: transaction.hooks)
      } catch {
        return .failed(isUsable ? error : .commitInDoubt)
      }
    }
  }

  private func rollBack() {
    guard isUsable else { return }
    do throws(PostgresFailure) { _ = try control("ROLLBACK") } catch { isUsable = false }
  }

  // MARK: - Statements

  func control(_ sql: String) throws(PostgresFailure) -> PostgresResult {
    try finishSending(PQsendQuery(connection, sql))
  }

  func run(_ sql: String, _ parameters: PostgresParameters) throws(PostgresFailure) -> PostgresResult {
    let name = try prepare(sql, parameters.types)
    return try finishSending(
      parameters.withPointers { values, lengths, formats in
        PQsendQueryPrepared(connection, name, Int32(parameters.count), values, lengths, formats, 1)
      })
  }

  /// The next rows of a cursor. Not prepared: which columns they have differs from cursor to cursor.
  func fetch(_ count: Int, from cursor: String) throws(PostgresFailure) -> PostgresResult {
    try finishSending(
      PQsendQueryParams(connection, "FETCH \(count) FROM \(cursor)", 0, nil, nil, nil, nil, 1))
  }

  private func prepare(_ sql: String, _ types: [UInt32]) throws(PostgresFailure) -> String {
    let key = StatementKey(sql: sql, types: types)
    if let name = statements[key] { return name }
    do throws(DatabaseError) { try SQLText(sql).checkSingle() } catch { throw PostgresFailure(error) }
    if statements.count >= Self.statementLimit {
      _ = try control("DEALLOCATE ALL")
      statements = [:]
    }
    statementCount += 1
    let name = "s\(statementCount)"
    _ = try finishSending(PQsendPrepare(connection, name, sql, Int32(types.count), types))
    statements[key] = name
    return name
  }

  /// A plan that no longer fits its tables, after a migration by another instance.
  private func forgetStatements() {
    do throws(PostgresFailure) { _ = try control("DEALLOCATE ALL") } catch { isUsable = false }
    statements = [:]
  }

  /// Waits for the answer, not longer than the server was told to take and some for the way.
  private func finishSending(_ sent: Int32) throws(PostgresFailure) -> PostgresResult {
    guard sent == 1 else { throw lost(String(cString: PQerrorMessage(connection))) }
    let deadline = SystemTime().uptime + statementTimeout + .seconds(2)
    var first: PostgresResult?
    while true {
      while PQisBusy(connection) == 1 {
        try waitForAnswer(until: deadline)
        guard PQconsumeInput(connection) == 1 else { throw lost(String(cString: PQerrorMessage(connection))) }
      }
      guard let result = PQgetResult(connection) else { break }
      let wrapped = PostgresResult(result)
      if first == nil || first?.failure == nil { first = wrapped }
    }
    guard PQstatus(connection) == CONNECTION_OK else { throw lost(String(cString: PQerrorMessage(connection))) }
    guard let first else { throw lost("no answer") }
    if let failure = first.failure {
      if failure.isConnectionLost { isUsable = false }
      throw failure
    }
    return first
  }

  private func waitForAnswer(until deadline: Duration) throws(PostgresFailure) {
    let rest = (deadline - SystemTime().uptime).wholeMilliseconds
    var watched = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
    guard rest > 0, poll(&watched, 1, Int32(clamping: rest)) != 0 else {
      isUsable = false
      throw PostgresFailure(.unavailable("PostgreSQL did not answer in time. Look at its load and its locks."))
    }
  }

  private func lost(_ reason: String) -> PostgresFailure {
    isUsable = false
    return PostgresFailure(
      .unavailable("The connection to PostgreSQL was lost: \(reason.onOneLine)"), isWorthRepeating: true)
  }
}

extension String {
  /// libpq ends its messages with a line feed and puts details on further lines.
  var onOneLine: String {
    let line = split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " || $0 == "\t" } }.joined(separator: "; ")
    return line.hasSuffix(".") || line.hasSuffix("?") ? line : line + "."
  }
}
