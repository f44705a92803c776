import Core
import HTTPMessages
import Orders
import Telemetry

extension GenesysClient: ReturnContactCentre {
  private static let longestSubject = 400
  private static let attemptsOnConflict = 3

  // MARK: - What is known of a return

  /// `PATCH /api/v2/conversations/{id}/participants/{participantId}/attributes` while the conversation lasts, else
  /// `PUT /api/v2/externalcontacts/contacts/{id}` on the external contact of its customer. Where there is no customer or
  /// no such contact, nothing is written, and that is fine.
  package func record(
    _ attributes: ReturnAttributes, conversation id: String, context: CallContext
  ) async throws(ContactCentreError) {
    do throws(GenesysCallError) {
      let values: [(name: String, value: String)] = [
        ("return_request_id", attributes.returnRequestID), ("rma_status", attributes.rmaStatus.rawValue),
        ("return_created_at", "\(attributes.returnCreatedAt)"),
      ]
      let body: JSONValue = ["attributes": try configuration.attributes.checked(values)]
      var conversation = try await self.conversation(id, context)
      if !conversation.isOver {
        guard let participant = conversation.customer?.id else { return leave(id, "it has no customer", context) }
        let path = "/api/v2/conversations/\(id)/participants/\(participant)/attributes"
        do throws(GenesysCallError) {
          return try await calls.write(.patch, path, body, context: context)
        } catch {
          // It may have ended between the two requests.
          guard error.isTurnedDown else { throw error }
          conversation = try await self.conversation(id, context)
          guard conversation.isOver else { throw error }
        }
      }
      guard let contact = conversation.customer?.externalContactID else {
        return leave(id, "it is over, and its customer is no external contact", context)
      }
      let fields = configuration.contactFields
      let names = [fields.returnRequestID, fields.rmaStatus, fields.returnCreatedAt]
      try await setFields(
        zip(names, values).map { .init($0, .string($1.value)) }, ofContact: contact, conversation: id, context)
    } catch {
      throw ContactCentreError(error)
    }
  }

  /// Reads the contact and writes it back with these fields: a PUT replaces it whole. One that changed in between is read
  /// again.
  private func setFields(
    _ fields: [JSONValue.Member], ofContact contact: String, conversation: String, _ context: CallContext
  ) async throws(GenesysCallError) {
    let path = "/api/v2/externalcontacts/contacts/\(contact)"
    for attempt in 1... {
      let read: JSONValue
      do throws(GenesysCallError) {
        read = try await calls.get(path, context: context)
      } catch {
        guard error.status == 404 else { throw error }
        return leave(conversation, "the external contact of its customer is gone", context)
      }
      guard let written = read.setting(fields, schema: configuration.contactFields.schema) else {
        return leave(conversation, "the external contact has no schema for custom fields", context)
      }
      guard written != read else { return }
      do throws(GenesysCallError) {
        return try await calls.write(.put, path, written, context: context)
      } catch {
        guard error.status == 409, attempt < Self.attemptsOnConflict else { throw error }
      }
    }
  }

  private func leave(_ conversation: String, _ reason: String, _ context: CallContext) {
    logger.with(requestID: context.requestID).info(
      "a return is not shown at the conversation",
      ["conversation_id": .string(conversation), "reason": .string(reason)])
  }

  // MARK: - E-mail

  /// `POST /api/v2/conversations/emails/agentless`. A bounce shows up at the conversation half a minute later, if at all;
  /// nothing tells of it by itself.
  package func sendEmail(_ mail: EmailMessage, context: CallContext) async throws(ContactCentreError) -> String {
    guard let sender = configuration.emailFrom else { throw .refused(reason: "no sender address is configured") }
    guard mail.subject.utf16.count <= Self.longestSubject else {
      throw .refused(reason: "the subject has more than \(Self.longestSubject) characters")
    }
    var from: [JSONValue.Member] = [.init("email", .string(sender))]
    if let name = configuration.emailFromName { from.append(.init("name", .string(name))) }
    do throws(GenesysCallError) {
      let answer = try await calls.post(
        "/api/v2/conversations/emails/agentless",
        [
          "senderType": "Outbound", "fromAddress": .object(from), "toAddresses": [["email": .string(mail.address)]],
          "subject": .string(mail.subject), "textBody": .string(mail.text),
        ], context: context)
      guard let id = answer["id"]?.string, !id.isEmpty else { throw .unreadable }
      return id
    } catch {
      throw ContactCentreError(error)
    }
  }
}

extension JSONValue {
  /// An external contact with these custom fields; nil where it has no schema and none is given.
  fileprivate func setting(_ fields: [Member], schema: GenesysClient.ContactFields.Schema?) -> JSONValue? {
    guard var contact = members else { return nil }
    func set(_ name: String, _ value: JSONValue, in members: inout [Member]) {
      if let index = members.firstIndex(where: { $0.name == name }) {
        members[index].value = value
      } else {
        members.append(.init(name, value))
      }
    }
    if self["schema"]?["id"]?.string == nil {
      guard let schema else { return nil }
      set("schema", ["id": .string(schema.id), "version": .integer(schema.version)], in: &contact)
    }
    var custom = self["customFields"]?.members ?? []
    for field in fields { set(field.name, field.value, in: &custom) }
    set("customFields", .object(custom), in: &contact)
    return .object(contact)
  }
}
