import Core
import Jobs
import Storage

/// A job whose row in a table of this feature says how far it is. The queue's payload is the id of that row.
protocol Errand: JobHandler {
  static var kind: String { get }
  /// One attempt. Safe to repeat after a crash at any point.
  ///
  /// - Parameter mark: called before the contact centre is asked to do something; when it throws, nothing may be asked.
  /// - Throws: `DatabaseError`, and what `mark` throws.
  func attempt(_ id: String, mark: () async throws -> Void) async throws -> JobOutcome
}

extension Errand {
  var kind: String { Self.kind }

  /// How long it is tried is a matter of time, which most errands look at themselves; the count is only a backstop.
  ///
  /// - Parameter id: of the row.
  static func job(
    for id: String, lane: String? = nil, maxAttempts: Int = 10_000, requestID: String
  ) -> NewJob {
    NewJob(kind: kind, payload: Array(id.utf8), lane: lane, maxAttempts: maxAttempts, requestID: requestID)
  }

  func run(_ job: Job, in context: JobContext) async -> JobOutcome {
    do {
      return try await attempt(String(decoding: job.payload, as: UTF8.self), mark: context.markSending)
    } catch {
      return .retry(reason: "the row could not be read or written")
    }
  }
}

extension ErrandState {
  /// What an errand that has ended already is for its job, which a crash left behind or a person brought back: the same. It
  /// is not begun anew, since by then it was told that it failed, and is late.
  var ending: JobOutcome? {
    switch self {
    case .accepted, .sending: nil
    case .done: .done()
    case .failed: .failed(reason: "it had ended as failed")
    case .unknown: .unknown(reason: "it had ended as unknown")
    }
  }
}
