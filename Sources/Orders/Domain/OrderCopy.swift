import Core
import Synchronization

/// What a platform said of an order, and when. Kept in the cache, together with the answers written from it.
package final class OrderCopy: Sendable {
  package let order: Order
  package let fetchedAt: Timestamp

  /// By language and freshness: six at most.
  private let answers = Mutex<[AnswerKey: [UInt8]]>([:])

  struct AnswerKey: Hashable {
    let language: SpokenLanguage
    let freshness: Freshness
  }

  package init(order: Order, fetchedAt: Timestamp) {
    self.order = order
    self.fetchedAt = fetchedAt
  }

  /// The answer in the form that was asked for, written once: most look-ups of a busy order differ in nothing.
  func answer(_ key: AnswerKey, write: () -> [UInt8]) -> [UInt8] {
    if let written = answers.withLock({ $0[key] }) { return written }
    let answer = write()
    answers.withLock { $0[key] = answer }
    return answer
  }
}

/// Where an answer comes from.
package enum Freshness: String, Sendable, Hashable, CaseIterable {
  /// The platform, now.
  case live
  /// The platform, within the time to live.
  case cached
  /// An older copy, as the platform cannot be reached.
  case stale
}
