import Core
import Storage

/// Takes a return back that was not submitted yet.
struct CancelReturn: Sendable {
  let table: ReturnTable
  let move: MoveReturn
  let time: any TimeSource

  enum Refusal: Error, Sendable, Hashable {
    case notFound
    /// An agent's affair; nothing is asked of the platform.
    case windowPassed
    /// The platform has it, or may have it, or it has ended.
    case tooLate
  }

  /// - Returns: the return, cancelled now or before.
  /// - Throws: `Refusal`, `DatabaseError`, `CryptographyError`.
  func callAsFunction(_ id: String, requestID: String, in connection: any Connection) throws -> ReturnRecord {
    guard var record = try table.lock(id, in: connection) else { throw Refusal.notFound }
    guard record.selfService(at: time.now) != .windowPassed else { throw Refusal.windowPassed }
    if record.state == .cancelled { return record }
    guard record.state == .requested, record.triedAt == nil else { throw Refusal.tooLate }
    try move(record, to: .cancelled, MoveReturn.Cause(cause: .request, requestID: requestID), in: connection)
    record.state = .cancelled
    return record
  }
}
