import Core
import Security
import Storage
import Synchronization

/// Where jobs are put, in the transaction of what causes them.
package final class JobQueue: Sendable {
  private struct State {
    var lastOrdinal: Int64 = 0
    var listeners: [Int: @Sendable () -> Void] = [:]
    var nextListener = 0
  }

  private static let enqueue = """
    INSERT INTO jobs (id, kind, lane, ordinal, payload, state, run_at, priority, max_attempts, request_id, created_at,
      updated_at)
    VALUES ($1, $2, $3, $4, $5, 'ready', $6, $7, $8, $9, $10, $10)
    """

  private let state = Mutex(State())
  private let time: any TimeSource
  private let ids: IdentifierSource
  let sealer: Sealer

  package init(time: any TimeSource, random: any RandomSource, sealer: Sealer) {
    self.time = time
    ids = IdentifierSource(time: time, random: random)
    self.sealer = sealer
  }

  /// Runs in the transaction of `connection`: the job is there if and only if the rest is. The runners of this process start
  /// it as soon as that is committed.
  ///
  /// - Returns: the job's id, `job_…`.
  /// - Throws: `DatabaseError`, `CryptographyError`.
  @discardableResult
  package func enqueue(_ job: NewJob, in connection: any Connection) throws -> String {
    let id = ids.make("job")
    let now = time.now
    let payload = try sealer.seal(job.payload, in: Self.place(of: id))
    try connection.execute(
      Self.enqueue,
      [
        id, job.kind, job.lane, nextOrdinal(now), payload, job.runAt ?? now, job.priority, max(1, job.maxAttempts),
        job.requestID, now,
      ])
    connection.afterCommit { [self] in wakeRunners() }
    return id
  }

  /// Nil for an id that there never was, or whose row has been swept.
  package func find(_ id: String, in connection: any Connection) throws -> JobStatus? {
    let rows = try connection.query(
      """
      SELECT id, kind, state, attempts, run_at, created_at, updated_at, result, last_error FROM jobs WHERE id = $1
      """, [id])
    return try rows.first.map { row in
      guard let state = JobStatus.State(rawValue: try row.get(2)) else {
        throw DatabaseError.shape("state of job \(id)")
      }
      return JobStatus(
        id: try row.get(0), kind: try row.get(1), state: state, attempts: try row.get(3), runAt: try row.get(4),
        createdAt: try row.get(5), updatedAt: try row.get(6), result: try row.get(7), lastError: try row.get(8))
    }
  }

  package func find(_ id: String, in database: any Database) async throws -> JobStatus? {
    try await database.read { [self] in try find(id, in: $0) }
  }

  /// Deletes jobs that ended longer ago than `age`, a thousand at most.
  ///
  /// - Returns: how many.
  @discardableResult
  package func sweep(olderThan age: Duration, in connection: any Connection) throws -> Int {
    try connection.execute(
      """
      DELETE FROM jobs WHERE id IN (SELECT id FROM jobs
        WHERE state IN ('done', 'failed', 'unknown') AND updated_at < $1 ORDER BY updated_at LIMIT 1000)
      """, [time.now - age])
  }

  static func place(of id: String) -> String { "jobs/\(id)/payload" }

  /// Microseconds, and never the same twice: the order of a lane.
  private func nextOrdinal(_ now: Timestamp) -> Int64 {
    state.withLock { state in
      state.lastOrdinal = max(now.microseconds, state.lastOrdinal + 1)
      return state.lastOrdinal
    }
  }

  // MARK: - Waking runners

  func addListener(_ wake: @escaping @Sendable () -> Void) -> Int {
    state.withLock { state in
      state.nextListener += 1
      state.listeners[state.nextListener] = wake
      return state.nextListener
    }
  }

  func removeListener(_ id: Int) {
    state.withLock { _ = $0.listeners.removeValue(forKey: id) }
  }

  private func wakeRunners() {
    for wake in state.withLock({ Array($0.listeners.values) }) { wake() }
  }
}
