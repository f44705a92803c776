import Core
import HTTPMessages

/// As much of the SDK's `Conversation` as matters here.
struct GenesysConversation: Sendable {
  struct Participant: Sendable {
    let id: String
    let externalContactID: String?
  }

  /// It has ended for everybody.
  let isOver: Bool
  /// Whom the contact centre talks to. `external` is whoever is outside, such as somebody an agent asks for advice, and
  /// stands in only where nobody is the `customer`.
  let customer: Participant?

  init?(_ json: JSONValue) {
    guard let participants = json["participants"]?.array else { return nil }
    isOver = json["endTime"]?.string != nil
    let outside = ["customer", "external"].flatMap { purpose in
      participants.filter { $0["purpose"]?.string == purpose }
    }
    // Who has left may have been transferred and be back under another id.
    customer = (outside.first { $0["endTime"]?.string == nil } ?? outside.first).flatMap { participant in
      guard let id = participant["id"]?.string, id.isUUID else { return nil }
      return Participant(
        id: id, externalContactID: participant["externalContactId"]?.string.flatMap { $0.isUUID ? $0 : nil })
    }
  }
}

extension GenesysClient {
  /// `GET /api/v2/conversations/{id}`.
  func conversation(_ id: String, _ context: CallContext) async throws(GenesysCallError) -> GenesysConversation {
    guard id.isUUID else { throw .refused("this is no id of a conversation") }
    let answer = try await calls.get("/api/v2/conversations/\(id)", context: context)
    guard let conversation = GenesysConversation(answer) else { throw GenesysCallError.unreadable.ofReading }
    return conversation
  }
}
