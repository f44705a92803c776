import Core
import HTTPMessages
import Recording

extension GenesysClient: RecordingControl {
  /// `PATCH /api/v2/conversations/{id}/recordingstate`: secure pause. What is turned down is looked into, as the API does
  /// not say in one way that a conversation is over.
  package func setRecording(
    _ state: RecordingState, of id: String, context: CallContext
  ) async throws(RecordingControlError) {
    guard id.isUUID else { throw .unknownConversation }
    let word = state == .paused ? "PAUSED" : "ACTIVE"
    do throws(GenesysCallError) {
      try await calls.write(
        .patch, "/api/v2/conversations/\(id)/recordingstate", ["recordingState": .string(word)], context: context)
    } catch {
      guard error.isTurnedDown else { throw RecordingControlError(error) }
      let isOver: Bool
      do throws(GenesysCallError) {
        isOver = try await conversation(id, context).isOver
      } catch {
        throw error.status == 404 ? .unknownConversation : RecordingControlError(error)
      }
      throw isOver ? .conversationEnded : .notDone(reason: error.reason, retryAfter: error.retryAfter)
    }
  }
}

extension RecordingControlError {
  init(_ error: GenesysCallError) {
    switch error.meaning {
    case .notDone, .refused: self = .notDone(reason: error.reason, retryAfter: error.retryAfter)
    case .unknown: self = .unknown(reason: error.reason)
    }
  }
}
