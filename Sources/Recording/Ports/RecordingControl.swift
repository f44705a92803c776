import Core
import HTTPMessages

/// The contact centre, as secure pause needs it. Implemented in `GenesysCloud`.
package protocol RecordingControl: Sendable {
  /// Sets the state of a conversation's recording; the same again does no harm. Returns once the contact centre has said
  /// that it is so.
  ///
  /// - Parameter conversation: the contact centre's id, a UUID.
  func setRecording(
    _ state: RecordingState, of conversation: String, context: CallContext
  ) async throws(RecordingControlError)
}

/// Why the contact centre did not do it. Texts are for the log: no secret, no personal data, no body.
package enum RecordingControlError: Error, Sendable, Hashable {
  case unknownConversation
  /// The conversation is over, and its recording with it.
  case conversationEnded
  /// Nothing was sent, or it answered that it did nothing.
  case notDone(reason: String, retryAfter: Duration?)
  /// The answer was lost: it may have been done.
  case unknown(reason: String)
}

extension RecordingError {
  init(_ error: RecordingControlError) {
    switch error {
    case .unknownConversation: self = .unknownConversation
    case .conversationEnded: self = .conversationEnded
    case .notDone(_, let retryAfter): self = .notDone(retryAfter: retryAfter)
    case .unknown: self = .unknown
    }
  }
}
