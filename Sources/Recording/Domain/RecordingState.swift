/// What a conversation's recording does. The raw value is what the API takes and answers.
package enum RecordingState: String, Sendable, Hashable, CaseIterable {
  /// Nothing is recorded, so that a caller may say a card number.
  case paused
  case active
}

/// Why a recording was not changed.
enum RecordingError: Error, Sendable, Hashable {
  /// Somebody else is changing it at this moment.
  case busy(retryAfter: Duration)
  case unknownConversation
  case conversationEnded
  /// The contact centre did nothing.
  case notDone(retryAfter: Duration?)
  /// The answer was lost: it may have been done.
  case unknown
}
