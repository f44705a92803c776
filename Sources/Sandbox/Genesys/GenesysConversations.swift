import Core
import HTTPServer

extension GenesysPlatform {
  /// `PATCH …/participants/{participantId}/attributes`.
  ///
  /// - Parameter answers: the paths of one medium answer the attributes; the general one answers nothing.
  func patchAttributes(
    _ id: String, participant participantID: String, _ request: VendorRequest, answers: Bool
  ) throws(GenesysError) -> Response {
    let body = try GenesysBody(request)
    guard let attributes = try body.map("attributes") else {
      throw .badRequest("attributes is required.", field: "attributes")
    }
    let merged = try change { (store) throws(GenesysError) -> [JSONValue.Member] in
      var merged: [JSONValue.Member] = []
      try store.updateActive(id) { (conversation) throws(GenesysError) in
        guard let index = conversation.participants.firstIndex(where: { $0.id == participantID }) else {
          throw .notFound("Participant \(participantID) not found.")
        }
        conversation.participants[index].attributes.merge(attributes)
        merged = conversation.participants[index].attributes
      }
      return merged
    }
    return answers ? .json(["attributes": .object(merged)]) : Response(status: 202)
  }

  /// `PATCH /api/v2/conversations/{id}/recordingstate`. The SDK writes capitals and the documentation small letters, so
  /// both are taken.
  func setRecording(_ id: String, _ request: VendorRequest) throws(GenesysError) -> Response {
    let body = try GenesysBody(request)
    let state = try body.required("recordingState").uppercased()
    guard ["ACTIVE", "PAUSED", "NONE"].contains(state) else {
      throw .badRequest("recordingState must be ACTIVE, PAUSED or NONE.", field: "recordingState")
    }
    try change { (store) throws(GenesysError) in
      try store.updateActive(id) { (conversation) throws(GenesysError) in conversation.recordingState = state }
    }
    return Response(status: 202)
  }
}
