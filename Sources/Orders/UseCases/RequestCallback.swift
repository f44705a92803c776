import Core
import Jobs
import Storage

/// Takes a call-back on: the row and the job that books it, in one transaction.
///
/// Who presses the key twice, or is cut off and dials again, gets the call-back that stands already, whatever key of
/// idempotency the contact centre made up. What is asked for first holds, its time included.
struct RequestCallback: Sendable {
  let table: CallbackTable
  let jobs: JobQueue
  let identifiers: IdentifierSource
  let configuration: LiveOrdersConfiguration
  let time: any TimeSource

  /// - Returns: the id of the call-back.
  func callAsFunction(
    _ callback: Callback, clientID: String, requestID: String, in connection: any Connection
  ) throws -> String {
    let id = identifiers.make("cb")
    let now = time.now
    let window = configuration.read { $0.callbackWindow }
    let standing = try table.claim(callback, id: id, now: now, window: window, in: connection)
    guard standing == id else { return standing }
    try table.insert(callback, id: id, clientID: clientID, requestID: requestID, now: now, in: connection)
    try jobs.enqueue(PlaceCallbackJob.job(for: id, requestID: requestID), in: connection)
    return id
  }
}
