import Core

extension Problem {
  static let recordingStateInvalid = Problem(
    status: 422, code: "recording_state_invalid", title: "This is no state of a recording",
    detail: "\"state\" must be \"paused\" or \"active\".")

  static let conversationNotFound = Problem(
    status: 404, code: "conversation_not_found", title: "There is no such conversation",
    detail: "The contact centre knows no conversation with this id. Do not take card data.")

  /// What the API answers for each way in which a recording is not changed.
  init(_ error: RecordingError, wanted: RecordingState) {
    let advice =
      switch wanted {
      case .paused: "Do not take card data: what is said may be recorded. Ask again, or send a payment link."
      case .active: "The recording may still be paused. Ask again; it also resumes by itself when its time is over."
      }
    switch error {
    case .unknownConversation: self = .conversationNotFound
    case .conversationEnded:
      self.init(
        status: 409, code: "conversation_ended", title: "The conversation is over",
        detail: "A conversation that has ended records nothing, and nothing can be paused. Do not take card data.")
    case .busy(let retryAfter):
      self.init(
        status: 409, code: "recording_busy", title: "The recording is being changed",
        detail: "Another request pauses or resumes it at this moment. \(advice)", retryAfter: retryAfter)
    case .notDone(let retryAfter):
      self.init(
        status: 503, code: "contact_centre_unavailable", title: "The contact centre did not do it",
        detail: "The contact centre cannot be reached, or did not change the recording. \(advice)",
        retryAfter: retryAfter ?? .seconds(2))
    case .unknown:
      self.init(
        status: 504, code: "contact_centre_timeout", title: "The contact centre did not answer",
        detail: "It is not known whether the recording was changed. \(advice)", retryAfter: .seconds(2))
    }
  }
}
