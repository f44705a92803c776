import Core
import Storage

/// Puts an event into the outbox, in the transaction of what it tells of. `Events` does it.
package typealias Announce = @Sendable (OutboxEvent, any Connection) throws -> Void

/// What happened, for whoever subscribes. Holds no personal data.
package struct OutboxEvent: Sendable, Hashable {
  /// Such as `return.authorized`.
  package var type: String
  /// The id of what it is about, such as `ret_…`.
  package var subject: String
  package var time: Timestamp
  /// A JSON object as text, so that it can be written down before the transaction.
  package var data: String

  package init(type: String, subject: String, time: Timestamp, data: JSONValue) {
    self.type = type
    self.subject = subject
    self.time = time
    self.data = data.text
  }
}
