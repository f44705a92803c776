import Core
import HTTPMessages

/// Asks the contact centre who a conversation was with, where an event does not say it.
package protocol ConversationCustomer: Sendable {
  /// The shop's own id of the customer; nil for a conversation whose customer is not known. Asking again is always safe.
  ///
  /// - Throws: `ConversationCustomerError`.
  func customerID(
    ofConversation id: String, context: CallContext
  ) async throws(ConversationCustomerError) -> String?
}

/// Reasons are for the log: no secret, no personal data.
package enum ConversationCustomerError: Error, Sendable, Hashable {
  /// There is no answer now, such as without a token: worth asking again.
  case unavailable(reason: String, retryAfter: Duration?)
  /// The same question will be refused for ever.
  case refused(reason: String)
}
