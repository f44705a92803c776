import Core
import HTTPMessages
import Orders

/// Stands where no shop platform is configured: every look-up says so.
struct NoPlatform: OrderPlatform {
  let name = "none"

  func order(_ id: OrderID, context: CallContext) async throws(OrderPlatformError) -> Order? {
    throw .unauthorized(reason: "orders.platform is not configured")
  }
}

/// Stands where no contact centre is configured: call-backs and texts end as failed.
struct NoContactCentre: ContactCentre {
  private static let refusal = ContactCentreError.refused(reason: "genesys.client_id is not configured")

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
}
