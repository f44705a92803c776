import Synchronization

/// What an operator may set of returns; the defaults are the guide's.
package struct ReturnsConfiguration: Sendable {
  /// False where no platform is connected: then none is taken on.
  package var isConnected = true
  package var reasons = ReturnReason.standard
  /// How long after its creation a return may be dealt with without an agent, and the goods be sent (guide 1, edge case 3:
  /// 1,209,600 s).
  package var window = Duration.seconds(14 * 86_400)
  /// How long it is tried to submit a return, before it counts as failed.
  package var patience = Duration.seconds(86_400)
  /// The states of which the customer is told.
  package var tell: Set<ReturnState> = [.authorized, .declined, .refunded, .failed, .expired]
  /// What a customer is told in, when the request names no language.
  package var language = SpokenLanguage.english

  package init() {}

  func reason(_ code: String) -> ReturnReason? { reasons.first { $0.code == code } }
}

/// The configuration as it is now. What is read from it may change at any time.
final class LiveReturnsConfiguration: Sendable {
  private let state: Mutex<ReturnsConfiguration>

  init(_ configuration: ReturnsConfiguration) {
    state = Mutex(configuration)
  }

  func read<Value: Sendable>(_ body: (borrowing ReturnsConfiguration) -> Value) -> Value {
    state.withLock { body($0) }
  }

  /// The reasons stay: a flow may be in the middle of their menu.
  func apply(_ next: ReturnsConfiguration) {
    state.withLock { configuration in
      var next = next
      next.reasons = configuration.reasons
      configuration = next
    }
  }
}
