import Core
import HTTPMessages
import Jobs
import Storage
import Telemetry

/// Resumes a recording when the time of its pause is over and nobody has. Void once the recording was resumed or paused
/// anew. Safe to repeat: a recording that is active stays so.
struct ResumeRecordingJob: JobHandler {
  static let kind = "recording.resume"
  /// How long it is tried. No conversation with a pause lasts so long.
  static let patience = Duration.seconds(86_400)

  let table: PauseTable
  let database: any Database
  let resumeRecording: ResumeRecording
  let time: any TimeSource
  let random: any RandomSource
  let logger: Logger

  var kind: String { Self.kind }

  static func job(for turn: Turn, requestID: String) -> NewJob {
    NewJob(
      kind: kind, payload: Array("\(turn.generation) \(turn.conversation)".utf8), runAt: turn.resumesAt,
      priority: 10, maxAttempts: 10_000, requestID: requestID)
  }

  func run(_ job: Job, in context: JobContext) async -> JobOutcome {
    let parts = String(decoding: job.payload, as: UTF8.self).split(separator: " ", maxSplits: 1)
    guard parts.count == 2, let generation = Int64(parts[0]) else { return .failed(reason: "the payload is not ours") }
    do {
      return try await attempt(String(parts[1]), generation: generation, requestID: job.requestID ?? job.id)
    } catch {
      return .retry(reason: "the row could not be read or written")
    }
  }

  private func attempt(_ conversation: String, generation: Int64, requestID: String) async throws -> JobOutcome {
    let now = time.now
    let (turn, wait) = try await database.write { [table] connection in
      let turn = try table.beginResume(conversation, generation: generation, now: now, in: connection)
      guard turn == nil else { return (turn, Duration?.none) }
      return (turn, try table.wait(for: conversation, generation: generation, now: now, in: connection))
    }
    guard let turn else {
      return wait.map { .retry(after: max($0, .seconds(1)), reason: "it is being changed at this moment") } ?? .done()
    }
    let context = CallContext(requestID: requestID, trace: TraceContext(random: random))
    let failure = try await resumeRecording.resume(turn, context: context)
    let fields: [String: JSONValue] = [
      "conversation_id": .string(conversation), "request_id": .string(requestID),
    ]
    switch failure {
    case nil:
      logger.info("recording resumed by itself", fields)
      return .done()
    case .unknownConversation, .conversationEnded: return .done()
    case .notDone(let reason, _), .unknown(let reason):
      guard time.now < turn.resumesAt + Self.patience else {
        logger.error("recording not resumed, and given up", fields)
        return .failed(reason: reason)
      }
      // A recording that is paused too long is a gap that somebody has to explain: no long waits.
      if case .notDone(_, let wait?) = failure { return .retry(after: wait, reason: reason) }
      return .retry(after: .seconds(5), reason: reason)
    }
  }
}
