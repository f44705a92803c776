import Core

/// The conversations of one simulated organisation.
struct ConversationStore: Sendable {
  struct Participant: Sendable, Hashable {
    let id: String
    /// `customer`, `acd`, `agent`, …
    let purpose: String
    var name: String?
    var address: String?
    var queueID: String?
    var externalContactID: String?
    /// A call that this participant is in.
    var isOnCall = false
    var attributes: [JSONValue.Member] = []
  }

  struct Callback: Sendable, Hashable {
    var numbers: [String]
    var userName: String?
    var scheduled: Timestamp
    var isEnded = false
  }

  struct Conversation: Sendable, Hashable {
    let id: String
    let started: Timestamp
    var participants: [Participant]
    var ended: Timestamp?
    var recordingState = "NONE"
    var callback: Callback?
    var messageIDs: [String] = []
  }

  static let capacity = 5_000
  private(set) var conversations: [String: Conversation] = [:]
  private(set) var messages: [String: OutboundMessage] = [:]
  /// Oldest first.
  private var order: [String] = []

  mutating func add(_ conversation: Conversation, message: OutboundMessage? = nil) {
    if order.count >= Self.capacity {
      let oldest = order.removeFirst()
      for id in conversations[oldest]?.messageIDs ?? [] { messages[id] = nil }
      conversations[oldest] = nil
    }
    order.append(conversation.id)
    conversations[conversation.id] = conversation
    if let message { messages[message.id] = message }
  }

  func conversation(_ id: String) throws(GenesysError) -> Conversation {
    guard let conversation = conversations[id] else {
      throw .notFound("Conversation \(id) not found or you do not have permission to view it.")
    }
    return conversation
  }

  mutating func update(
    _ id: String, _ change: (inout Conversation) throws(GenesysError) -> Void
  ) throws(GenesysError) {
    var conversation = try conversation(id)
    try change(&conversation)
    conversations[id] = conversation
  }

  /// Of a conversation that goes on.
  mutating func updateActive(
    _ id: String, _ change: (inout Conversation) throws(GenesysError) -> Void
  ) throws(GenesysError) {
    try update(id) { (conversation) throws(GenesysError) in
      guard conversation.ended == nil else {
        throw GenesysError(status: 409, code: "conflict", message: "The conversation has ended.")
      }
      try change(&conversation)
    }
  }

  func message(_ id: String) throws(GenesysError) -> OutboundMessage {
    guard let message = messages[id] else { throw .notFound("Message \(id) not found.") }
    return message
  }

  func status(of id: String, now: Duration) -> String? {
    if let message = messages[id] { return message.status(at: now).rawValue }
    return conversations[id]?.callback.map { $0.isEnded ? "disconnected" : "scheduled" }
  }

  var newestFirst: [Conversation] { order.reversed().compactMap { conversations[$0] } }
}

extension [JSONValue.Member] {
  /// A participant's attributes are merged one by one; an empty value stays, as in Genesys Cloud.
  mutating func merge(_ more: [JSONValue.Member]) {
    for member in more {
      if let index = firstIndex(where: { $0.name == member.name }) { self[index] = member } else { append(member) }
    }
  }
}
