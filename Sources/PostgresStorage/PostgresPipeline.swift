import CPostgres
import Core
import Glibc
import Storage

/// A statement on its way to the server.
struct PostgresCall {
  let sql: String
  let parameters: PostgresParameters
  /// Whether the server keeps its plan.
  let isPrepared: Bool
  /// Whether it is the engine's own business, such as `COMMIT`.
  let isControl: Bool

  /// What the rooms ask for.
  init(_ sql: String, _ parameters: PostgresParameters) {
    (self.sql, self.parameters, isPrepared, isControl) = (sql, parameters, true, false)
  }

  /// - Parameter isRepeated: not where the columns of the answer differ from time to time.
  init(_ sql: String, isRepeated: Bool) {
    (self.sql, parameters) = (sql, PostgresParameters([] as [SQLColumn]))
    (isPrepared, isControl) = (isRepeated, true)
  }
}

/// Statements in libpq's pipeline mode: those whose answers nobody waits for go to the server together with the next one
/// that is waited for, in one round trip.
///
/// When one fails, the server passes over those that were sent with it and come after it.
final class PostgresPipeline {
  private struct StatementKey: Hashable {
    let sql: String
    let types: [UInt32]
    let isControl: Bool

    init(_ call: PostgresCall) {
      (sql, types, isControl) = (call.sql, call.parameters.types, call.isControl)
    }
  }

  /// What the server answers.
  private struct Step {
    /// Its call, by its place among those that were sent together.
    let call: Int
    /// What is prepared by it.
    var statement: StatementKey?
  }

  private static let statementLimit = 300

  private let connection: OpaquePointer
  private let statementTimeout: Duration
  private var statements: [StatementKey: String] = [:]
  private var statementCount = 0
  private var waiting: [PostgresCall] = []
  /// Whether anything was sent since `start`.
  private(set) var hasSent = false
  var isUsable = true

  init(_ connection: OpaquePointer, statementTimeout: Duration) {
    self.connection = connection
    self.statementTimeout = statementTimeout
    PQenterPipelineMode(connection)
  }

  /// Forgets what waits, and lets `call` wait.
  func start(with call: PostgresCall) {
    waiting = [call]
    hasSent = false
  }

  /// Forgets what waits.
  func discard() {
    waiting = []
  }

  /// Goes with the next call that is waited for.
  func enqueue(_ call: PostgresCall) {
    waiting.append(call)
  }

  /// Whether the server has its plan.
  func isPrepared(_ call: PostgresCall) -> Bool {
    statements[StatementKey(call)] != nil
  }

  /// Sends it, after what waits.
  ///
  /// - Returns: its answer.
  /// - Throws: the first failure of all that was sent.
  @discardableResult
  func run(_ call: PostgresCall) throws(PostgresFailure) -> PostgresResult {
    enqueue(call)
    return try flush()
  }

  /// Sends what waits; there is something.
  ///
  /// - Returns: the last answer.
  /// - Throws: the first failure.
  @discardableResult
  func flush() throws(PostgresFailure) -> PostgresResult {
    let calls = waiting
    waiting = []
    hasSent = true
    var steps: [Step] = []
    for index in calls.indices { try send(calls[index], index, &steps) }
    guard PQpipelineSync(connection) == 1 else { throw lost() }
    // Each statement has the server's time for itself; some more is for the way.
    return try answers(to: steps, by: SystemTime().uptime + statementTimeout * calls.count + .seconds(2))
  }

  /// For a plan that no longer fits its tables, after a migration by another instance.
  func forgetStatements() throws(PostgresFailure) {
    statements = [:]
    try run(PostgresCall("DEALLOCATE ALL", isRepeated: false))
  }

  // MARK: - Sending

  private func send(_ call: PostgresCall, _ index: Int, _ steps: inout [Step]) throws(PostgresFailure) {
    if call.isPrepared {
      let name = try prepare(call, index, &steps)
      let sent = call.parameters.withPointers { values, lengths, formats in
        PQsendQueryPrepared(connection, name, Int32(call.parameters.count), values, lengths, formats, 1)
      }
      guard sent == 1 else { throw lost() }
    } else {
      guard PQsendQueryParams(connection, call.sql, 0, nil, nil, nil, nil, 1) == 1 else { throw lost() }
    }
    steps.append(Step(call: index))
  }

  private func prepare(_ call: PostgresCall, _ index: Int, _ steps: inout [Step]) throws(PostgresFailure) -> String {
    let key = StatementKey(call)
    if let name = statements[key] { return name }
    if statements.count >= Self.statementLimit {
      try send(PostgresCall("DEALLOCATE ALL", isRepeated: false), index, &steps)
      statements = [:]
    }
    statementCount += 1
    let name = "s\(statementCount)"
    guard PQsendPrepare(connection, name, key.sql, Int32(key.types.count), key.types) == 1 else { throw lost() }
    steps.append(Step(call: index, statement: key))
    statements[key] = name
    return name
  }

  // MARK: - Answers

  private func answers(to steps: [Step], by deadline: Duration) throws(PostgresFailure) -> PostgresResult {
    var failure: PostgresFailure?
    var last: PostgresResult?
    do throws(PostgresFailure) {
      for step in steps {
        guard let answer = try next(by: deadline) else { throw lost("no answer") }
        last = answer
        if let own = answer.failure {
          if let statement = step.statement { statements[statement] = nil }
          // Those after the first were passed over.
          if failure == nil { failure = own.of(step.call == steps.last?.call) }
          if own.isConnectionLost { throw lost("the server ended it") }
        }
        // Nothing stands between two answers, and after them how far the server has come.
        while try next(by: deadline) != nil {}
      }
      guard try next(by: deadline)?.isSync == true else { throw lost("no end of answers") }
    } catch {
      // What the server said before it went says more.
      throw failure ?? error
    }
    if let failure { throw failure }
    guard let last else { throw lost("no answer") }
    return last
  }

  private func next(by deadline: Duration) throws(PostgresFailure) -> PostgresResult? {
    while PQisBusy(connection) == 1 {
      try waitForAnswer(by: deadline)
      guard PQconsumeInput(connection) == 1 else { throw lost() }
    }
    let result = PQgetResult(connection).map { PostgresResult($0) }
    guard PQstatus(connection) == CONNECTION_OK else { throw lost() }
    return result
  }

  private func waitForAnswer(by deadline: Duration) throws(PostgresFailure) {
    let rest = (deadline - SystemTime().uptime).wholeMilliseconds
    var watched = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
    guard rest > 0, poll(&watched, 1, Int32(clamping: rest)) != 0 else {
      isUsable = false
      throw PostgresFailure(.unavailable("PostgreSQL did not answer in time. Look at its load and its locks."))
    }
  }

  private func lost(_ reason: String? = nil) -> PostgresFailure {
    isUsable = false
    let reason = reason ?? String(cString: PQerrorMessage(connection))
    return PostgresFailure(
      .unavailable("The connection to PostgreSQL was lost: \(reason.onOneLine)"), isWorthRepeating: true)
  }
}
