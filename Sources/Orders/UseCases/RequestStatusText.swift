import Core
import Jobs
import Storage

/// Takes a text message on: the row and the job that sends it, in one transaction. The platform is not asked: this is
/// the way out when it does not answer.
struct RequestStatusText: Sendable {
  let table: TextTable
  let jobs: JobQueue
  let identifiers: IdentifierSource
  let time: any TimeSource

  /// - Returns: the id of the message.
  func callAsFunction(
    _ text: TextOrder, clientID: String, requestID: String, in connection: any Connection
  ) throws -> String {
    let id = identifiers.make("msg")
    try table.insert(text, id: id, clientID: clientID, requestID: requestID, now: time.now, in: connection)
    try jobs.enqueue(SendStatusTextJob.job(for: id, requestID: requestID), in: connection)
    return id
  }
}
