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

  /// `POST /api/v2/conversations/participants/attributes/search`. As in Genesys Cloud only `conversationId` (`EXACT`) and
  /// `startTime` or `endTime` (`DATE_RANGE`) can be searched; a criterion over an attribute is refused, and whoever looks
  /// for one compares the attributes of the rows. Fifty rows a page, the next one by `cursor`.
  func search(_ request: VendorRequest) throws(GenesysError) -> Response {
    let body = try GenesysBody(request)
    guard let criteria = body.json["query"]?.array, !criteria.isEmpty else {
      throw .badRequest("query is required.", field: "query")
    }
    var found = conversations.withAttributes
    for criterion in criteria {
      let fields = criterion["fields"]?.array?.compactMap(\.string) ?? []
      switch (criterion["type"]?.string, fields) {
      case ("EXACT", ["conversationId"]):
        let values = criterion["values"]?.array?.compactMap(\.string) ?? criterion["value"]?.string.map { [$0] } ?? []
        found = found.filter { values.contains($0.id) }
      case ("DATE_RANGE", ["startTime"]), ("DATE_RANGE", ["endTime"]):
        guard let start = criterion["startValue"]?.string.flatMap({ Timestamp($0) }),
          let end = criterion["endValue"]?.string.flatMap({ Timestamp($0) })
        else { throw .badRequest("startValue and endValue are required.", field: "query.startValue") }
        found = found.filter { $0.started >= start && $0.started <= end }
      default: throw .badRequest("Search not supported.", field: "query")
      }
    }
    let from = try body.text("cursor").flatMap { Int($0) } ?? 0
    let page = found.dropFirst(from).prefix(50)
    var answer: [JSONValue.Member] = [
      .init("types", ["conversations"]), .init("results", .array(page.map(\.searchResult))), .init("aggregations", [:]),
    ]
    if from + page.count < found.count { answer.append(.init("cursor", .string("\(from + page.count)"))) }
    return .json(.object(answer))
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
      "conversationId": .string(id), "startTime": .string("\(started)"),
      "participantData": .array(
        participants.filter { !$0.attributes.isEmpty }.map { participant in
          [
            "participantId": .string(participant.id), "participantPurpose": .string(participant.purpose),
            "participantAttributes": .object(participant.attributes),
          ]
        }),
      "truncatedData": false,
    ]
  }
}
