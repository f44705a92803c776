import Core
import HTTPMessages

/// As much of the SDK's `Conversation` as matters here.
struct GenesysConversation: Sendable {
  struct Participant: Sendable {
    let id: String
    let externalContactID: String?
    let attributes: [JSONValue.Member]
  }

  /// It has ended for everybody.
  let isOver: Bool
  /// Whom the contact centre talks to. `external` is whoever is outside, such as somebody an agent asks for advice, and
  /// stands in only where nobody is the `customer`.
  let customer: Participant?
  /// All of them, those who have left too: each has attributes of its own.
  let customers: [Participant]

  init?(_ json: JSONValue) {
    guard let participants = json["participants"]?.array else { return nil }
    isOver = json["endTime"]?.string != nil
    let (callers, others) = (Self.of("customer", participants), Self.of("external", participants))
    let outside = callers + others
    // Who has left may have been transferred and be back under another id.
    customer = (outside.first { $0["endTime"]?.string == nil } ?? outside.first).flatMap(Participant.init)
    customers = (callers.isEmpty ? others : callers).compactMap(Participant.init)
  }

  private static func of(_ purpose: String, _ participants: [JSONValue]) -> [JSONValue] {
    participants.filter { $0["purpose"]?.string == purpose }
  }
}

extension GenesysConversation.Participant {
  fileprivate init?(_ json: JSONValue) {
    guard let id = json["id"]?.string, id.isUUID else { return nil }
    self.init(
      id: id, externalContactID: json["externalContactId"]?.string.flatMap { $0.isUUID ? $0 : nil },
      attributes: json["attributes"]?.members ?? [])
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
