/// What is counted of returns. Closures, as in `OrdersObserver`; called once what they tell of is durable.
package struct ReturnsObserver: Sendable {
  package enum Intake: String, Sendable, CaseIterable {
    case accepted, repeated, refused
  }

  /// One was asked for.
  package var asked: @Sendable (Intake) -> Void = { _ in }
  package var moved: @Sendable (ReturnState, ReturnCause) -> Void = { _, _ in }
  /// A move that is against the rules, such as that of a webhook that comes late, was not made.
  package var refusedMove: @Sendable (_ from: ReturnState, _ to: ReturnState) -> Void = { _, _ in }
  package var messageMoved: @Sendable (NotificationChannel, ErrandState) -> Void = { _, _ in }

  package init() {}
}
