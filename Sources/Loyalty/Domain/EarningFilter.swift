import Core

/// Which events earn points, and where an event has what an accrual needs: one entry of `loyalty.earning`.
package struct EarningFilter: Sendable, Hashable {
  /// Where a value is; nil for where the known shapes have it.
  package struct Paths: Sendable, Hashable {
    package var customer: FilterExpression?
    package var conversation: FilterExpression?
    package var amount: FilterExpression?
    package var channel: FilterExpression?
    package var eventID: FilterExpression?
    package var occurredAt: FilterExpression?

    package init() {}
  }

  package let when: FilterExpression
  /// What the rules of the ledger know it as, such as `chat`.
  package let eventType: String
  package let paths: Paths

  package init(when: FilterExpression, eventType: String, paths: Paths = Paths()) {
    self.when = when
    self.eventType = eventType
    self.paths = paths
  }
}

/// An event that earns points, as far as it says itself who, what and when.
package struct EarnedEvent: Sendable, Hashable {
  /// Who it is about, or in which conversation that can be found.
  package enum Subject: Sendable, Hashable {
    /// The shop's own id, or a handle of the ledger.
    case customer(String)
    case conversation(String)
  }

  package let type: String
  package let channel: String
  /// Unique in its channel.
  package let eventID: String
  package let amount: Int64?
  package let subject: Subject
  /// Nil where the event does not say it.
  package let occurredAt: Timestamp?

  /// Under which the ledger takes it once.
  package var key: (key: String, fingerprint: Bytes32) { LedgerCommand.eventKey(channel: channel, id: eventID) }
}

/// Why an event that is meant cannot earn. Texts hold nothing of the event.
package enum EarningError: Error, Sendable, Hashable, CustomStringConvertible {
  case eventIDUnusable
  case channelUnusable
  case amountUnusable
  case subjectMissing

  package var description: String {
    switch self {
    case .eventIDUnusable: "the event has no id of 1 to 150 visible characters"
    case .channelUnusable: "the channel is not 1 to 64 letters, digits, dots, hyphens and underscores"
    case .amountUnusable: "the amount is no whole number"
    case .subjectMissing: "the event names neither a customer nor a conversation"
    }
  }
}

extension EarningFilter {
  /// What the first filter that means the event makes of it; nil when none does.
  ///
  /// - Throws: `EarningError`.
  package static func read(_ event: JSONValue, by filters: [EarningFilter]) throws(EarningError) -> EarnedEvent? {
    try filters.first { $0.when.matches(event) }?.read(event)
  }

  private func read(_ event: JSONValue) throws(EarningError) -> EarnedEvent {
    let channel = Self.text(in: event, at: paths.channel, else: KnownPaths.channel) ?? "event"
    guard Self.isChannel(channel) else { throw .channelUnusable }
    guard let id = Self.text(in: event, at: paths.eventID, else: KnownPaths.eventID), Self.isToken(id, longest: 150)
    else { throw .eventIDUnusable }
    return EarnedEvent(
      type: eventType, channel: channel, eventID: id, amount: try amount(in: event), subject: try subject(in: event),
      occurredAt: Self.text(in: event, at: paths.occurredAt, else: KnownPaths.occurredAt).flatMap(Self.time))
  }

  private func subject(in event: JSONValue) throws(EarningError) -> EarnedEvent.Subject {
    let customer = Self.text(in: event, at: paths.customer, else: KnownPaths.customer)
    if let customer, customer.utf8.count <= 512 { return .customer(customer) }
    let conversation = Self.text(in: event, at: paths.conversation, else: KnownPaths.conversation)
    guard let conversation, Self.isToken(conversation, longest: 100) else { throw .subjectMissing }
    return .conversation(conversation)
  }

  private func amount(in event: JSONValue) throws(EarningError) -> Int64? {
    guard let value = paths.amount?.value(in: event), !value.isNull else { return nil }
    guard let amount = value.integer ?? value.string.flatMap({ Int64($0) }) else { throw .amountUnusable }
    return amount
  }

  /// The first text that is not empty, or a whole number as one.
  private static func text(
    in event: JSONValue, at path: FilterExpression?, else known: [FilterExpression]
  ) -> String? {
    (path.map { [$0] } ?? known).lazy.compactMap { $0.value(in: event) }
      .compactMap { value in value.string ?? value.integer.map { String($0) } }.first { !$0.isEmpty }
  }

  /// RFC 3339, or milliseconds since 1970 as Genesys Cloud's events have it.
  private static func time(_ text: String) -> Timestamp? {
    guard let milliseconds = Int64(text) else { return Timestamp(text) }
    guard (0...253_402_300_799_999).contains(milliseconds) else { return nil }
    return Timestamp(microseconds: milliseconds * 1_000)
  }

  private static func isToken(_ text: String, longest: Int) -> Bool {
    (1...longest).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }

  /// Without a slash: it is what ends the channel in a key.
  private static func isChannel(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { $0.isDecimalDigit || "._-".utf8.contains($0) || (0x61...0x7A).contains($0 | 0x20) }
  }
}

/// Where the shapes that come from Genesys Cloud have what an accrual needs: the guide's `interaction:updated`, the
/// envelope of EventBridge, the body of our data action, and the messages of Open Messaging.
private enum KnownPaths {
  static let eventID = paths("event_id", "id")
  static let customer = paths("customer_id", "customer_hash", "detail.eventBody.attributes.user_id")
  static let conversation = paths("interaction_id", "conversation_id", "detail.eventBody.conversationId")
  static let channel = paths("detail.eventBody.mediaType", "channel.platform", "channel", "type")
  static let occurredAt = paths(
    "occurred_at", "detail.eventBody.eventTime", "time", "channel.time", "timestamp")

  private static func paths(_ texts: String...) -> [FilterExpression] {
    texts.compactMap { text in try? FilterExpression(value: text) }
  }
}
