import Core
import HTTPServer
import Storage

/// Puts a job into the queue, within the transaction of what it is for. `Jobs` does it.
package typealias EnqueueErrand = @Sendable (_ kind: String, _ id: String, any Connection) throws -> Void

/// Runs an effect once for each idempotency key, in one transaction with the record of its answer, and gives that answer
/// again to whoever repeats the request. `Idempotency` does it.
package typealias AnswerOnce =
  @Sendable (Request, _ effect: @escaping @Sendable (any Connection) throws -> Response) async throws -> Response

/// A job of this feature, as the queue needs it.
package struct Errand: Sendable {
  /// Stored with the job; never changed.
  package let kind: String
  /// Makes one attempt at what the row with this id asks for. Safe to repeat after a crash at any point.
  ///
  /// - Throws: `DatabaseError`, after which it is to be tried again.
  package let attempt: @Sendable (_ id: String) async throws -> ErrandStep
}

/// What comes of one attempt at an errand.
package enum ErrandStep: Sendable, Hashable {
  /// Nothing is left to do.
  case finished
  /// Try again, after this time if the other side named one.
  case retry(after: Duration?)
  /// It will not be done, or nobody knows whether it was: for a person to look at. The row and the log say so too.
  case gaveUp(reason: String)
}
