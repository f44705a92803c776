import Core
import Resilience
import Storage
import Synchronization

/// The ledger: whoever wants to post waits in one line, and those who wait together are committed together, in order, each
/// with an answer of its own. So a busy account is no slower than many, and nobody waits for a lock.
package final class Ledger: Sendable {
  package struct Options: Sendable, Hashable {
    /// How many single transactions one commit carries at most. A batch is one commit, however long.
    package var groupLimit = 256
    /// How many transactions may wait; one more is `LedgerUnavailable.overloaded`.
    package var queueLimit = 20_000
    /// How many accounts are kept in memory, beside those whose rows are behind.
    package var accountsInMemory = 1 << 18
    /// How many transactions the rows of accounts may be behind the journal (`RowsBehind`); 0 writes them with each commit,
    /// as is right where several processes post all the time.
    package var rowsBehind = 0

    package init() {}

    /// Where mostly one process posts, as on SQLite. Who opens the ledger after a crash reads as many transactions again as
    /// rows may be behind.
    package static let oneProcess: Options = {
      var options = Options()
      options.rowsBehind = 1 << 19
      return options
    }()
  }

  package typealias Answer = Result<Posting, LedgerRefusal>

  private struct Waiting {
    let count: Int
    let work: Work

    enum Work {
      case posts([LedgerCommand], CheckedContinuation<ArraySlice<Answer>, any Error>)
      /// In a commit of its own.
      case alone(@Sendable (LedgerProgress.Turn) async -> Void)
    }
  }

  private struct Line {
    var waiting: [Waiting] = []
    var count = 0
    var isServed = false
  }

  package let database: any Database
  private let options: Options
  private let rules: @Sendable () -> RuleBook
  let time: any TimeSource
  private let random: any RandomSource
  private let observer: LedgerObserver
  private let executor: (any TaskExecutor)?
  private let memory: LedgerMemory
  private let progress = LedgerProgress()
  let readings: LedgerReadings
  private let line = Mutex(Line())
  private let breaker = Mutex(CircuitBreaker())

  /// - Parameters:
  ///   - rules: the rules as they are now.
  ///   - executor: where the line is served; the default pool if nil. The database should not wait for whoever else is there.
  package init(
    on database: any Database, options: Options = Options(), rules: @escaping @Sendable () -> RuleBook,
    time: any TimeSource, random: any RandomSource, observer: LedgerObserver = LedgerObserver(),
    executor: (any TaskExecutor)? = nil
  ) {
    self.executor = executor
    self.database = database
    self.options = options
    self.rules = rules
    self.time = time
    self.random = random
    self.observer = observer
    memory = LedgerMemory(limit: options.accountsInMemory)
    readings = LedgerReadings(limit: options.accountsInMemory, time: time)
  }

  /// One transaction, durable when it returns.
  ///
  /// - Throws: `LedgerRefusal`, `LedgerUnavailable`, `DatabaseError`.
  package func post(_ command: LedgerCommand) async throws -> Posting {
    let answers = try await answers(to: [command])
    return try answers[answers.startIndex].get()
  }

  /// Each with its own answer, in order and in one commit.
  ///
  /// - Throws: `LedgerUnavailable`, `DatabaseError`: then nothing was posted, as far as is known.
  package func post(_ commands: [LedgerCommand]) async throws -> ArraySlice<Answer> {
    commands.isEmpty ? [] : try await answers(to: commands)
  }

  /// All or none.
  ///
  /// - Throws: `BatchRefusal`, `LedgerUnavailable`, `DatabaseError`.
  package func postAll(_ commands: [LedgerCommand]) async throws -> [Posting] {
    try await transact { book in
      var postings: [Posting] = []
      try book.post(commands) { book, index, done in
        do {
          postings.append(try book.posting(of: done.get()))
        } catch let refusal as LedgerRefusal {
          throw BatchRefusal(index: index, refusal: refusal)
        }
      }
      return postings
    }
  }

  /// Posts together with what has to be one with it: `body` is a transaction of its own, in the same line as all others.
  ///
  /// What `body` throws undoes all of it, what it wrote by the book's connection included. It may run more than once.
  ///
  /// - Throws: `LedgerUnavailable`, `DatabaseError`, and what `body` throws.
  package func transact<Result: Sendable>(
    _ body: @escaping @Sendable (inout LedgerBook) throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      enqueue(
        Waiting(
          count: 1,
          work: .alone { [self] turn in
            do {
              continuation.resume(returning: try await commit(turn, body))
            } catch {
              continuation.resume(throwing: error)
            }
          })
      ) { continuation.resume(throwing: $0) }
    }
  }

  /// Reads what rows of accounts may not show, so that the first who asks does not wait for it. To be called at the start.
  ///
  /// - Throws: `LedgerUnavailable`, `DatabaseError`.
  package func catchUp() async throws {
    let head = try await read { try JournalTable().head(in: $0) }
    if readings.isBehind(head) { try await transact { _ in } }
  }

  /// Brings the rows of all accounts up to the journal, so that whoever opens the ledger next has nothing to read again. To
  /// be called before the end of the process.
  ///
  /// - Throws: `LedgerUnavailable`, `DatabaseError`.
  package func writeRows() async throws {
    guard options.rowsBehind > 0 else { return }
    while try await transact({ $0.writeRows(8_192) }) {}
  }

  /// Whether an account waits to be settled.
  func isAnythingDue() async throws -> Bool {
    let now = time.now
    return try await database.read { connection in
      let now = max(now, try JournalTable().head(in: connection).at)
      return try !AccountTable().due(1, now: now, in: connection).isEmpty
    }
  }

  // MARK: - The line

  private func answers(to commands: [LedgerCommand]) async throws -> ArraySlice<Answer> {
    try await withCheckedThrowingContinuation { continuation in
      enqueue(Waiting(count: commands.count, work: .posts(commands, continuation))) {
        continuation.resume(throwing: $0)
      }
    }
  }

  private func enqueue(_ next: Waiting, refuse: (LedgerUnavailable) -> Void) {
    enum Admission { case refused, queued, first }
    let admission: Admission = line.withLock { line in
      // One batch may be longer than the line: it is let in when nobody waits.
      guard line.count == 0 || line.count + next.count <= options.queueLimit else { return .refused }
      line.waiting.append(next)
      line.count += next.count
      defer { line.isServed = true }
      return line.isServed ? .queued : .first
    }
    switch admission {
    case .refused:
      observer.overloaded()
      refuse(.overloaded)
    case .queued: break
    case .first: Task(executorPreference: executor) { [self] in await serve() }
    }
  }

  private func serve() async {
    while let group = nextGroup() {
      await withCheckedContinuation { next in
        let turn = LedgerProgress.Turn(next)
        Task(executorPreference: executor) { [self] in
          if case .alone(let run)? = group.first?.work { await run(turn) } else { await post(group, turn) }
        }
      }
    }
  }

  /// Those that go together: as many as one commit carries, or one that stands alone.
  private func nextGroup() -> [Waiting]? {
    line.withLock { line in
      guard !line.waiting.isEmpty else {
        line.isServed = false
        return nil
      }
      var length = 0
      var count = 0
      for next in line.waiting {
        if case .alone = next.work {
          if length == 0 {
            length = 1
            count = next.count
          }
          break
        }
        guard length == 0 || count + next.count <= options.groupLimit else { break }
        length += 1
        count += next.count
      }
      let group = Array(line.waiting.prefix(length))
      line.waiting.removeFirst(length)
      line.count -= count
      return group
    }
  }

  private func post(_ group: [Waiting], _ turn: LedgerProgress.Turn) async {
    var commands: [LedgerCommand] = []
    for waiting in group { if case .posts(let some, _) = waiting.work { commands += some } }
    let result: Result<[Answer], any Error>
    do {
      result = .success(try await commit(turn) { [commands] in try $0.answer(commands) })
    } catch {
      result = .failure(error)
    }
    var place = 0
    for waiting in group {
      guard case .posts(_, let continuation) = waiting.work else { continue }
      continuation.resume(with: result.map { $0[place..<place + waiting.count] })
      place += waiting.count
    }
  }

  /// One transaction of the database, durable when it returns.
  ///
  /// - Parameter turn: passed on when the next may begin: one at a time is not visible yet.
  private func commit<Result: Sendable>(
    _ turn: LedgerProgress.Turn, _ body: @escaping @Sendable (inout LedgerBook) throws -> Result
  ) async throws -> Result {
    let number = progress.begin()
    defer { turn.pass() }
    do {
      let (result, posted) = try await throughBreaker { isProbe in
        try await database.write {
          [memory, progress, readings, rules, time, random, lag = options.rowsBehind] connection in
          var book = try LedgerBook(connection, memory: memory, rules: rules(), time: time, random: random)
          let result = try body(&book)
          let changes = try book.close(lag: lag)
          readings.expect(changes.head)
          let isDone: @Sendable () -> Void = {
            progress.isVisible(number, changes, rows: memory.accounts(written: changes.rows))
            memory.commit(changes)
            turn.pass()
          }
          if progress.hasRoom, !isProbe { connection.onceVisible(isDone) } else { connection.afterCommit(isDone) }
          return (result, changes.posted)
        }
      }
      progress.isDurable(number, tell: readings)
      observer.committed(posted)
      return result
    } catch {
      progress.failed(number, tell: readings)
      throw error
    }
  }

  /// The account as the journal has it.
  ///
  /// - Throws: `LedgerUnavailable`, `DatabaseError`.
  package func read(_ customer: Customer) async throws -> (LedgerAccount?, asOf: Timestamp) {
    let (asOf, seen) = (time.now, time.uptime)
    var found = try await readRow(customer)
    if readings.isBehind(found.head) {
      // Somebody else has posted, and rows may not show it: our next book reads what.
      try await transact { _ in }
      found = try await readRow(customer)
    }
    return (readings.take(found.account, found.names, head: found.head, asOf: asOf, seen: seen), asOf)
  }

  private struct RowRead: Sendable {
    let head: JournalTable.Head
    let account: LedgerAccount?
    var names: [CustomerHash: Int64] = [:]
  }

  private func readRow(_ customer: Customer) async throws -> RowRead {
    try await read { [readings] connection in
      let head = try JournalTable().head(in: connection)
      if let known = readings.unchanged(customer, at: head) { return RowRead(head: head, account: known) }
      let table = AccountTable()
      let id: Int64?
      var names: [CustomerHash: Int64] = [:]
      switch customer {
      case .account(let number): id = number
      case .hash:
        names = try table.find(customer.hashes, in: connection)
        id = customer.hashes.compactMap { names[$0] }.first
      }
      return RowRead(
        head: head, account: try id.flatMap { try table.load([$0], in: connection, locking: false).first },
        names: names)
    }
  }

  /// Reads, unless the database is known to be away.
  ///
  /// - Throws: `LedgerUnavailable`, `DatabaseError`.
  package func read<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Result
  ) async throws -> Result {
    try await throughBreaker { _ in try await self.database.read(body) }
  }

  /// - Parameter body: is told whether all others are refused until it is over.
  private func throughBreaker<Result: Sendable>(_ body: (Bool) async throws -> Result) async throws -> Result {
    let permit: CircuitBreaker.Permit
    switch onBreaker({ $0.ask(now: time.uptime) }) {
    case .allowed(let allowed): permit = allowed
    case .refused(let retryAfter): throw LedgerUnavailable.away(retryAfter: retryAfter)
    }
    let isProbe = breaker.withLock { $0.state == .halfOpen }
    do {
      let result = try await body(isProbe)
      onBreaker { $0.report(.success, of: permit, now: time.uptime) }
      return result
    } catch {
      // What the database answered, be it a refusal, says that it is there.
      var outcome = CircuitBreaker.Outcome.success
      if case DatabaseError.unavailable = error { outcome = .failure }
      onBreaker { $0.report(outcome, of: permit, now: time.uptime) }
      throw error
    }
  }

  private func onBreaker<Result>(_ body: (inout CircuitBreaker) -> Result) -> Result {
    let (result, moved) = breaker.withLock { breaker in
      let before = breaker.state
      let result = body(&breaker)
      return (result, breaker.state == before ? nil : breaker.state)
    }
    if let moved { observer.breakerMoved(moved) }
    return result
  }
}

/// Nobody has decided on the command: it may be sent again.
package enum LedgerUnavailable: Error, Sendable, Hashable {
  /// Too many wait.
  case overloaded
  /// The database failed several times in a row and is not asked for a while (guide 3, edge case 2).
  case away(retryAfter: Duration)
}

/// Why nothing of a batch was posted.
package struct BatchRefusal: Error, Sendable, Hashable {
  /// Of the first that was refused.
  package let index: Int
  package let refusal: LedgerRefusal

  package init(index: Int, refusal: LedgerRefusal) {
    self.index = index
    self.refusal = refusal
  }
}
