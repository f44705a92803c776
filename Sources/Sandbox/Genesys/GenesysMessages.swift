import Core
import HTTPServer

extension GenesysPlatform {
  /// `POST /api/v2/conversations/messages/agentless`: `SendAgentlessOutboundMessageRequest` → its response, 202.
  func sendMessage(_ request: VendorRequest) throws(GenesysError) -> Response {
    let body = try GenesysBody(request)
    let messenger = try body.required("toAddressMessengerType")
    guard ["sms", "whatsapp", "open", "webmessaging", "apple"].contains(messenger) else {
      throw .badRequest("Unknown toAddressMessengerType \(messenger).", field: "toAddressMessengerType")
    }
    guard messenger == "sms" else {
      throw .badRequest("No \(messenger) integration is set up in this organization.", field: "toAddressMessengerType")
    }
    let (from, to) = (try body.required("fromAddress"), try body.required("toAddress"))
    guard from.isPhoneNumber(needsPlus: true) else {
      throw .badRequest("fromAddress must be a provisioned number in E.164.", field: "fromAddress")
    }
    guard to.isPhoneNumber(needsPlus: true), !OutboundMessage.isRefused(to) else {
      throw .badRequest("toAddress must be a valid number in E.164.", field: "toAddress")
    }
    let text = try body.required("textBody")
    guard text.utf16.count <= 765 else {
      throw .badRequest("textBody must not exceed 765 characters.", field: "textBody")
    }
    let usesExisting = try body.flag("useExistingActiveConversation")
    let message = OutboundMessage(
      id: identities.hex(16), conversationID: identities.uuid(), providerMessageID: identities.hex(16),
      messenger: messenger, from: from, to: to, text: text, taken: time.now, start: time.uptime,
      isOptedOut: optOuts.contains(to))
    let conversation = ConversationStore.Conversation(
      id: message.conversationID, started: time.now,
      participants: [
        .init(id: identities.uuid(), purpose: "customer", address: to), .init(id: identities.uuid(), purpose: "agent"),
      ], messageIDs: [message.id])
    try change { $0.add(conversation, message: message) }
    inbox.add(
      .init(
        kind: .text, id: message.id, conversationID: conversation.id, to: to, from: from, body: text, sent: time.now))
    return .json(
      [
        "id": .string(message.id), "conversationId": .string(conversation.id), "fromAddress": .string(from),
        "toAddress": .string(to), "messengerType": .string(messenger),
        "useExistingActiveConversation": .bool(usesExisting), "message": message.json(at: time.uptime),
        "timestamp": .string("\(time.now)"),
        "selfUri": .string("/api/v2/conversations/messages/agentless/\(message.id)"),
      ], status: 202)
  }

  /// `POST /api/v2/conversations/emails/agentless`: `AgentlessEmailSendRequestDto` → its response.
  func sendMail(_ request: VendorRequest) throws(GenesysError) -> Response {
    let body = try GenesysBody(request)
    guard try body.required("senderType") == "Outbound" else {
      throw .badRequest("senderType must be Outbound.", field: "senderType")
    }
    guard let from = body.json["fromAddress"], let sender = from["email"]?.string, sender.contains("@") else {
      throw .badRequest("fromAddress.email is required.", field: "fromAddress")
    }
    guard let recipients = body.json["toAddresses"]?.array, recipients.count == 1,
      let to = recipients[0]["email"]?.string, to.contains("@")
    else { throw .badRequest("Exactly one toAddress with an email is required.", field: "toAddresses") }
    let subject = try body.text("subject")
    guard (subject ?? "").utf16.count <= 400 else { throw .badRequest("subject is too long.", field: "subject") }
    let (plain, html) = (try body.text("textBody"), try body.text("htmlBody"))
    guard let text = plain ?? html else {
      throw .badRequest("textBody or htmlBody is required.", field: "textBody")
    }
    let id = identities.uuid()
    let stitched = try body.text("conversationId")
    let conversation = ConversationStore.Conversation(
      id: stitched ?? identities.uuid(), started: time.now,
      participants: [.init(id: identities.uuid(), purpose: "customer", address: to)])
    try change { $0.add(conversation) }
    inbox.add(
      .init(
        kind: .email, id: id, conversationID: conversation.id, to: to, from: sender, subject: subject, body: text,
        sent: time.now))
    return .json(
      [
        "id": .string(id), "conversationId": .string(conversation.id), "senderType": "Outbound", "fromAddress": from,
        "toAddresses": .array(recipients), "subject": .text(subject), "dateCreated": .string("\(time.now)"),
        "selfUri": .string("/api/v2/conversations/emails/agentless/\(id)"),
      ], status: 202)
  }
}
