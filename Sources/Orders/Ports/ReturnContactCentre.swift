import Core
import HTTPMessages

/// The contact centre, as returns need it. Implemented in `GenesysCloud`.
package protocol ReturnContactCentre: Sendable {
  /// Writes what is known of a return where agents and flows see it: the attributes of the conversation's customer while
  /// it lasts, else the custom fields of the external contact. Writing the same again does no harm.
  ///
  /// - Parameter conversation: the contact centre's id of the conversation in which the return was asked for.
  func record(
    _ attributes: ReturnAttributes, conversation: String, context: CallContext
  ) async throws(ContactCentreError)

  /// Sends a text message.
  ///
  /// - Returns: the contact centre's id of the message.
  func sendText(_ text: TextMessage, context: CallContext) async throws(ContactCentreError) -> String

  /// Sends an e-mail.
  ///
  /// - Returns: the contact centre's id of the message.
  func sendEmail(_ mail: EmailMessage, context: CallContext) async throws(ContactCentreError) -> String
}

/// All that the contact centre is told of a return; nothing else may be written there.
package struct ReturnAttributes: Sendable, Hashable {
  package var returnRequestID: String
  package var rmaStatus: ReturnState
  package var returnCreatedAt: Timestamp

  package init(returnRequestID: String, rmaStatus: ReturnState, returnCreatedAt: Timestamp) {
    self.returnRequestID = returnRequestID
    self.rmaStatus = rmaStatus
    self.returnCreatedAt = returnCreatedAt
  }
}

package struct EmailMessage: Sendable, Hashable {
  package var address: String
  /// At most 400 characters, the limit of the contact centre.
  package var subject: String
  package var text: String

  package init(address: String, subject: String, text: String) {
    self.address = address
    self.subject = subject
    self.text = text
  }
}
