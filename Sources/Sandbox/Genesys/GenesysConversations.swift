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
      try store.update(id) { (conversation) throws(GenesysError) in
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

  /// `POST /api/v2/conversations/participants/attributes/search`: `EXACT` criteria over `participantData.{name}`,
  /// joined by AND, the only operator that Genesys Cloud takes here; `DATE_RANGE` is accepted and passes all.
  func search(_ request: VendorRequest) throws(GenesysError) -> Response {
    let body = try GenesysBody(request)
    guard let criteria = body.json["query"]?.array, !criteria.isEmpty else {
      throw .badRequest("query is required.", field: "query")
    }
    var wanted: [(name: String, values: [String])] = []
    for criterion in criteria {
      guard let type = criterion["type"]?.string, ["EXACT", "DATE_RANGE"].contains(type) else {
        throw .badRequest("type must be EXACT or DATE_RANGE.", field: "query.type")
      }
      guard criterion["operator"]?.string.map({ $0 == "AND" }) ?? true else {
        throw .badRequest("Only the operator AND is supported.", field: "query.operator")
      }
      guard type == "EXACT" else { continue }
      let values = criterion["values"]?.array?.compactMap(\.string) ?? criterion["value"]?.string.map { [$0] } ?? []
      let fields = criterion["fields"]?.array?.compactMap(\.string) ?? []
      guard !values.isEmpty, let field = fields.first else {
        throw .badRequest("fields and value are required.", field: "query.value")
      }
      let prefix = ["participantData.", "attributes."].first { field.hasPrefix($0) } ?? ""
      wanted.append((String(field.dropFirst(prefix.count)), values))
    }
    let found = conversations.conversations(with: wanted)
    return .json([
      "types": ["conversations"], "results": .array(found.map(\.searchResult)), "aggregations": [:],
    ])
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
      try store.update(id) { (conversation) throws(GenesysError) in conversation.recordingState = state }
    }
    return Response(status: 202)
  }
}

extension ConversationStore.Conversation {
  fileprivate var searchResult: JSONValue {
    [
      "conversationId": .string(id), "conversationStart": .string("\(started)"),
      "participants": .array(
        participants.map { participant in
          [
            "participantId": .string(participant.id), "purpose": .string(participant.purpose),
            "attributes": .object(participant.attributes),
          ]
        }),
    ]
  }
}
