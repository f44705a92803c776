import Core
import HTTPMessages
import Loyalty

extension GenesysClient: ConversationCustomer {
  /// `GET /api/v2/conversations/{id}`: the attribute that flows put the id into, of whichever customer has it; else the
  /// external contact, which is known wherever Genesys Cloud recognised the customer.
  package func customerID(
    ofConversation id: String, context: CallContext
  ) async throws(ConversationCustomerError) -> String? {
    let conversation: GenesysConversation
    do throws(GenesysCallError) {
      conversation = try await self.conversation(id, context)
    } catch {
      throw ConversationCustomerError(error)
    }
    let name = configuration.customerAttribute
    let ids = conversation.customers.lazy.compactMap { customer in
      customer.attributes.first { $0.name == name }?.value.string.flatMap { $0.isEmpty ? nil : $0 }
    }
    return ids.first ?? conversation.customers.lazy.compactMap(\.externalContactID).first
  }
}

extension ConversationCustomerError {
  init(_ error: GenesysCallError) {
    switch error.meaning {
    case .notDone, .unknown: self = .unavailable(reason: error.reason, retryAfter: error.retryAfter)
    case .refused: self = .refused(reason: error.reason)
    }
  }
}
