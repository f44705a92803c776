import Core
import HTTPMessages

/// Sends rewards by mail. Implemented in `GenesysCloud`.
package protocol RewardMail: Sendable {
  /// - Returns: the sender's id of the message.
  func sendReward(_ message: RewardMessage, context: CallContext) async throws(RewardMailError) -> String
}

package struct RewardMessage: Sendable, Hashable {
  package var address: String
  package var subject: String
  package var text: String

  package init(address: String, subject: String, text: String) {
    self.address = address
    self.subject = subject
    self.text = text
  }
}

/// Why a mail was not sent. Texts are for the log: no secret, no personal data.
package enum RewardMailError: Error, Sendable, Hashable {
  /// Nothing was sent: trying again is safe.
  case notSent(reason: String, retryAfter: Duration?)
  /// The answer was lost: it may have been sent.
  case unknown(reason: String)
  /// It will never be sent as asked.
  case refused(reason: String)
}
