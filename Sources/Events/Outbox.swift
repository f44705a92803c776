import Core
import Jobs
import Storage
import Synchronization

/// Where events are put, in the transaction of what they tell of.
package final class Outbox: Sendable {
  private let table = EventTable()
  private let states = SubscriberTable()
  private let subscribers: [Subscriber]
  private let jobs: JobQueue
  private let time: any TimeSource
  private let ids: IdentifierSource
  private let wake: @Sendable () -> Void
  private let lastOrdinal = Mutex<Int64>(0)

  /// - Parameter wake: called when an event is durable; a process that serves no readers need not know.
  package init(
    subscribers: [Subscriber], jobs: JobQueue, time: any TimeSource, random: any RandomSource,
    wake: @escaping @Sendable () -> Void = {}
  ) {
    self.subscribers = subscribers
    self.jobs = jobs
    self.time = time
    ids = IdentifierSource(time: time, random: random)
    self.wake = wake
  }

  /// Runs in the transaction of `connection`: the event, and a delivery to each subscriber that wants it, are there if and
  /// only if the rest is.
  ///
  /// - Parameters:
  ///   - type: a name such as `return.requested`.
  ///   - subject: the id of what it is about.
  ///   - data: a JSON object, without personal data: everybody with `events:read` sees it.
  /// - Returns: the event's id, `evt_…`.
  /// - Throws: `DatabaseError`, `CryptographyError`.
  @discardableResult
  package func append(
    type: String, subject: String, time: Timestamp, data: String, in connection: any Connection
  ) throws -> String {
    let id = ids.make("evt")
    try table.insert(
      id: id, ordinal: nextOrdinal(), type: type, subject: subject, time: time, data: data, in: connection)
    let wanting = subscribers.filter { $0.types.match(type) }
    if !wanting.isEmpty {
      let disabled = try states.disabled(in: connection)
      for subscriber in wanting where !disabled.contains(subscriber.name) {
        try jobs.enqueue(DeliverEvent.job(event: id, to: subscriber.name), in: connection)
      }
    }
    connection.afterCommit(wake)
    return id
  }

  private func nextOrdinal() -> Int64 {
    let now = time.now.microseconds
    return lastOrdinal.withLock { last in
      last = max(now, last + 1)
      return last
    }
  }
}
