import Core
import Resilience

/// Work to be done after the transaction that asks for it.
package struct NewJob: Sendable {
  /// Which handler does it, such as `orders.callback`.
  package var kind: String
  /// What the handler needs; stored sealed, deleted when it is done or given up for good.
  package var payload: [UInt8]
  /// Jobs of one lane run one at a time, in the order in which they were enqueued.
  package var lane: String?
  /// Nil: at once.
  package var runAt: Timestamp?
  /// Higher ones first.
  package var priority: Int
  package var maxAttempts: Int
  /// Of the request that caused it, for logs and for calls upstream.
  package var requestID: String?

  package init(
    kind: String, payload: [UInt8], lane: String? = nil, runAt: Timestamp? = nil, priority: Int = 0,
    maxAttempts: Int = 10,
    requestID: String? = nil
  ) {
    self.kind = kind
    self.payload = payload
    self.lane = lane
    self.runAt = runAt
    self.priority = priority
    self.maxAttempts = maxAttempts
    self.requestID = requestID
  }
}

/// A job that is ready to be written (`JobQueue.seal`).
package struct SealedJob: Sendable {
  package let id: String
  let job: NewJob
  let payload: [UInt8]
}

/// A job as a handler gets it.
package struct Job: Sendable {
  package enum Interruption: Sendable, Hashable {
    case none
    /// An earlier run ended without a report, before it marked that it sends.
    case beforeSending
    /// An earlier run marked that it sends and nobody knows what came of it: ask the vendor before sending again.
    case whileSending
  }

  package let id: String
  package let kind: String
  package let payload: [UInt8]
  package let lane: String?
  /// 1 for the first run.
  package let attempt: Int
  package let maxAttempts: Int
  package let requestID: String?
  package let createdAt: Timestamp
  package let interruption: Interruption
  /// A person brought it back after it had failed or was unknown: what the feature's own row says has ended may go on.
  package let isReplay: Bool

  package var wasInterrupted: Bool { interruption != .none }
}

/// What came of a run. Reasons are written `what went wrong: the details`; what is before the colon groups dead letters.
package enum JobOutcome: Sendable, Hashable {
  /// - Parameter result: short, without personal data, such as the vendor's id.
  case done(result: String? = nil)
  /// - Parameter after: what the vendor asked for, a day at most: the wait is not shorter, and up to a tenth longer, so that
  ///   many that were told the same do not come back together. Nil leaves the wait to the back-off.
  case retry(after: Duration? = nil, reason: String)
  /// For good.
  case failed(reason: String)
  /// It may have been sent, and the vendor cannot say: for a person to look at.
  case unknown(reason: String)
}

/// Does the jobs of one kind.
package protocol JobHandler: Sendable {
  var kind: String { get }
  /// How long the jobs of this kind wait between attempts; nil, as it is by default, for the runner's own.
  var backoff: Backoff? { get }
  /// May run again for the same job: after a retry, or when an earlier run was interrupted (`Job.interruption`).
  func run(_ job: Job, in context: JobContext) async -> JobOutcome
}

extension JobHandler {
  package var backoff: Backoff? { nil }
}

/// What a running job may do with its own row.
package struct JobContext: Sendable {
  let mark: @Sendable () async throws -> Void

  /// Records that the outside effect is about to happen; returns once that is durable.
  ///
  /// - Throws: `JobError.leaseLost` when another runner has the job: then nothing must be sent. `DatabaseError`.
  package func markSending() async throws {
    try await mark()
  }
}

package enum JobError: Error, Sendable, Hashable {
  /// The job was handed to another runner meanwhile.
  case leaseLost
}
