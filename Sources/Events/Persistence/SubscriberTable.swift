import Core
import Storage

/// How sending to one subscriber goes.
package struct SubscriberState: Sendable, Hashable {
  /// Since when nothing but failures; nil while it works.
  package var failingSince: Timestamp?
  /// To the minute, while it works.
  package var lastSuccessAt: Timestamp?
  package var lastFailureAt: Timestamp?
  package var lastError: String?
  /// Nothing is sent to it any more.
  package var disabledAt: Timestamp?
  package var disabledReason: String?
}

/// The rows of `event_subscribers`. A subscriber that was never sent anything has none.
package struct SubscriberTable: Sendable {
  package init() {}

  package func find(_ name: String, in connection: any Connection) throws -> SubscriberState {
    let rows = try connection.query(
      """
      SELECT failing_since, last_success_at, last_failure_at, last_error, disabled_at, disabled_reason
      FROM event_subscribers WHERE name = $1
      """, [name])
    guard let row = rows.first else { return SubscriberState() }
    return SubscriberState(
      failingSince: try row.get(0), lastSuccessAt: try row.get(1), lastFailureAt: try row.get(2),
      lastError: try row.get(3), disabledAt: try row.get(4), disabledReason: try row.get(5))
  }

  func disabled(in connection: any Connection) throws -> Set<String> {
    Set(
      try connection.query("SELECT name FROM event_subscribers WHERE disabled_at IS NOT NULL").map { try $0.get(0) })
  }

  func succeeded(_ name: String, at now: Timestamp, in connection: any Connection) throws {
    try connection.execute(
      """
      INSERT INTO event_subscribers (name, last_success_at) VALUES ($1, $2)
      ON CONFLICT (name) DO UPDATE SET last_success_at = $2, failing_since = NULL
      """, [name, now])
  }

  /// - Returns: since when nothing but failures.
  func failed(_ name: String, _ error: String, at now: Timestamp, in connection: any Connection) throws -> Timestamp {
    let rows = try connection.query(
      """
      INSERT INTO event_subscribers (name, failing_since, last_failure_at, last_error) VALUES ($1, $2, $2, $3)
      ON CONFLICT (name) DO UPDATE SET failing_since = COALESCE(event_subscribers.failing_since, $2),
        last_failure_at = $2, last_error = $3
      RETURNING failing_since
      """, [name, now, error])
    return try rows.first?.get(0) ?? now
  }

  func disable(_ name: String, because reason: String, at now: Timestamp, in connection: any Connection) throws {
    try connection.execute(
      """
      INSERT INTO event_subscribers (name, disabled_at, disabled_reason) VALUES ($1, $2, $3)
      ON CONFLICT (name) DO UPDATE SET disabled_at = $2, disabled_reason = $3
      """, [name, now, reason])
  }

  /// Has events sent to it again, from now on.
  ///
  /// - Returns: whether it was disabled.
  package func enable(_ name: String, in connection: any Connection) throws -> Bool {
    try connection.execute(
      """
      UPDATE event_subscribers SET disabled_at = NULL, disabled_reason = NULL, failing_since = NULL
      WHERE name = $1 AND disabled_at IS NOT NULL
      """, [name]) == 1
  }
}
