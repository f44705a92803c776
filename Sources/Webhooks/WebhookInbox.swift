import Core
import HTTPServer
import Jobs
import Security
import Storage
import Synchronization
import Telemetry

/// Webhooks in, put together: what `App` gives in, and the routes, jobs and tables that come out.
package final class WebhookInbox: Sendable {
  package struct Services: Sendable {
    package var database: any Database
    package var jobs: JobQueue
    package var sealer: Sealer
    package var time: any TimeSource
    package var random: any RandomSource
    package var metrics: Metrics
    package var logger: Logger
    /// For sources that show an access token of ours.
    package var access: (any AccessControl)?

    package init(
      database: any Database, jobs: JobQueue, sealer: Sealer, time: any TimeSource, random: any RandomSource,
      metrics: Metrics, logger: Logger, access: (any AccessControl)? = nil
    ) {
      self.database = database
      self.jobs = jobs
      self.sealer = sealer
      self.time = time
      self.random = random
      self.metrics = metrics
      self.logger = logger
      self.access = access
    }
  }

  /// What may change while running.
  package struct Settings: Sendable {
    package var sources: [WebhookSource]
    /// How long a delivery is kept: what its vendor sends again after that counts as new.
    package var retention: Duration
    /// How many may wait to be worked on; more are answered 429.
    package var backlog: Int

    package init(sources: [WebhookSource], retention: Duration = .seconds(7 * 86_400), backlog: Int = 100_000) {
      self.sources = sources
      self.retention = retention
      self.backlog = backlog
    }
  }

  package static let schema = inboxSchema

  package let routes: [Route]
  /// For the runner of the queue that was given in.
  package let jobHandlers: [any JobHandler]
  private let live: LiveWebhookSettings
  let table: InboxTable
  private let services: Services

  /// - Parameter consumers: by the name of a source. A source that nobody listens to is unknown to whoever calls it.
  package init(_ settings: Settings, consumers: [String: any WebhookConsumer], services: Services) {
    live = LiveWebhookSettings(settings, listened: Set(consumers.keys))
    table = InboxTable(sealer: services.sealer)
    self.services = services
    let counters = WebhookCounters(services.metrics)
    let receive = ReceiveWebhook(
      live: live, consumers: consumers, table: table, services: services, counters: counters,
      identifiers: IdentifierSource(time: services.time, random: services.random))
    routes = [
      PostWebhook(
        live: live, receive: receive, admission: InboxAdmission(live: live, table: table, services: services),
        counters: counters, services: services
      ).route,
      GetWebhookChallenge(live: live).route,
    ]
    jobHandlers = [
      ProcessWebhookJob(
        table: table, database: services.database, consumers: consumers, time: services.time, random: services.random,
        counters: counters, logger: services.logger)
    ]
  }

  package func apply(_ settings: Settings) { live.apply(settings) }

  /// Deletes deliveries that are older than the retention, a hundred thousand at most.
  ///
  /// - Returns: how many.
  /// - Throws: `DatabaseError`.
  @discardableResult
  package func sweep() async throws -> Int {
    let limit = services.time.now - live.retention
    var total = 0
    for _ in 0..<100 {
      let count = try await services.database.write { [table] in try table.sweep(before: limit, in: $0) }
      total += count
      if count < 1_000 { break }
    }
    return total
  }
}

/// The sources as they are now.
final class LiveWebhookSettings: Sendable {
  private struct State {
    var sources: [String: WebhookSource]
    var retention: Duration
    var backlog: Int
  }

  private let state: Mutex<State>
  private let listened: Set<String>

  init(_ settings: WebhookInbox.Settings, listened: Set<String>) {
    self.listened = listened
    state = Mutex(State(sources: [:], retention: settings.retention, backlog: settings.backlog))
    apply(settings)
  }

  /// Nil for one that is not set up, or that nobody listens to.
  func source(_ name: String) -> WebhookSource? { state.withLock { $0.sources[name] } }

  var retention: Duration { state.withLock { $0.retention } }
  var backlog: Int { state.withLock { $0.backlog } }

  func apply(_ settings: WebhookInbox.Settings) {
    let usable = settings.sources.filter { listened.contains($0.name) && $0.isSetUp }
    let state = State(
      sources: Dictionary(usable.map { ($0.name, $0) }) { $1 }, retention: settings.retention,
      backlog: settings.backlog)
    self.state.withLock { $0 = state }
  }
}
