import Core
import Storage

/// A run that did not succeed, or what a person did with the job. Kept until the job is swept.
package struct JobAttempt: Sendable, Hashable {
  /// 1 for the first run since the job was enqueued or brought back by hand; 0 for what a person did.
  package let attempt: Int
  package let startedAt: Timestamp
  package let endedAt: Timestamp
  /// The state that the job was left in: `ready` when it is to be tried again; `running` or `sending` when the run ended
  /// without a report, which was noticed at `endedAt`.
  package let outcome: JobStatus.State
  /// What equal failures have in common.
  package let cause: String?
  /// Masked and short.
  package let reason: String?
  /// Who did it by hand; nil for a run.
  package let actor: String?
}

/// The SQL of the attempts. `fence` is the job's: it rises with each hand-out and each thing done by hand.
enum JobAttemptTable {
  static func insert(
    _ attempt: JobAttempt, of id: String, fence: Int64, in connection: any Connection
  ) throws {
    try connection.execute(
      """
      INSERT INTO job_attempts (job_id, fence, attempt, started_at, ended_at, outcome, cause, reason, actor)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
      """,
      [
        id, fence, attempt.attempt, attempt.startedAt, attempt.endedAt, attempt.outcome, attempt.cause, attempt.reason,
        attempt.actor,
      ])
  }

  static func all(of id: String, in connection: any Connection) throws -> [JobAttempt] {
    try connection.query(
      """
      SELECT attempt, started_at, ended_at, outcome, cause, reason, actor FROM job_attempts WHERE job_id = $1
      ORDER BY fence
      """, [id]
    ).map { row in
      JobAttempt(
        attempt: try row.get(0), startedAt: try row.get(1), endedAt: try row.get(2), outcome: try row.get(3),
        cause: try row.get(4), reason: try row.get(5), actor: try row.get(6))
    }
  }

  static func delete(of ids: [String], in connection: any Connection) throws {
    guard !ids.isEmpty else { return }
    let places = ids.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
    try connection.execute("DELETE FROM job_attempts WHERE job_id IN (\(places))", ids)
  }
}
