import Core
import Synchronization

/// What a platform said of an order, and when. Kept in the cache, together with the answers written from it.
package final class OrderCopy: Sendable {
  package let order: Order
  package let fetchedAt: Timestamp

  /// By language and freshness: six at most.
  private let answers = Mutex<[[UInt8]?]>([])

  package init(order: Order, fetchedAt: Timestamp) {
    self.order = order
    self.fetchedAt = fetchedAt
  }

  /// The answer in one language and freshness, written once: most look-ups of a busy order differ in nothing.
  func answer(_ language: SpokenLanguage, _ freshness: Freshness, write: () -> [UInt8]) -> [UInt8] {
    let place = language.index * Freshness.allCases.count + freshness.index
    if let written = answers.withLock({ $0.isEmpty ? nil : $0[place] }) { return written }
    let answer = write()
    answers.withLock { answers in
      if answers.isEmpty {
        answers = Array(repeating: nil, count: SpokenLanguage.allCases.count * Freshness.allCases.count)
      }
      answers[place] = answer
    }
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

  var index: Int {
    switch self {
    case .live: 0
    case .cached: 1
    case .stale: 2
    }
  }
}
