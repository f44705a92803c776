import Core
import HTTPServer

extension GenesysPlatform {
  /// `POST /api/v2/conversations/callbacks`: `CreateCallbackCommand` → `CreateCallbackResponse`.
  func createCallback(_ request: VendorRequest) throws(GenesysError) -> Response {
    let body = try GenesysBody(request)
    let queue = try queueID(body)
    let numbers = try numbers(body, required: true) ?? []
    let mode = try body.text("customerFirstCallbackDeliveryMode")
    guard mode.map({ ["UseQueueSetting", "UseAgentReservation", "NoAgentReservation"].contains($0) }) ?? true else {
      throw .badRequest("Unknown delivery mode.", field: "customerFirstCallbackDeliveryMode")
    }
    let scheduled = try body.time("callbackScheduledTime")
    let name = try body.text("callbackUserName")
    let attributes = try body.map("data") ?? []
    let conversation = ConversationStore.Conversation(
      id: identities.uuid(), started: time.now,
      participants: [
        .init(
          id: identities.uuid(), purpose: "customer", name: name, address: numbers.first.map { "tel:\($0)" },
          attributes: attributes),
        .init(id: identities.uuid(), purpose: "acd", queueID: queue),
      ], callback: .init(numbers: numbers, userName: name, scheduled: scheduled ?? time.now))
    try change { $0.add(conversation) }
    inbox.add(
      .init(
        kind: .callback, id: conversation.id, conversationID: conversation.id, to: numbers[0], name: name,
        scheduled: scheduled ?? time.now, attributes: attributes, sent: time.now))
    return .json(Self.callbackAnswer(conversation), status: 201)
  }

  /// `PATCH /api/v2/conversations/callbacks`: reschedules.
  func rescheduleCallback(_ request: VendorRequest) throws(GenesysError) -> Response {
    let body = try GenesysBody(request)
    let id = try body.required("conversationId")
    let scheduled = try body.time("callbackScheduledTime")
    let numbers = try numbers(body, required: false)
    let conversation = try change { (store) throws(GenesysError) in
      try store.update(id) { (conversation) throws(GenesysError) in
        guard conversation.callback != nil else { throw .notFound("Conversation \(id) is not a callback.") }
        guard conversation.callback?.isEnded == false else {
          throw GenesysError(status: 409, code: "conflict", message: "The callback has ended.")
        }
        if let scheduled { conversation.callback?.scheduled = scheduled }
        if let numbers { conversation.callback?.numbers = numbers }
      }
      return try store.conversation(id)
    }
    return .json(Self.callbackAnswer(conversation))
  }

  /// `PATCH /api/v2/conversations/callbacks/{conversationId}` with `{"state": "disconnected"}`: gives it up. Answers the
  /// `Conversation`, as the SDK has it.
  func updateCallback(_ id: String, _ request: VendorRequest) throws(GenesysError) -> Response {
    let body = try GenesysBody(request)
    guard try body.text("state")?.lowercased() == "disconnected" else {
      throw .badRequest("state must be disconnected.", field: "state")
    }
    return .json(
      try change { (store) throws(GenesysError) in
        try store.update(id) { (conversation) throws(GenesysError) in
          guard conversation.callback != nil else { throw .notFound("Conversation \(id) is not a callback.") }
          conversation.callback?.isEnded = true
        }
        return try store.conversationJSON(id)
      })
  }

  private static func callbackAnswer(_ conversation: ConversationStore.Conversation) -> JSONValue {
    [
      "conversation": [
        "id": .string(conversation.id), "selfUri": .string("/api/v2/conversations/callbacks/\(conversation.id)"),
      ],
      "callbackIdentifiers": [["type": "ACD", "id": .string(conversation.participants.last?.id ?? "")]],
    ]
  }

  /// `queueId`, or `routingData.queueId`. Every well-formed UUID is a queue but the one of zeros.
  private func queueID(_ body: GenesysBody) throws(GenesysError) -> String {
    guard let id = try body.text("queueId") ?? body.json["routingData"]?["queueId"]?.string else {
      throw .badRequest("A queueId is required, in the request or in its routingData.", field: "queueId")
    }
    guard id.isUUID else { throw .badRequest("\(id) is not a valid queue id.", field: "queueId") }
    guard id != "00000000-0000-0000-0000-000000000000" else { throw .notFound("Queue \(id) not found.") }
    return id
  }

  private func numbers(_ body: GenesysBody, required: Bool) throws(GenesysError) -> [String]? {
    guard let numbers = try body.texts("callbackNumbers"), !numbers.isEmpty else {
      guard required else { return nil }
      throw .badRequest("callbackNumbers is required.", field: "callbackNumbers")
    }
    let strict = try body.flag("validateCallbackNumbers")
    for number in numbers where !number.isPhoneNumber(needsPlus: strict) {
      throw .badRequest("\(number) is not a valid phone number.", field: "callbackNumbers")
    }
    return numbers
  }
}

extension String {
  /// 7 to 15 digits, the first no zero behind the plus of E.164.
  func isPhoneNumber(needsPlus: Bool) -> Bool {
    var digits = utf8[...]
    let hasPlus = digits.first == UInt8(ascii: "+")
    if hasPlus { digits = digits.dropFirst() }
    return (7...15).contains(digits.count) && digits.allSatisfy(\.isDecimalDigit)
      && (hasPlus ? digits.first != UInt8(ascii: "0") : !needsPlus)
  }
}
