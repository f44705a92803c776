/// Where a return stands. The raw value is what the API answers and what the tables hold.
package enum ReturnState: String, Sendable, Hashable, Codable, CaseIterable {
  /// Taken on: durable here, nothing has been asked of the platform.
  case requested
  /// The platform has it and has not decided.
  case submitted
  /// The platform allows it: there is, or soon will be, an RMA number.
  case authorized
  /// The goods are back.
  case received
  case refunded
  case closed
  /// The shop says no, or the order does not allow it.
  case declined
  /// It could not be submitted, or nobody can find out whether it was.
  case failed
  case cancelled
  /// The window passed before the goods came back.
  case expired
}
