import Core
import Jobs
import Storage

/// Has the returns that a message of the platform is about read again. What the message claims is not looked at.
package struct HintedReturns: Sendable {
  package enum Applied: Sendable, Hashable {
    /// The ids of the returns that a job was enqueued for: none for those that have ended, or are about to be read anyway.
    case refreshing([String])
    /// No return of ours: to be logged and answered as taken.
    case unknown
  }

  /// After this a job that was to read a return counts as lost.
  private static let patience = Duration.seconds(600)

  let table: ReturnTable
  let database: any Database
  let jobs: JobQueue
  let time: any TimeSource

  /// - Parameter cause: what will stand beside the moves that come of it.
  /// - Throws: `DatabaseError`, `CryptographyError`.
  package func apply(_ hint: ReturnHint, cause: ReturnCause, requestID: String) async throws -> Applied {
    try await database.write { try apply(hint, cause: cause, requestID: requestID, in: $0) }
  }

  /// The same in a transaction of the caller.
  package func apply(
    _ hint: ReturnHint, cause: ReturnCause, requestID: String, in connection: any Connection
  ) throws -> Applied {
    let records = try find(hint, in: connection)
    guard !records.isEmpty else { return .unknown }
    let now = time.now
    var enqueued: [String] = []
    for record in records where !record.state.isFinal {
      guard try table.askRefresh(record.id, now: now, patience: Self.patience, in: connection) else { continue }
      try jobs.enqueue(
        RefreshReturnJob.job(for: record, cause: cause, requestID: requestID), in: connection)
      enqueued.append(record.id)
    }
    return .refreshing(enqueued)
  }

  private func find(_ hint: ReturnHint, in connection: any Connection) throws -> [ReturnRecord] {
    if let id = hint.platformID {
      let records = try table.list(platformID: id, in: connection)
      if !records.isEmpty { return records }
    }
    if let reference = hint.reference, let record = try table.find(reference, in: connection) { return [record] }
    return try hint.orderID.map { try table.list(of: $0, in: connection) } ?? []
  }
}
