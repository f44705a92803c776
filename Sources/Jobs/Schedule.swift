import Core
import Storage

/// A job that comes again and again, such as a sweep. Given to every runner; at each time that is due exactly one of them
/// enqueues the job, in the transaction that moves the time on.
///
/// - Times that passed while no runner ran are made up for once, not one by one.
/// - A time that comes while the job of the time before has not ended is passed over: no heap builds up behind a slow one.
/// - One instance's clock decides for all: a clock that is ahead makes it early, never double.
package struct Schedule: Sendable {
  /// Names it in the table: two schedules of one name are one.
  package let name: String
  package let every: Duration
  /// How long after each multiple of `every`, counted from 1970-01-01T00:00:00Z: `every` a day with an offset of three hours
  /// is each day at 03:00 UTC.
  package let offset: Duration
  /// What is enqueued. Its lane is the schedule's own, and it is due at once.
  package let job: NewJob

  /// - Parameter every: a second at least.
  package init(_ name: String, every: Duration, offset: Duration = .zero, job: NewJob) {
    precondition(every >= .seconds(1), "a schedule is for seconds and more, not \(every)")
    (self.name, self.every, self.offset) = (name, every, offset)
    var job = job
    job.lane = "schedule/\(name)"
    job.runAt = nil
    self.job = job
  }

  /// The first of its times after `now`.
  package func next(after now: Timestamp) -> Timestamp {
    let period = every.wholeMicroseconds
    let since = (now.microseconds - offset.wholeMicroseconds) % period
    return Timestamp(microseconds: now.microseconds - since + (since < 0 ? 0 : period))
  }

  /// Enqueues the job if a time of it has come and nobody else did.
  func enqueueIfDue(_ queue: JobQueue, now: Timestamp, in connection: any Connection) throws {
    let next = next(after: now)
    // A schedule that is new, or has other times than it had, begins with its next time.
    try connection.execute(
      """
      INSERT INTO job_schedules (name, period, phase, next_at) VALUES ($1, $2, $3, $4)
      ON CONFLICT (name) DO UPDATE SET period = excluded.period, phase = excluded.phase, next_at = excluded.next_at
      WHERE job_schedules.period <> excluded.period OR job_schedules.phase <> excluded.phase
      """, [name, every.wholeMicroseconds, offset.wholeMicroseconds, next])
    let isOurs = try connection.execute(
      "UPDATE job_schedules SET next_at = $2 WHERE name = $1 AND next_at <= $3", [name, next, now])
    guard isOurs == 1 else { return }
    let pending = try connection.query(
      "SELECT 1 FROM jobs WHERE lane = $1 AND ended_at IS NULL LIMIT 1", [job.lane])
    if pending.isEmpty { try queue.enqueue(job, in: connection) }
  }
}
