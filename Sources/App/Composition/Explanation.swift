import Core
import EventLoop
import HTTPMessages
import HTTPServer
import Storage
import Telemetry

/// What is answered when a route throws what it was not meant to: 503 for a part that is away or full, 500 for a bug.
struct Explanation: Sendable {
  let logger: Logger

  func callAsFunction(_ error: any Error, _ request: Request) -> Problem {
    let logger = logger.with(requestID: request.context.requestID)
    switch error {
    case DatabaseError.unavailable(let reason):
      logger.error("the database cannot be reached", ["reason": .string(reason)])
      return .databaseUnavailable
    case BlockingPoolError.full, BlockingPoolError.stopped:
      logger.warning("no room for more work")
      return .overloaded
    default:
      logger.error("a request met a bug", ["error": .string("\(error)")])
      return .internalError
    }
  }
}

extension Problem {
  static let databaseUnavailable = Problem(
    status: 503, code: "database_unavailable", title: "The database cannot be reached",
    detail: "Nothing was changed. Send the request again, with the same Idempotency-Key.", retryAfter: .seconds(5))

  static let overloaded = Problem(
    status: 503, code: "overloaded", title: "Ringback has too much to do",
    detail: "As much waits as may. Send the request again in a moment.", retryAfter: .seconds(1))
}
