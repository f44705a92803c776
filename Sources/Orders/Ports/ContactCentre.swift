import Core
import HTTPMessages

/// The contact centre, as the ways out of a failed look-up need it. Implemented in `GenesysCloud`.
package protocol ContactCentre: Sendable {
  /// Books a call-back. `reference` is ours and is stored with it, so that it can be found again.
  ///
  /// - Returns: the contact centre's id of the conversation.
  func bookCallback(_ callback: Callback, reference: String, context: CallContext) async throws(ContactCentreError)
    -> String

  /// The conversation of a call-back that was booked under `reference`, if there is one: asked after a crash between
  /// booking and recording, so that nothing is booked twice. `triedAt` is when the booking began, however long ago.
  func findCallback(
    reference: String, triedAt: Timestamp, context: CallContext
  ) async throws(ContactCentreError) -> String?

  /// Sends a text message.
  ///
  /// - Returns: the contact centre's id of the message.
  func sendText(_ text: TextMessage, context: CallContext) async throws(ContactCentreError) -> String
}

package struct Callback: Sendable, Hashable, Codable {
  /// E.164.
  package var number: String
  package var name: String?
  package var orderID: OrderID?
  /// When to call; nil for as soon as an agent is free.
  package var at: Timestamp?

  package init(number: String, name: String?, orderID: OrderID?, at: Timestamp?) {
    self.number = number
    self.name = name
    self.orderID = orderID
    self.at = at
  }
}

package struct TextMessage: Sendable, Hashable, Codable {
  /// E.164.
  package var number: String
  /// At most 765 characters, the limit of the contact centre.
  package var body: String

  package init(number: String, body: String) {
    self.number = number
    self.body = body
  }
}

/// Why the contact centre did not do it. Texts are for the log: no secret, no personal data, no body.
package enum ContactCentreError: Error, Sendable, Hashable {
  /// Nothing was sent, or it answered that it did nothing: trying again is safe.
  case notDone(reason: String, retryAfter: Duration?)
  /// The answer was lost: it may have been done.
  case unknown(reason: String)
  /// It will never be done as asked, such as a number that does not exist.
  case refused(reason: String)
}
