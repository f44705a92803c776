import Core
import HTTPMessages
import Loyalty
import Orders
import Recording

/// Stands where no shop platform is configured: every look-up says so.
struct NoPlatform: OrderPlatform {
  let name = "none"

  func order(_ id: OrderID, context: CallContext) async throws(OrderPlatformError) -> Order? {
    throw .unauthorized(reason: "orders.platform is not configured")
  }
}

/// Stands where no contact centre is configured: call-backs, texts and e-mails end as failed,
/// no recording is paused, and no customer of a conversation is known.
struct NoContactCentre: ContactCentre, ReturnContactCentre, RecordingControl, ConversationCustomer, RewardMail {
  private static let refusal = ContactCentreError.refused(reason: "genesys.client_id is not configured")

  func customerID(
    ofConversation id: String, context: CallContext
  ) async throws(ConversationCustomerError) -> String? {
    throw .refused(reason: "genesys.client_id is not configured")
  }

  func bookCallback(
    _ callback: Callback, reference: String, context: CallContext
  ) async throws(ContactCentreError) -> String {
    throw Self.refusal
  }

  func findCallback(
    reference: String, triedAt: Timestamp, context: CallContext
  ) async throws(ContactCentreError) -> String? {
    throw Self.refusal
  }

  func sendText(_ text: TextMessage, context: CallContext) async throws(ContactCentreError) -> String {
    throw Self.refusal
  }

  func record(
    _ attributes: ReturnAttributes, conversation: String, context: CallContext
  ) async throws(ContactCentreError) {
    throw Self.refusal
  }

  func sendEmail(_ mail: EmailMessage, context: CallContext) async throws(ContactCentreError) -> String {
    throw Self.refusal
  }

  func sendReward(_ message: RewardMessage, context: CallContext) async throws(RewardMailError) -> String {
    throw .refused(reason: "genesys.client_id is not configured")
  }

  func setRecording(
    _ state: RecordingState, of conversation: String, context: CallContext
  ) async throws(RecordingControlError) {
    throw .notDone(reason: "genesys.client_id is not configured", retryAfter: nil)
  }
}
