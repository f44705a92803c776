import Core
import HTTPMessages
import Storage

/// Resumes a recording, because somebody asks for it or because the time of its pause is over. Where the conversation has
/// ended there is nothing left to resume.
struct ResumeRecording: Sendable {
  let table: PauseTable
  let database: any Database
  let control: any RecordingControl
  let time: any TimeSource

  /// By hand, also of a recording that was not paused here.
  ///
  /// - Throws: `RecordingError`, `DatabaseError`. Then the job of the pause still stands.
  func callAsFunction(_ conversation: String, context: CallContext) async throws {
    let now = time.now
    let turn = try await database.write { [table] in try table.beginResume(conversation, now: now, in: $0) }
    guard let turn else { throw RecordingError.busy(retryAfter: .seconds(2)) }
    if let error = try await resume(turn, context: context) { throw RecordingError(error) }
  }

  /// In a turn that was taken.
  ///
  /// - Returns: why it was not done; nil when it was.
  /// - Throws: `DatabaseError`.
  func resume(_ turn: Turn, context: CallContext) async throws -> RecordingControlError? {
    var failure: RecordingControlError?
    do throws(RecordingControlError) {
      try await control.setRecording(.active, of: turn.conversation, context: context.limited(at: time.uptime))
    } catch .conversationEnded {
    } catch {
      failure = error
    }
    let isOver = failure == nil || failure == .unknownConversation
    let now = time.now
    _ = try await database.write { [table] in try table.end(turn, as: isOver ? .active : nil, now: now, in: $0) }
    return failure
  }
}
