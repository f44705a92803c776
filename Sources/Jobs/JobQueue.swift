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
  let time: any TimeSource
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
    try enqueue(seal(job), in: connection)
  }

  /// What needs no transaction is done before it, where there are many transactions and one writer.
  ///
  /// - Throws: `CryptographyError`.
  package func seal(_ job: NewJob) throws(CryptographyError) -> SealedJob {
    let id = ids.make("job")
    return SealedJob(id: id, job: job, payload: try sealer.seal(job.payload, in: Self.place(of: id)))
  }

  /// As `enqueue` of a job that is not sealed yet; once only.
  @discardableResult
  package func enqueue(_ sealed: SealedJob, in connection: any Connection) throws -> String {
    let (job, now) = (sealed.job, time.now)
    try connection.execute(
      Self.enqueue,
      [
        sealed.id, job.kind, job.lane, nextOrdinal(now), sealed.payload, job.runAt ?? now, job.priority,
        max(1, job.maxAttempts), job.requestID, now,
      ])
    connection.afterCommit { [self] in wakeRunners() }
    return sealed.id
  }

  /// Nil for an id that there never was, or whose row has been swept.
  package func find(_ id: String, in connection: any Connection) throws -> JobStatus? {
    try connection.query("SELECT \(JobStatus.columns) FROM jobs WHERE id = $1", [id]).first.map { try JobStatus($0) }
  }

  package func find(_ id: String, in database: any Database) async throws -> JobStatus? {
    try await database.read { [self] in try find(id, in: $0) }
  }

  /// How many jobs `sweep` deletes at most.
  static let sweepLimit = 1_000

  /// Deletes jobs that ended longer ago than `age`, with their attempts; a thousand at most. They were made before that, and
  /// ids rise with time: no index is written for this alone.
  ///
  /// - Returns: how many.
  @discardableResult
  package func sweep(olderThan age: Duration, in connection: any Connection) throws -> Int {
    let limit = time.now - age
    let swept: [String] = try connection.query(
      """
      DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE id < $1 AND ended_at < $2 ORDER BY id LIMIT $3) RETURNING id
      """, [IdentifierSource.first("job", at: limit), limit, Self.sweepLimit]
    ).map { try $0.get(0) }
    try JobAttemptTable.delete(of: swept, in: connection)
    return swept.count
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

  func wakeRunners() {
    for wake in state.withLock({ Array($0.listeners.values) }) { wake() }
  }
}
