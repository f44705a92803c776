import Core
import HTTPServer
import Security

/// How what happens at Genesys Cloud reaches a server outside. It has no webhooks for its events in general: the guide's
/// is one of the four forms, and the other three are what there is.
enum GenesysEventShape: String, Sendable, CaseIterable {
  /// The guide's `interaction:updated` (guide 3, section 3).
  case interaction
  /// The envelope of Amazon EventBridge, brought by an API destination.
  case eventBridge = "eventbridge"
  /// What a trigger's workflow posts with our data action.
  case dataAction = "data_action"
  /// A normalised message of Open Messaging.
  case openMessaging = "open_messaging"
}

/// What an event says.
struct GenesysEvent: Sendable, Hashable {
  var shape: GenesysEventShape
  var id: String
  var conversationID: String
  /// Only for shapes in which somebody put it.
  var customerID: String?
  /// The guide's `WebChat`; the media type elsewhere.
  var type: String
  var state: String
  var at: Timestamp
}

extension GenesysEvent {
  /// What the styles of sending tell shapes apart by.
  var topic: String {
    switch shape {
    case .interaction: "interaction:updated"
    case .eventBridge: "eventbridge"
    case .dataAction: "data_action"
    case .openMessaging: "openmessaging"
    }
  }

  var body: JSONValue {
    switch shape {
    case .interaction:
      [
        "event": "interaction:updated", "event_id": .string(id), "interaction_id": .string(conversationID),
        "type": .string(type), "state": .string(state), "timestamp": .string("\(at)"),
      ]
    case .eventBridge: envelope
    case .dataAction:
      .object(
        [
          .init("event_id", .string(id)), .init("event", "conversation.customer.end"),
          .init("conversation_id", .string(conversationID)), .init("channel", .string(type)),
          .init("state", .string(state)), .init("occurred_at", .string("\(at)")),
        ] + (customerID.map { [.init("customer_id", .string($0))] } ?? []))
    case .openMessaging:
      [
        "id": .string(id),
        "channel": [
          "id": .string(id), "platform": "Open", "type": "Private", "messageId": .string(id),
          "to": ["id": .string(customerID ?? "guest"), "idType": "Opaque"],
          "from": ["id": "3fd2f1a6-6a52-4f6f-8d1b-7f5c5a0a1d11", "nickname": "Northwind"], "time": .string("\(at)"),
        ],
        "type": "Text", "text": "Thank you for your answer.", "originatingEntity": "Bot", "direction": "Outbound",
        "metadata": ["conversation_id": .string(conversationID), "survey": .string(state)],
      ]
    }
  }

  /// As the one published sample has it: the topic with `{id}` outside, filled in inside.
  private var envelope: JSONValue {
    let topic = "v2.detail.events.conversation.{id}.customer.end"
    return [
      "version": "0", "id": .string(id), "detail-type": .string(topic),
      "source": "aws.partner/genesys.com/cloud/0f2c3a54-1d0e-4b52-9d3a-2b1f6c7d8e90/ringback",
      "account": "123456789012", "time": .string("\(at)"), "region": "eu-central-1", "resources": [],
      "detail": [
        "topicName": .string("v2.detail.events.conversation.\(conversationID).customer.end"), "version": "2",
        "eventBody": [
          "eventTime": .integer(at.microseconds / 1_000), "conversationId": .string(conversationID),
          "participantId": .string(id), "sessionId": .string(id), "mediaType": .string(type),
          "provider": "PureCloud Webmessaging", "direction": "INBOUND", "disconnectType": .string(state),
          "interactingDurationMs": 184_000,
        ],
        "metadata": ["CorrelationId": .string(id)], "timestamp": .string("\(at)"),
      ],
    ]
  }
}

extension GenesysPlatform {
  /// `POST /_genesys/events`.
  func sendEvents(_ body: JSONValue) throws(Problem) -> Response {
    guard let shape = GenesysEventShape(rawValue: body["shape"]?.string ?? "interaction") else {
      throw .badEvent("\"shape\" is one of \(GenesysEventShape.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    let copies = body["copies"].map { $0.integer ?? 0 } ?? 1
    guard (1...1_000).contains(copies) else { throw .badEvent("\"copies\" is a number from 1 to 1000.") }
    let event = GenesysEvent(
      shape: shape, id: body["event_id"]?.string ?? identities.uuid(),
      conversationID: body["conversation_id"]?.string ?? identities.uuid(), customerID: body["customer_id"]?.string,
      type: body["type"]?.string ?? (shape == .interaction ? "WebChat" : "MESSAGE"),
      state: body["state"]?.string ?? "closed", at: time.now)
    // Each is a delivery of its own, as when the platform scales or a route changes: at the same moment, with one id.
    for _ in 0..<copies { emit(event.topic, event.body, event.id) }
    return .json(
      ["event_id": .string(event.id), "conversation_id": .string(event.conversationID), "body": event.body],
      status: 201)
  }
}

extension Problem {
  fileprivate static func badEvent(_ detail: String) -> Problem {
    Problem(status: 422, code: "event_invalid", title: "This event cannot be sent", detail: detail)
  }
}
