import Core
import Storage

/// The SQL of a runner. Every statement that changes a running job names its fence.
struct JobTable: Sendable {
  let owner: String
  let kinds: [String]
  let lease: Duration

  /// A job that was handed out, with its payload still sealed.
  struct Claimed: Sendable {
    let id: String
    let kind: String
    let lane: String?
    let payload: [UInt8]
    let attempt: Int
    let maxAttempts: Int
    let requestID: String?
    let createdAt: Timestamp
    let fence: Int64
    let interruption: Job.Interruption
    let startedAt: Timestamp

    /// The fence counts all hand-outs and what was done by hand; the attempts begin anew when a job is brought back.
    var isReplay: Bool { fence > Int64(attempt) }
  }

  /// How a run ended, as it is written down.
  struct Ending: Sendable {
    let id: String
    let fence: Int64
    let state: JobStatus.State
    /// For `ready`.
    let runAt: Timestamp
    let doubt: Bool
    let result: String?
    let failure: FailureText?
    let attempt: Int
    let startedAt: Timestamp
  }

  private static let columns = """
    id, kind, lane, payload, attempts, max_attempts, request_id, created_at, fence, doubt, started_at, priority, ordinal
    """

  private var kindList: String { kinds.indices.map { "$\($0 + 5)" }.joined(separator: ", ") }

  /// Hands out jobs that are due: the first of each lane, the important and the old first.
  func claimReady(_ limit: Int, now: Timestamp, in connection: any Connection) throws -> [Claimed] {
    guard limit > 0 else { return [] }
    let rows = try connection.query(
      """
      WITH due AS MATERIALIZED (
        SELECT j.id FROM jobs j
        WHERE j.state = 'ready' AND j.run_at <= $1 AND j.kind IN (\(kindList)) AND NOT EXISTS (
          SELECT 1 FROM jobs e
          WHERE e.lane = j.lane AND e.id <> j.id AND e.ended_at IS NULL
            AND (e.ordinal < j.ordinal OR e.state <> 'ready'))
        ORDER BY j.priority DESC, j.run_at, j.ordinal LIMIT $2\(connection.forUpdateSkippingLocked))
      UPDATE jobs SET state = 'running', attempts = attempts + 1, fence = fence + 1, lease_owner = $3, lease_until = $4,
        started_at = $1, updated_at = $1
      WHERE id IN (SELECT id FROM due) RETURNING \(Self.columns)
      """, [now, limit, owner, now + lease] + kinds)
    return try claimed(rows, after: .none)
  }

  /// Hands out jobs whose runner has not been heard of. The state stays: a job that was sending is so until it is resolved.
  func claimLost(_ limit: Int, now: Timestamp, in connection: any Connection) throws -> [Claimed] {
    guard limit > 0 else { return [] }
    let kindList = kinds.indices.map { "$\($0 + 3)" }.joined(separator: ", ")
    let lost = try connection.query(
      """
      SELECT id, fence, attempts, state, started_at FROM jobs
      WHERE lease_until IS NOT NULL AND lease_until <= $1 AND kind IN (\(kindList))
      ORDER BY lease_until LIMIT $2\(connection.forUpdateSkippingLocked)
      """, [now, limit] + kinds)
    let rows = try lost.flatMap { row in
      let id: String = try row.get(0)
      let interrupted = JobAttempt(
        attempt: try row.get(2), startedAt: try row.get(4, as: Timestamp?.self) ?? now, endedAt: now,
        outcome: try row.get(3), cause: "interrupted", reason: "the runner was not heard of", actor: nil)
      try JobAttemptTable.insert(interrupted, of: id, fence: try row.get(1), in: connection)
      return try connection.query(
        """
        UPDATE jobs SET attempts = attempts + 1, fence = fence + 1, lease_owner = $2, lease_until = $3, started_at = $4,
          updated_at = $4
        WHERE id = $1 RETURNING \(Self.columns)
        """, [id, owner, now + lease, now])
    }
    return try claimed(rows, after: .beforeSending)
  }

