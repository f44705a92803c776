import Core
import HTTPMessages
import HTTPServer

/// What happens at a contact centre without a request of ours: a customer calls and hangs up, a number opts out.
extension GenesysPlatform {
  /// `/_genesys/…` of the sandbox.
  func control(
    _ method: HTTPMessages.Method, _ path: [String], body: () throws(Problem) -> JSONValue
  ) throws(Problem) -> Response {
    switch (method, path.count, path.first ?? "") {
    case (.post, 1, "conversations"): return try beginCall(try body())
    case (.post, 3, "conversations") where path[2] == "end": return try endCall(path[1])
    case (.post, 1, "events"): return try sendEvents(try body())
    case (.get, 1, "opt_outs"): break
    case (.put, 1, "opt_outs"):
      let numbers = try body()["numbers"]?.array ?? []
      optOuts = Set(numbers.compactMap(\.string))
    default: throw .notInSandbox
    }
    return .json(["numbers": .array(optOuts.sorted().map { .string($0) })])
  }

  /// A call of a customer that goes on and is recorded.
  private func beginCall(_ body: JSONValue) throws(Problem) -> Response {
    let id = body["id"]?.string ?? identities.uuid()
    guard id.isUUID, (try? conversations.conversation(id)) == nil else {
      throw Problem(
        status: 422, code: "conversation_invalid", title: "This conversation cannot begin",
        detail: "\"id\" is a UUID that no other conversation has; without it, one is made.")
    }
    var customer = ConversationStore.Participant(
      id: identities.uuid(), purpose: "customer",
      address: "tel:" + (body["number"]?.string ?? "+4930123456701"))
    customer.externalContactID = body["external_contact_id"]?.string
    customer.isOnCall = true
    customer.attributes = body["attributes"]?.members ?? []
    var flow = ConversationStore.Participant(id: identities.uuid(), purpose: "ivr")
    flow.isOnCall = true
    let conversation = ConversationStore.Conversation(
      id: id, started: time.now, participants: [customer, flow], recordingState: "ACTIVE")
    return try shown(id, status: 201) { $0.add(conversation) }
  }

  private func endCall(_ id: String) throws(Problem) -> Response {
    try shown(id, status: 200) { (store) throws(GenesysError) in
      try store.update(id) { (conversation) throws(GenesysError) in conversation.ended = time.now }
    }
  }

  private func shown(
    _ id: String, status: Int, _ change: (inout ConversationStore) throws(GenesysError) -> Void
  ) throws(Problem) -> Response {
    do throws(GenesysError) {
      try self.change(change)
      return .json(try conversations.conversationJSON(id), status: status)
    } catch {
      throw Problem(status: 404, code: "not_found", title: "There is nothing here", detail: error.message)
    }
  }
}
