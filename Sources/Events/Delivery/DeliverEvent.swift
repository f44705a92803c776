import Core
import HTTPClient
import Jobs
import Resilience
import Storage
import Telemetry

/// Sends one event to one subscriber: a POST with the CloudEvent, signed by Standard Webhooks.
///
/// An attempt that was interrupted is made again, under the same `webhook-id`: by the rules of Standard Webhooks a
/// subscriber gets every event at least once and tells repetitions by that id. So nothing is marked before sending.
struct DeliverEvent: JobHandler {
  static let kind = "events.deliver"

  let subscribers: [String: Subscriber]
  let source: String
  let database: any Database
  let post: SignedPost
  let time: any TimeSource
  let logger: Logger
  let observe: EventsObserver

  private let events = EventTable()
  private let states = SubscriberTable()

  init(_ configuration: EventsConfiguration, _ services: EventsFeature.Services) {
    subscribers = Dictionary(configuration.subscribers.map { ($0.name, $0) }) { $1 }
    source = configuration.source
    database = services.database
    post = SignedPost(http: services.http, time: services.time)
    time = services.time
    logger = services.logger
    observe = services.observer
  }

  var kind: String { Self.kind }
  var backoff: Backoff? { DeliverySchedule.backoff }

  static func job(event: String, to subscriber: String) -> NewJob {
    let payload: JSONValue = ["event": .string(event), "subscriber": .string(subscriber)]
    return NewJob(kind: kind, payload: payload.bytes, maxAttempts: DeliverySchedule.attempts)
  }

  func run(_ job: Job, in context: JobContext) async -> JobOutcome {
    guard let payload = try? JSONValue(parsing: job.payload), let id = payload["event"]?.string,
      let name = payload["subscriber"]?.string
    else { return .failed(reason: "the payload is none of a delivery") }
    guard let subscriber = subscribers[name] else { return .failed(reason: "the configuration has no such subscriber") }
    do {
      let (event, state) = try await database.read { [events, states] connection in
        (try events.find(id, in: connection), try states.find(name, in: connection))
      }
      guard let event else { return .failed(reason: "the event is kept no longer") }
      guard state.disabledAt == nil else { return .failed(reason: "the subscriber is disabled") }
      let secrets = subscriber.secrets()
      guard !secrets.isEmpty else { return .retry(reason: "the subscriber has no secret") }
      let answer = await post.send(
        event.id, to: subscriber.url, type: "application/cloudevents+json", body: event.cloudEvent(source: source),
        secrets: secrets)
      return try await settle(answer, name, state)
    } catch {
      return .retry(reason: "the database: \(error)")
    }
  }

  private func settle(
    _ answer: SignedPost.Answer, _ name: String, _ state: SubscriberState
  ) async throws -> JobOutcome {
    let now = time.now
    switch answer {
    case .taken(let status):
      observe.delivered(name, .taken)
      // Not a write for each delivery: to the minute is enough for a person.
      if state.failingSince != nil || state.lastSuccessAt.map({ now - $0 >= .seconds(60) }) ?? true {
        try await database.write { [states] in try states.succeeded(name, at: now, in: $0) }
      }
      return .done(result: "\(status)")
    case .gone:
      observe.delivered(name, .gone)
      return try await disable(name, because: "it answered 410 Gone", at: now)
    case .failed(_, let reason, let retryAfter):
      observe.delivered(name, .failed)
      let since = try await database.write { [states] in try states.failed(name, reason, at: now, in: $0) }
      if now - since >= DeliverySchedule.patience {
        return try await disable(name, because: "nothing but failures for five days; the last: \(reason)", at: now)
      }
      return .retry(after: retryAfter, reason: reason)
    case .cancelled:
      return .retry(reason: "the attempt was cancelled")
    }
  }

  private func disable(_ name: String, because reason: String, at now: Timestamp) async throws -> JobOutcome {
    try await database.write { [states] in try states.disable(name, because: reason, at: now, in: $0) }
    logger.error("A subscriber is sent no more events", ["subscriber": .string(name), "reason": .string(reason)])
    return .failed(reason: "the subscriber is disabled: \(reason)")
  }
}
