import Core
import EventLoop
import Glibc
import Storage
import Synchronization

/// PostgreSQL through libpq, whose calls block, on threads of their own: one a connection.
///
/// `write` is READ COMMITTED with the row locks that a closure takes by `forUpdate`: those who want the same row queue for it,
/// where SERIALIZABLE would let them run, and all but one run again, which a busy account or queue does not survive. `read`
/// is REPEATABLE READ, READ ONLY: one snapshot for the closure. A deadlock or a serialization failure runs the closure again,
/// a few times; so does a connection that was lost before the commit was sent.
///
/// A server that went away is asked again after a pause that grows; calls in between are `unavailable` at once.
///
/// Texts must sort alike on both engines: create the database with `LC_COLLATE 'C'`.
package final class PostgresDatabase: Database {
  package struct Options: Sendable {
    /// How many connections at most, made when first needed; as many threads.
    package var connections = 8
    /// How many closures may wait for a connection; one more is `DatabaseError.unavailable`.
    package var queueCapacity = 10_000
    /// A statement that takes longer is given up, here and on the server.
    package var statementTimeout: Duration = .seconds(10)
    package var connectTimeout: Duration = .seconds(5)
    /// How often a closure is run in all.
    package var attempts = 6

    package init() {}
  }

  private let sessions: SessionPool
  private let threads: BlockingPool
  private let options: Options
  private let random: any RandomSource

  /// Connects at the first use.
  ///
  /// - Parameters:
  ///   - conninfo: a libpq connection string or URI, with `sslmode` and `passfile` as the operator wants them.
  ///   - password: asked at each connection, so that it may rotate; nil, or an answer of nil, leaves it to `conninfo` and `passfile`.
  package init(
    conninfo: Redacted<String>, password: (@Sendable () throws -> Redacted<String>?)? = nil,
    options: Options = Options(),
    time: any TimeSource = SystemTime(), random: any RandomSource = SystemRandom()
  ) throws(DatabaseError) {
    self.options = options
    self.random = random
    sessions = SessionPool(
      connect: { () throws(DatabaseError) in
        try PostgresSession(conninfo: conninfo, password: password, options: options)
      }, time: time, random: random)
    do {
      threads = try BlockingPool(name: "postgres", threads: options.connections, capacity: options.queueCapacity)
    } catch {
      throw .unavailable("There are no more threads to be had. Raise the limit on processes (ulimit -u).")
    }
  }

  package func read<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Result
  ) async throws -> Result {
    try await run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body)
  }

  @discardableResult
  package func write<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Result
  ) async throws -> Result {
    try await run("BEGIN ISOLATION LEVEL READ COMMITTED", body)
  }

  package func close() async {
    await withCheckedContinuation { continuation in
      // The last call in the queue ends the threads: joining them blocks, and it is one of them.
      let end: @Sendable () -> Void = { [self] in
        threads.stop()
        sessions.close()
        continuation.resume()
      }
      do { try threads.submit(end) } catch { continuation.resume() }
    }
  }

  private func run<Result: Sendable>(
    _ begin: String, _ body: @escaping @Sendable (any Connection) throws -> Result
  ) async throws -> Result {
    do {
      return try await threads.run { [self] in try transact(begin, body) }
    } catch BlockingPoolError.full {
      throw DatabaseError.queueIsFull
    } catch BlockingPoolError.stopped {
      throw DatabaseError.unavailable("The database is closed.")
    }
  }

  private func transact<Result>(_ begin: String, _ body: (any Connection) throws -> Result) throws -> Result {
    var attempt = 1
    while true {
      let session = try sessions.borrow()
      let outcome = session.transact(begin, body)
      sessions.giveBack(session)
      switch outcome {
      case .committed(let value, let hooks):
        for hook in hooks { hook() }
        return value
      case .threw(let error):
        throw error
      case .failed(let failure):
        guard failure.isWorthRepeating, attempt < options.attempts else { throw failure.error }
        // Those that ran into each other should not meet again. A thread of our own may wait.
        usleep(UInt32(random.number(below: UInt64(1_000 << min(attempt, 6))) + 200))
        attempt += 1
      }
    }
  }
}
