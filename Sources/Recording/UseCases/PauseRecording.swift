import Core
import HTTPMessages
import Jobs
import Storage

/// Pauses a recording, for a limited time.
///
/// The intent and the job that resumes are committed before the contact centre is asked: whatever happens after that, a
/// recording is never paused for ever. A pause that certainly was not made is withdrawn, so that the job does not end a
/// pause that somebody made by other means.
struct PauseRecording: Sendable {
  let table: PauseTable
  let database: any Database
  let jobs: JobQueue
  let control: any RecordingControl
  let limit: Duration
  let time: any TimeSource

  /// - Returns: when it resumes by itself. Only once the contact centre has said that it is paused.
  /// - Throws: `RecordingError`, `DatabaseError`.
  func callAsFunction(_ conversation: String, context: CallContext) async throws -> Timestamp {
    let turn = try await intend(conversation, requestID: context.requestID)
    do throws(RecordingControlError) {
      try await control.setRecording(.paused, of: conversation, context: context.limited(at: time.uptime))
    } catch {
      if case .unknown = error {
        try await end(turn, as: nil)
      } else {
        let now = time.now
        try await database.write { [table] in try table.withdraw(turn, now: now, in: $0) }
      }
      throw RecordingError(error)
    }
    guard try await end(turn, as: .paused) else { throw RecordingError.unknown }
    return turn.resumesAt
  }

  private func intend(_ conversation: String, requestID: String) async throws -> Turn {
    let now = time.now
    let resumesAt = now + limit
    let turn = try await database.write { [table, jobs] connection in
      let turn = try table.beginPause(conversation, resumesAt: resumesAt, now: now, in: connection)
      if let turn { try jobs.enqueue(ResumeRecordingJob.job(for: turn, requestID: requestID), in: connection) }
      return turn
    }
    guard let turn else { throw RecordingError.busy(retryAfter: .seconds(2)) }
    return turn
  }

  @discardableResult
  private func end(_ turn: Turn, as state: PauseTable.State?) async throws -> Bool {
    let now = time.now
    return try await database.write { [table] in try table.end(turn, as: state, now: now, in: $0) }
  }
}

extension CallContext {
  /// How long the contact centre may take; well within a turn.
  private static let longest = Duration.seconds(10)

  /// The same, with a deadline that is no later than that.
  func limited(at uptime: Duration) -> CallContext {
    let latest = uptime + Self.longest
    return CallContext(requestID: requestID, trace: trace, deadline: deadline.map { min($0, latest) } ?? latest)
  }
}
