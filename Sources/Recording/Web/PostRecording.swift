import Core
import HTTPMessages
import HTTPServer

/// `POST /v1/conversations/{conversation_id}/recording`: `{"state": "paused" | "active"}`, answered once the contact
/// centre has said that it is so. The same again is the same state, so no `Idempotency-Key` is needed; a pause that is
/// asked for again lasts longer.
struct PostRecording: Sendable {
  let pauseRecording: PauseRecording
  let resumeRecording: ResumeRecording

  var route: Route {
    Route(.post, "/v1/conversations/{conversation_id}/recording", access: .scope("recording:write")) {
      try await answer($0)
    }
  }

  private func answer(_ request: Request) async throws -> Response {
    guard let state = try request.jsonBody()["state"]?.string.flatMap({ RecordingState(rawValue: $0) }) else {
      throw Problem.recordingStateInvalid
    }
    let conversation = (request.parameters["conversation_id"] ?? "").lowercased()
    guard conversation.isUUID else { throw Problem.conversationNotFound }
    var resumesAt: Timestamp?
    do {
      switch state {
      case .paused: resumesAt = try await pauseRecording(conversation, context: request.context)
      case .active: try await resumeRecording(conversation, context: request.context)
      }
    } catch let error as RecordingError {
      throw Problem(error, wanted: state)
    }
    return .json(
      [
        "conversation_id": .string(conversation), "state": .string(state.rawValue),
        "resumes_at": resumesAt.map { .string("\($0)") } ?? .null,
      ], headers: ["cache-control": "no-store"])
  }
}
