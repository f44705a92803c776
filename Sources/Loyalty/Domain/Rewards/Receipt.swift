import Core

/// What a customer got for points, or is to get.
package struct Receipt: Sendable, Hashable {
  package enum Status: String, Sendable, Hashable, CaseIterable {
    /// Its points are held.
    case pending
    /// A mail is on its way: found after a crash, it may or may not have been sent.
    case sending
    /// A mail may have been sent, and nobody can say. Its points are held until a person or time decides.
    case unknown
    case fulfilled
    /// The points and the stock were given back.
    case failed

    package var isOpen: Bool { self == .pending || self == .sending || self == .unknown }

    /// As in answers: whoever waits for a reward does not care why.
    package var shown: String { isOpen ? Status.pending.rawValue : rawValue }
  }

  /// `rcp_…`.
  package var id: String
  package var account: Int64
  /// The customer under the newest hash at that time, for whoever sees to the reward.
  package var customer: CustomerHash
  package var reward: String
  /// As it was when it was redeemed.
  package var title: LocalizedText
  package var pointCost: Int64
  package var method: FulfilmentMethod
  package var status: Status
  /// The redemption, or the hold.
  package var transaction: String
  /// What the customer is told in.
  package var locale: String?
  package var requestID: String
  package var createdAt: Timestamp
  /// When the last word is spoken on one that is still open.
  package var settleAt: Timestamp
}

/// How long it is tried to fulfil a reward, and how long its points are held: well beyond that, so that they never come
/// back by themselves while somebody may still get the reward.
enum FulfilmentPatience {
  /// A mail is tried for so long. A webhook has a schedule that ends after 28 hours.
  static let mail = Duration.seconds(2 * 86_400)
  /// What is still open then has failed: a person has had time for what is in doubt.
  static let settle = Duration.seconds(3 * 86_400)
  static let hold = Duration.seconds(14 * 86_400)
}
