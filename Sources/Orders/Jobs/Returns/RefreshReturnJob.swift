import Core
import HTTPMessages
import Jobs
import Storage

/// Reads a return at the platform and takes on what it says. A webhook that comes late finds the return ahead of it and
/// changes nothing.
struct RefreshReturnJob: Errand {
  static let kind = "returns.refresh"

  let table: ReturnTable
  let database: any Database
  let platform: any ReturnPlatform
  let move: MoveReturn
  let time: any TimeSource
  let random: any RandomSource

  /// In the lane of the order: a webhook that overtakes the answer to its own request waits for that.
  static func job(for record: ReturnRecord, cause: ReturnCause, requestID: String) -> NewJob {
    // It need not outlive an outage: the reconciler comes again.
    job(
      for: "\(record.id) \(cause.rawValue)", lane: .order(record.orderID), maxAttempts: 8, requestID: requestID)
  }

  func attempt(_ payload: String, mark: () async throws -> Void) async throws -> JobOutcome {
    let parts = payload.split(separator: " ").map(String.init)
    guard parts.count == 2, let cause = ReturnCause(rawValue: parts[1]) else { return .failed(reason: "no cause") }
    let id = parts[0]
    // Before it is read: what is heard of it from now on may not be in what is read.
    let found = try await database.write { connection in
      try table.beginRefresh(id, in: connection)
      return try table.find(id, in: connection)
    }
    guard let record = found, !record.state.isFinal, let platformID = record.platformID else { return .done() }
    let context = CallContext(requestID: record.requestID, trace: TraceContext(random: random))
    let read: PlatformReturn?
    do throws(ReturnPlatformError) {
      read = try await platform.read(platformID, of: record.orderID, context: context)
    } catch {
      if case .refused = error { return .failed(reason: error.reason) }
      return .retry(after: error.retryAfter, reason: error.reason)
    }
    try await take(read, id, cause, requestID: record.requestID)
    return .done(result: read == nil ? "the platform does not know it" : nil)
  }

  private func take(_ read: PlatformReturn?, _ id: String, _ cause: ReturnCause, requestID: String) async throws {
    let now = time.now
    try await database.write { connection in
      guard let record = try table.lock(id, in: connection) else { return }
      if let read { try move.apply(read, to: record, cause, requestID: requestID, in: connection) }
      // Read once more, and still not back: the window has passed for good.
      guard now >= record.expiresAt, let current = try table.find(id, in: connection),
        current.state == .submitted || current.state == .authorized
      else { return }
      let why = MoveReturn.Cause(cause: .reconciler, requestID: requestID, detail: "window_passed")
      try move(current, to: .expired, why, in: connection)
    }
  }
}
