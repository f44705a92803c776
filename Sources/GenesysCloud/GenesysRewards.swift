import Core
import HTTPMessages
import Loyalty
import Orders

extension GenesysClient: RewardMail {
  package func sendReward(_ message: RewardMessage, context: CallContext) async throws(RewardMailError) -> String {
    do throws(ContactCentreError) {
      return try await sendEmail(
        EmailMessage(address: message.address, subject: message.subject, text: message.text), context: context)
    } catch {
      switch error {
      case .notDone(let reason, let retryAfter): throw .notSent(reason: reason, retryAfter: retryAfter)
      case .unknown(let reason): throw .unknown(reason: reason)
      case .refused(let reason): throw .refused(reason: reason)
      }
    }
  }
}
