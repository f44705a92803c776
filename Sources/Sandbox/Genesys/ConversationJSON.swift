import Core

/// The SDK's `Conversation`, `CallbackConversation` and `MessageConversation`.
extension ConversationStore {
  func conversationJSON(_ id: String) throws(GenesysError) -> JSONValue {
    let conversation = try conversation(id)
    let participants = conversation.participants.map { participant in
      var members = Self.common(participant, of: conversation)
      members.append(.init("participantType", .string(participant.purpose == "customer" ? "External" : "Internal")))
      if let queue = participant.queueID { members.append(.init("queueId", .string(queue))) }
      if participant.isOnCall { members.append(.init("calls", [Self.call(of: conversation, id: participant.id)])) }
      if let callback = conversation.callback {
        members.append(.init("callbacks", [Self.callbackMembers(callback, id: participant.id)]))
      }
      return JSONValue.object(members)
    }
    var members: [JSONValue.Member] = [
      .init("id", .string(id)), .init("startTime", .string("\(conversation.started)")),
    ]
    if let ended = conversation.ended { members.append(.init("endTime", .string("\(ended)"))) }
    let rest: JSONValue = [
      "participants": .array(participants),
      "recordingState": .string(conversation.recordingState),
      "securePause": .bool(conversation.recordingState == "PAUSED"), "divisions": [],
      "selfUri": .string("/api/v2/conversations/\(id)"),
    ]
    return .object(members + (rest.members ?? []))
  }

  private static func call(of conversation: Conversation, id: String) -> JSONValue {
    [
      "id": .string(id), "state": conversation.ended == nil ? "connected" : "disconnected", "direction": "inbound",
      "recording": .bool(conversation.recordingState != "NONE"),
      "recordingState": .string(conversation.recordingState.lowercased()),
      "securePause": .bool(conversation.recordingState == "PAUSED"),
    ]
  }

  func callbackJSON(_ id: String) throws(GenesysError) -> JSONValue {
    let conversation = try conversation(id)
    guard let callback = conversation.callback else { throw .notFound("Conversation \(id) is not a callback.") }
    let participants = conversation.participants.map { participant in
      var members = Self.common(participant, of: conversation)
      members.append(.init("state", .string(callback.isEnded ? "disconnected" : "none")))
      if let queue = participant.queueID {
        members.append(
          .init("queue", ["id": .string(queue), "selfUri": .string("/api/v2/routing/queues/\(queue)")]))
      }
      members +=
        Self.callbackMembers(callback, id: participant.id).members?.filter { !["id", "state"].contains($0.name) } ?? []
      return JSONValue.object(members)
    }
    return [
      "id": .string(id), "participants": .array(participants), "otherMediaUris": [],
      "selfUri": .string("/api/v2/conversations/callbacks/\(id)"),
    ]
  }

  func messageJSON(_ id: String, now: Duration) throws(GenesysError) -> JSONValue { try message(id).json(at: now) }

  func messagesJSON(_ id: String, now: Duration) throws(GenesysError) -> JSONValue {
    let conversation = try conversation(id)
    let details: [JSONValue] = conversation.messageIDs.compactMap { messages[$0] }.map { message in
      [
        "messageId": .string(message.id), "messageURI": .string("/api/v2/conversations/messages/\(message.id)/details"),
        "messageStatus": .string(message.status(at: now).rawValue), "messageSegmentCount": 1,
        "messageTime": .string("\(message.taken)"),
      ]
    }
    guard !details.isEmpty else { throw .notFound("Conversation \(id) is not a message conversation.") }
    let participants = conversation.participants.map { participant in
      JSONValue.object(Self.common(participant, of: conversation) + [.init("messages", .array(details))])
    }
    return [
      "id": .string(id), "participants": .array(participants),
      "selfUri": .string("/api/v2/conversations/messages/\(id)"),
    ]
  }

  private static func common(_ participant: Participant, of conversation: Conversation) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = [
      .init("id", .string(participant.id)), .init("startTime", .string("\(conversation.started)")),
      .init("purpose", .string(participant.purpose)), .init("attributes", .object(participant.attributes)),
    ]
    if let ended = conversation.ended { members.append(.init("endTime", .string("\(ended)"))) }
    if let contact = participant.externalContactID { members.append(.init("externalContactId", .string(contact))) }
    if let name = participant.name { members.append(.init("name", .string(name))) }
    if let address = participant.address { members.append(.init("address", .string(address))) }
    return members
  }

  private static func callbackMembers(_ callback: Callback, id: String) -> JSONValue {
    [
      "id": .string(id), "state": .string(callback.isEnded ? "disconnected" : "scheduled"), "direction": "outbound",
      "callbackNumbers": .array(callback.numbers.map { .string($0) }), "callbackUserName": .text(callback.userName),
      "callbackScheduledTime": .string("\(callback.scheduled)"),
    ]
  }
}