  private func claimed(_ rows: [Row], after interruption: Job.Interruption) throws -> [Claimed] {
    try rows.map { row in (row, order: (-(try row.get(11, as: Int.self)), try row.get(12, as: Int64.self))) }
      .sorted { $0.order < $1.order }
      .map { row, _ in
        Claimed(
          id: try row.get(0), kind: try row.get(1), lane: try row.get(2), payload: try row.get(3),
          attempt: try row.get(4),
          maxAttempts: try row.get(5), requestID: try row.get(6), createdAt: try row.get(7), fence: try row.get(8),
          interruption: try row.get(9) ? .whileSending : interruption, startedAt: try row.get(10))
      }
  }

  /// When the next job becomes due that is not due yet. Asked of the index that jobs are handed out by, one priority after
  /// the other: one of its own would be written for every job.
  func nextDue(after now: Timestamp, in connection: any Connection) throws -> Timestamp? {
    try connection.query(
      """
      WITH RECURSIVE level (priority) AS (
        SELECT MAX(priority) FROM jobs WHERE state = 'ready'
        UNION ALL
        SELECT (SELECT MAX(j.priority) FROM jobs j WHERE j.state = 'ready' AND j.priority < level.priority)
        FROM level WHERE level.priority IS NOT NULL)
      SELECT MIN((SELECT MIN(j.run_at) FROM jobs j
        WHERE j.state = 'ready' AND j.priority = level.priority AND j.run_at > $1))
      FROM level
      """, [now])[0].get(0)
  }

  /// - Returns: false when the job is another runner's by now.
  func finish(_ ending: Ending, now: Timestamp, in connection: any Connection) throws -> Bool {
    // What was done needs its payload no more, and personal data are not kept for nothing.
    let forget = ending.state == .done ? ", payload = NULL" : ""
    let isOurs =
      try connection.execute(
        """
        UPDATE jobs SET state = $3, run_at = $4, doubt = $5, result = $6, last_error = $7, cause = $8, updated_at = $9,
          ended_at = $11, lease_owner = NULL, lease_until = NULL\(forget)
        WHERE id = $1 AND fence = $2 AND lease_owner = $10
        """,
        [
          ending.id, ending.fence, ending.state, ending.runAt, ending.doubt, ending.result, ending.failure?.reason,
          ending.failure?.cause, now, owner, ending.state.isFinal ? now : nil,
        ]) == 1
    if isOurs, let failure = ending.failure {
      let attempt = JobAttempt(
        attempt: ending.attempt, startedAt: ending.startedAt, endedAt: now, outcome: ending.state,
        cause: failure.cause, reason: failure.reason, actor: nil)
      try JobAttemptTable.insert(attempt, of: ending.id, fence: ending.fence, in: connection)
    }
    return isOurs
  }

  /// - Returns: false when the job is another runner's by now.
  func markSending(_ id: String, fence: Int64, now: Timestamp, in connection: any Connection) throws -> Bool {
    try connection.execute(
      """
      UPDATE jobs SET state = 'sending', doubt = 1, lease_until = $3, updated_at = $4
      WHERE id = $1 AND fence = $2 AND lease_owner = $5
      """, [id, fence, now + lease, now, owner]) == 1
  }

  /// Lets the lease of a job of this runner end at `end`: later, to keep it; now, to give up what still runs when the
  /// runner ends, so that the next is told of the interruption.
  ///
  /// - Returns: false when the job is another runner's by now.
  func setLease(of id: String, fence: Int64, until end: Timestamp, in connection: any Connection) throws -> Bool {
    try connection.execute(
      "UPDATE jobs SET lease_until = $3 WHERE id = $1 AND fence = $2 AND lease_owner = $4", [id, fence, end, owner])
      == 1
  }
}
