import Core

/// Whether the caller may still do something about a return alone.
enum SelfService: Sendable, Hashable {
  case open
  /// The window has passed: an agent's affair (guide 1, edge case 3).
  case windowPassed
  case settled

  init(state: ReturnState, expiresAt: Timestamp, now: Timestamp) {
    self = now >= expiresAt ? .windowPassed : state.isFinal ? .settled : .open
  }

  /// As the API answers it; nil while it is open.
  var reason: String? {
    switch self {
    case .open: nil
    case .windowPassed: "return_window_passed"
    case .settled: "return_settled"
    }
  }
}

/// When a return that has not ended is looked at again, as a webhook may never come.
enum ReturnChecks {
  /// The first comes early enough that a return whose webhook was lost is where it should be within a minute.
  private static let waits: [Duration] = [
    .seconds(30), .seconds(5 * 60), .seconds(15 * 60), .seconds(3_600), .seconds(6 * 3_600),
  ]
  private static let day = Duration.seconds(86_400)
  /// How long after its window a return is followed; then it counts as closed.
  static let followUp = Duration.seconds(30 * 86_400)

  /// - Parameter done: how many checks there were since the state was entered.
  static func next(after done: Int, now: Timestamp, expiresAt: Timestamp) -> Timestamp {
    let next = now + (waits.indices.contains(done) ? waits[done] : day)
    return now < expiresAt ? min(next, expiresAt) : next
  }

  enum Action: Sendable, Hashable {
    /// Its job may be lost.
    case submit
    /// Read it at the platform.
    case refresh
    /// Nobody will hear of it any more.
    case end(ReturnState, detail: String)
  }

  static func action(for state: ReturnState, expiresAt: Timestamp, now: Timestamp) -> Action {
    switch state {
    case .requested: return .submit
    // On the last day it is read once more; a platform that cannot be asked for a whole day is not waited for.
    case .submitted, .authorized:
      return now < expiresAt + day ? .refresh : .end(.expired, detail: "window_passed")
    default: return now < expiresAt + followUp ? .refresh : .end(.closed, detail: "not_heard_of_again")
    }
  }
}
