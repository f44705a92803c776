import Core
import HTTPClient
import HTTPServer
import Jobs
import Storage
import Telemetry

/// Events, put together: the outbox that features put them in, their delivery to subscribers, and the stream of them.
package struct EventsFeature: Sendable {
  package struct Services: Sendable {
    package var database: any Database
    package var jobs: JobQueue
    /// Calls the subscribers' URLs: its address rules are those that the operator wants for them.
    package var http: any HTTPRequesting
    package var time: any TimeSource
    package var random: any RandomSource
    package var logger: Logger
    package var observer: EventsObserver

    package init(
      database: any Database, jobs: JobQueue, http: any HTTPRequesting, time: any TimeSource,
      random: any RandomSource, logger: Logger, observer: EventsObserver = EventsObserver()
    ) {
      self.database = database
      self.jobs = jobs
      self.http = http
      self.time = time
      self.random = random
      self.logger = logger
      self.observer = observer
    }
  }

  package static let schema = eventsSchema

  package let outbox: Outbox
  /// To be run (`EventTail.run`), and closed before the server is drained.
  package let tail: EventTail
  package let routes: [Route]
  /// For a runner of their own, so that subscribers that hang keep no other job waiting.
  package let jobHandlers: [any JobHandler]

  package init(_ configuration: EventsConfiguration, services: Services) {
    let tail = EventTail(configuration, services)
    self.tail = tail
    outbox = Outbox(
      subscribers: configuration.subscribers, jobs: services.jobs, time: services.time, random: services.random,
      wake: { tail.wake() })
    routes = [GetEvents(tail: tail).route]
    jobHandlers = [DeliverEvent(configuration, services)]
  }
}
