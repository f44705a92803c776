import Core
import HTTPMessages

/// What a feature does with the webhooks of a source. Given in by `App`.
package protocol WebhookConsumer: Sendable {
  /// Whether a delivery is worth a job, told before it is answered: pure, and fast.
  func triage(topic: String, body: JSONValue) -> Triage

  /// Does what the delivery hints at: an event says that something changed, and the object is read again. May run again
  /// for the same delivery, and deliveries come in any order.
  func consume(_ delivery: InboxDelivery, context: CallContext) async -> Consumption
}

extension WebhookConsumer {
  package func triage(topic: String, body: JSONValue) -> Triage { .take(lane: Optional.none) }
}

package enum Triage: Sendable, Hashable {
  /// - Parameter lane: deliveries of one lane are consumed one at a time, in the order in which they came.
  case take(lane: String?)
  /// It is kept, and nothing is done.
  ///
  /// - Parameter reason: for the answer and the inbox; without personal data.
  case ignore(reason: String)
}

/// A delivery whose signature was good.
package struct InboxDelivery: Sendable, Hashable {
  /// Ours, `inb_…`.
  package let id: String
  package let source: String
  /// The vendor's.
  package let deliveryID: String
  /// Empty where the vendor did not say one.
  package let topic: String
  /// As it came; valid JSON.
  package let body: [UInt8]
  /// What the vendor says.
  package let triggeredAt: Timestamp?
  package let receivedAt: Timestamp
  package let requestID: String

  package init(
    id: String, source: String, deliveryID: String, topic: String, body: [UInt8], triggeredAt: Timestamp? = nil,
    receivedAt: Timestamp, requestID: String
  ) {
    self.id = id
    self.source = source
    self.deliveryID = deliveryID
    self.topic = topic
    self.body = body
    self.triggeredAt = triggeredAt
    self.receivedAt = receivedAt
    self.requestID = requestID
  }
}

/// What came of a delivery. Texts are for the inbox and the log: no personal data, no secret, no body.
package enum Consumption: Sendable, Hashable {
  /// - Parameter note: such as the id of what changed.
  case applied(note: String? = nil)
  /// Nothing to do: not about us, or not known here.
  case ignored(reason: String)
  case retry(after: Duration? = nil, reason: String)
  /// For good; the job becomes a dead letter.
  case failed(reason: String)
}
