import HTTPServer
import Storage

/// Runs an effect once for each idempotency key, in one transaction with the record of its answer, and gives that answer
/// again to whoever repeats the request. `Idempotency` does it.
package typealias AnswerOnce =
  @Sendable (Request, _ effect: @escaping @Sendable (any Connection) throws -> Response) async throws -> Response
