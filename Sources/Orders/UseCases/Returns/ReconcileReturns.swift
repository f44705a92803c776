import Core
import Jobs
import Storage

/// Looks after returns that have not ended and of which nothing was heard: a webhook may never come, a job may be lost.
///
/// Any number of instances may do it at once: a return's next check is set in the transaction that enqueues its job.
package struct ReconcileReturns: Sendable {
  private static let batch = 100

  let table: ReturnTable
  let database: any Database
  let jobs: JobQueue
  let move: MoveReturn
  let time: any TimeSource

  /// - Returns: how many returns were due.
  /// - Throws: `DatabaseError`, `CryptographyError`.
  @discardableResult
  package func callAsFunction() async throws -> Int {
    var count = 0
    while true {
      let done = try await database.write { try sweep(in: $0) }
      count += done
      if done < Self.batch || Task.isCancelled { return count }
    }
  }

  private func sweep(in connection: any Connection) throws -> Int {
    let now = time.now
    let due = try table.due(Self.batch, now: now, in: connection)
    for record in due {
      let done = record.checks + 1
      let next = ReturnChecks.next(after: done, now: now, expiresAt: record.expiresAt)
      try table.setCheck(record.id, at: next, done: done, in: connection)
      let requestID = "check-\(record.id)-\(done)"
      switch ReturnChecks.action(for: record.state, expiresAt: record.expiresAt, now: now) {
      case .submit:
        try jobs.enqueue(
          SubmitReturnJob.job(for: record.id, lane: .order(record.orderID), requestID: record.requestID),
          in: connection)
      case .refresh:
        try jobs.enqueue(
          RefreshReturnJob.job(for: record, cause: .reconciler, requestID: requestID), in: connection)
      case .end(let state, let detail):
        let why = MoveReturn.Cause(cause: .reconciler, requestID: requestID, detail: detail)
        try move(record, to: state, why, in: connection)
      }
    }
    return due.count
  }
}
