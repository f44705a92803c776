import Core
import Storage

/// Dead letters of one cause.
package struct DeadLetterGroup: Sendable, Hashable {
  package let cause: String
  package let count: Int
  /// When the first and the last of them ended.
  package let oldest: Timestamp
  package let newest: Timestamp
  /// The last of them.
  package let example: JobStatus
}

/// Why a job is left as it is.
package enum JobRefusal: Error, Sendable, Hashable {
  case notFound
  /// Only what failed or is unknown is run again or discarded.
  case notDead(JobStatus.State)
  /// It runs: what it does outside cannot be taken back.
  case running
  /// It has ended already.
  case ended(JobStatus.State)
}

/// What a person does with jobs. Each of them is written down with who did it.
extension JobQueue {
  /// - Returns: the last made first.
  package func list(_ selection: JobSelection, in connection: any Connection) throws -> [JobStatus] {
    guard let condition = try selection.condition(in: connection) else { return [] }
    return try connection.query(
      """
      SELECT \(JobStatus.columns) FROM jobs WHERE \(condition.sql)
      ORDER BY id DESC LIMIT $\(condition.values.count + 1)
      """, condition.values + [max(0, selection.limit)]
    ).map { try JobStatus($0) }
  }

  /// Runs that did not succeed, and what was done by hand, in order.
  package func attempts(of id: String, in connection: any Connection) throws -> [JobAttempt] {
    try JobAttemptTable.all(of: id, in: connection)
  }

  /// Dead letters by cause, the most frequent first. The limit is of causes.
  package func deadLetterGroups(_ selection: JobSelection, in connection: any Connection) throws -> [DeadLetterGroup] {
    guard let condition = try selection.condition(in: connection) else { return [] }
    return try connection.query(
      """
      SELECT COALESCE(cause, ''), COUNT(*), MIN(updated_at), MAX(updated_at), MAX(id) FROM jobs
      WHERE \(condition.sql) GROUP BY COALESCE(cause, '') ORDER BY COUNT(*) DESC, COALESCE(cause, '')
      LIMIT $\(condition.values.count + 1)
      """, condition.values + [max(0, selection.limit)]
    ).compactMap { row in
      guard let example = try find(try row.get(4), in: connection) else { return nil }
      return DeadLetterGroup(
        cause: try row.get(0), count: try row.get(1), oldest: try row.get(2), newest: try row.get(3), example: example)
    }
  }

  /// The ids of dead letters, in the order in which they were enqueued, so that those of a lane come back in theirs.
  package func deadLetterIDs(_ selection: JobSelection, in connection: any Connection) throws -> [String] {
    var selection = selection
    selection.states = JobSelection.deadLetters.states
    guard let condition = try selection.condition(in: connection) else { return [] }
    return try connection.query(
      "SELECT id FROM jobs WHERE \(condition.sql) ORDER BY ordinal LIMIT $\(condition.values.count + 1)",
      condition.values + [max(0, selection.limit)]
    ).map { try $0.get(0) }
  }

  /// Brings a dead letter back, with a fresh allowance of attempts, at its old place in its lane. Where it may have been sent,
  /// its handler is told so (`Job.Interruption.whileSending`) and asks the vendor first.
  ///
  /// - Parameters:
  ///   - time: when it is due; nil for now.
  ///   - actor: who asks for it; kept with the attempts.
  /// - Throws: `JobRefusal`, `DatabaseError`.
  package func retry(_ id: String, at time: Timestamp? = nil, by actor: String, in connection: any Connection) throws {
    let now = self.time.now
    let rows = try connection.query(
      """
      UPDATE jobs SET state = 'ready', ended_at = NULL, attempts = 0, fence = fence + 1, run_at = $2, updated_at = $3,
        doubt = CASE WHEN state = 'unknown' THEN 1 ELSE doubt END
      WHERE id = $1 AND state IN ('failed', 'unknown') AND payload IS NOT NULL RETURNING fence
      """, [id, time ?? now, now])
    guard let row = rows.first else { throw try refusal(of: id, in: connection) { .notDead($0) } }
    try note(.ready, of: id, fence: try row.get(0), now: now, by: actor, in: connection)
    connection.afterCommit { [self] in wakeRunners() }
  }

  /// Brings dead letters back so that no more than `perSecond` of them become due in a second: what broke is not broken again
  /// by all of them at once. Some hundred in one transaction. Others than dead letters are passed over.
  ///
  /// - Returns: those that were brought back.
  /// - Throws: `DatabaseError`; those before it are brought back.
  package func retry(
    _ ids: [String], perSecond: Int, by actor: String, in database: any Database
  ) async throws -> [String] {
    let (start, spacing) = (time.now, Duration.seconds(1) / max(1, perSecond))
    var retried: [String] = []
    for first in stride(from: 0, to: ids.count, by: 500) {
      let some = ids[first..<min(first + 500, ids.count)]
      let before = retried.count
      retried += try await database.write { [self] connection in
        var done: [String] = []
        for id in some {
          do {
            try retry(id, at: start + spacing * (before + done.count), by: actor, in: connection)
            done.append(id)
          } catch is JobRefusal {}
        }
        return done
      }
    }
    return retried
  }

  /// Takes back a job that waits: it ends as `cancelled`, and its payload is forgotten.
  ///
  /// - Throws: `JobRefusal`, `DatabaseError`.
  package func cancel(_ id: String, by actor: String, in connection: any Connection) throws {
    guard try giveUp(id, in: "'ready'", by: actor, connection) else {
      throw try refusal(of: id, in: connection) { $0.isFinal ? .ended($0) : .running }
    }
  }

  /// Gives a dead letter up: it ends as `cancelled`, and its payload is forgotten.
  ///
  /// - Throws: `JobRefusal`, `DatabaseError`.
  package func discard(_ id: String, by actor: String, in connection: any Connection) throws {
    guard try giveUp(id, in: "'failed', 'unknown'", by: actor, connection) else {
      throw try refusal(of: id, in: connection) { .notDead($0) }
    }
  }

  private func giveUp(_ id: String, in states: String, by actor: String, _ connection: any Connection) throws -> Bool {
    let now = time.now
    let rows = try connection.query(
      """
      UPDATE jobs SET state = 'cancelled', ended_at = $2, fence = fence + 1, payload = NULL, updated_at = $2
      WHERE id = $1 AND state IN (\(states)) RETURNING fence
      """, [id, now])
    guard let row = rows.first else { return false }
    try note(.cancelled, of: id, fence: try row.get(0), now: now, by: actor, in: connection)
    // A job of its lane may be next now.
    connection.afterCommit { [self] in wakeRunners() }
    return true
  }

  private func note(
    _ outcome: JobStatus.State, of id: String, fence: Int64, now: Timestamp, by actor: String,
    in connection: any Connection
  ) throws {
    let attempt = JobAttempt(
      attempt: 0, startedAt: now, endedAt: now, outcome: outcome, cause: nil, reason: nil,
      actor: FailureText(actor).reason)
    try JobAttemptTable.insert(attempt, of: id, fence: fence, in: connection)
  }

  private func refusal(
    of id: String, in connection: any Connection, because reason: (JobStatus.State) -> JobRefusal
  ) throws -> JobRefusal {
    try find(id, in: connection).map { reason($0.state) } ?? .notFound
  }
}
