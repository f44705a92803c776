import Core
import Storage

/// How a job stands.
package struct JobStatus: Sendable, Hashable {
  package enum State: String, Sendable, Hashable, CaseIterable {
    case ready, running, sending, done, failed, unknown, cancelled

    package var isFinal: Bool { self != .ready && self != .running && self != .sending }
    /// Ended without success, and can be run again by hand: its payload is kept.
    package var isDeadLetter: Bool { self == .failed || self == .unknown }
  }

  package let id: String
  package let kind: String
  package let lane: String?
  package let state: State
  /// Whether it may have been sent, and nobody knows.
  package let isInDoubt: Bool
  /// Runs since it was enqueued, or since it was brought back by hand.
  package let attempts: Int
  package let maxAttempts: Int
  package let priority: Int
  package let requestID: String?
  /// When it is, or was, due.
  package let runAt: Timestamp
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let result: String?
  /// What equal failures have in common, such as `shopify 422 INVALID_STATE`.
  package let cause: String?
  /// Masked and short.
  package let lastError: String?

  static let columns = """
    id, kind, lane, state, doubt, attempts, max_attempts, priority, request_id, run_at, created_at, updated_at, result,
    cause, last_error
    """

  /// - Parameter row: of `columns`.
  init(_ row: Row) throws {
    id = try row.get(0)
    kind = try row.get(1)
    lane = try row.get(2)
    state = try row.get(3)
    isInDoubt = try row.get(4)
    attempts = try row.get(5)
    maxAttempts = try row.get(6)
    priority = try row.get(7)
    requestID = try row.get(8)
    runAt = try row.get(9)
    createdAt = try row.get(10)
    updatedAt = try row.get(11)
    result = try row.get(12)
    cause = try row.get(13)
    lastError = try row.get(14)
  }
}

extension JobStatus.State: SQLValueConvertible {
  package var sqlValue: SQLValue { .text(rawValue) }

  package init?(sqlValue: SQLValue) {
    guard case .text(let text) = sqlValue else { return nil }
    self.init(rawValue: text)
  }
}
