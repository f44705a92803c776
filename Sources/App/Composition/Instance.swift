import Core
import EventLoop
import Events
import HTTPMessages
import HTTPServer
import Idempotency
import Identity
import Jobs
import Loyalty
import Orders
import Recording
import Security
import Storage
import Telemetry
import Webhooks

/// One running Ringback, put together from its configuration. What a part needs, it is given here; nothing is looked up.
final class Instance: Sendable {
  let platform: Platform
  let metrics: Metrics
  let identity: AuthorizationServer
  let upstreams: Upstreams
  private let orders: OrdersFeature
  private let returns: ReturnsFeature
  private let webhooks: WebhookInbox
  private let events: EventsFeature
  private let recording: RecordingFeature
  private let loyalty: LedgerFeature
  private let rewards: RewardsFeature
  private let earning: LiveEarning
  let jobs: JobRunner
  /// Sends events, apart from the other jobs: a subscriber that hangs keeps none of them waiting.
  private let deliveries: JobRunner
  let readiness: Readiness
  let server: Server
  /// All that it answers.
  let routes: [Route]
  private let running: [Task<Void, Never>]
  private let maintenance: [Task<Void, Never>]

  /// Listens, migrates the tables, puts everything together and opens.
  ///
  /// - Parameter isDevelopment: whether to serve what only who develops needs.
  /// - Throws: `CommandFailure`, `DatabaseError`.
  init(
    _ configuration: LiveConfiguration, loops: [Loop], platform: Platform, isDevelopment: Bool = false
  ) async throws {
    let settings = configuration.current
    let (time, random, logger) = (platform.time, platform.random, platform.logger)
    self.platform = platform
    metrics = Metrics()
    metrics.observeProcess()
    let entrance = Entrance()
    do {
      server = try Server.start(
        settings.server.configuration(), loops: loops, handler: entrance, time: time, random: random,
        observe: AccessLog(metrics: metrics, logger: logger).observe)
    } catch let error as ServerError {
      throw CommandFailure(error)
    }
    metrics.observeServer(server)
    try await platform.migrate()

    upstreams = try Upstreams(
      configuration, loop: loops[0], time: time, random: random, metrics: metrics, logger: logger)
    let publicURL = settings.server.publicURL ?? server.url
    identity = AuthorizationServer(
      configuration: settings.identity.configuration(issuer: publicURL), database: platform.database,
      sealer: platform.sealer, pool: platform.pool, http: upstreams.http, time: time, random: random, logger: logger)
    try await identity.start()

    let database = platform.database
    let queue = JobQueue(time: time, random: random, sealer: platform.sealer)
    let idempotency = IdempotencyRecords(sealer: platform.sealer, time: time)
    let eventsConfiguration = settings.events.configuration(source: publicURL) { configuration.current.events }
    events = EventsFeature(
      eventsConfiguration,
      services: EventsFeature.Services(
        database: database, jobs: queue, http: upstreams.webhooks, time: time, random: random, logger: logger,
        observer: EventsObserver(metrics, subscribers: eventsConfiguration.subscribers)))
    metrics.gauge("ringback_event_streams_open", help: "Readers that follow the events.") { [events] in
      Double(events.tail.streamCount)
    }
    let services = OrdersFeature.Services(
      database: database, jobs: queue,
      answerOnce: { try await idempotency.perform($0, in: database, effect: $1) },
      sharedCache: upstreams.sharedCache, sealer: platform.sealer, hashKey: platform.hashKey, time: time,
      random: random, logger: logger, observer: OrdersObserver(metrics, platform: upstreams.orderPlatform.name))
    orders = OrdersFeature(
      try settings.orders.configuration(), platform: upstreams.orderPlatform, contactCentre: upstreams.contactCentre,
      services: services)
    returns = ReturnsFeature(
      settings.returns.configuration(isConnected: upstreams.returnPlatform != nil), beside: orders,
      platform: upstreams.returnPlatform ?? NoReturnPlatform(), contactCentre: upstreams.contactCentre,
      announce: events.outbox.announce, services: services, observer: ReturnsObserver(metrics))
    loyalty = LedgerFeature(
      settings.loyalty.configuration,
      services: LedgerFeature.Services(
        database: database, keys: platform.customerKeys(programme: settings.loyalty.programme),
        fingerprintKey: platform.hashKey,
        time: time, random: random, ledger: platform.ledgerOptions,
        observer: LedgerObserver(metrics),
        checkpoints: (try platform.checkpointKey(), settings.loyalty.programme), executor: platform.ledgerThread))
    try await loyalty.start()
    earning = LiveEarning(settings.loyalty.earning)
    webhooks = WebhookInbox(
      try settings.inbox(),
      consumers: WebhookConsumers.make(upstreams.returnPlatform, returns: returns.hinted)
        .merging(
          LoyaltyEvents.consumers(
            earning, loyalty, conversations: upstreams.contactCentre, time: time)
        ) { $1 },
      services: WebhookInbox.Services(
        database: database, jobs: queue, sealer: platform.sealer, time: time, random: random, metrics: metrics,
        logger: logger, access: identity.verifier))
    recording = RecordingFeature(
      pauseLimit: settings.recording.pauseLimit, control: upstreams.contactCentre, database: database, jobs: queue,
      time: time, random: random, logger: logger)

    rewards = RewardsFeature(
      settings.loyalty.rewards, beside: loyalty, servesSample: isDevelopment,
      services: RewardsFeature.Services(
        jobs: queue, answerOnce: services.answerOnce, announce: events.outbox.announce,
        mail: upstreams.contactCentre,
        callFulfilment: SignedPost(http: upstreams.webhooks, time: time).fulfilment {
          configuration.current.loyalty.fulfilmentSecrets
        }, sealer: platform.sealer, hashKey: platform.hashKey, time: time, random: random, logger: logger,
        observer: RewardsObserver(metrics)))

    var handlers = orders.jobHandlers + returns.jobHandlers + recording.jobHandlers + webhooks.jobHandlers
    handlers += rewards.jobHandlers
    let jobMetrics = JobMetrics(metrics, kinds: (handlers + events.jobHandlers).map(\.kind))
    // Without subscribers there are no deliveries, or a few from when there were some: not worth a runner.
    let hasSubscribers = !eventsConfiguration.subscribers.isEmpty
    if !hasSubscribers { handlers += events.jobHandlers }
    jobs = JobRunner(
      queue, on: database, handlers: handlers, time: time, random: random, logger: logger, observe: jobMetrics.count)
    var options = JobRunner.Options()
    options.concurrency = 64
    deliveries = JobRunner(
      queue, on: database, handlers: hasSubscribers ? events.jobHandlers : [], options: options, time: time,
      random: random, logger: logger, observe: jobMetrics.count)

    readiness = Readiness(checks: [.database(platform.database)])
    let system = SystemRoutes(
      readiness: readiness, metrics: metrics, openAPI: OpenAPIDocument.make(server: publicURL).bytes)
    routes =
      system.routes + identity.routes + orders.routes + returns.routes + loyalty.routes + rewards.routes
      + recording.routes
      + webhooks.routes
      + events.routes
    entrance.open(
      Router(routes, access: identity.verifier, explain: Explanation(logger: logger).callAsFunction))
    running = [Task { [jobs] in await jobs.run() }, Task { [deliveries] in await deliveries.run() }]
    maintenance = [
      Task { [events] in await events.tail.run() },
      Task { [identity] in await identity.maintain() },
      Task { [loyalty] in try? await loyalty.ledger.catchUp() },
      Task { await jobMetrics.keepCounting(in: database, time: time, logger: logger) },
      Self.repeating("returns", every: .seconds(10), time, logger) { [returns] in _ = try await returns.reconcile() },
      Self.repeating("the rules of points", every: LiveRules.interval, time, logger) { [loyalty] in
        try await loyalty.refreshRules()
      },
      Self.repeating("points that are over", every: .seconds(5), time, logger) { [loyalty] in
        try await SettleDue(loyalty.ledger)()
      },
      Self.repeating("keys of the ledger", every: .seconds(60), time, logger) { [loyalty] in
        try await SweepLedgerKeys(loyalty.ledger)()
      },
      Self.repeating("idempotency keys", every: .seconds(60), time, logger) {
        _ = try await idempotency.sweep(in: database)
      },
      Self.repeating("rewards", every: .seconds(60), time, logger) { [rewards] in try await rewards.sweep() },
      Self.repeating("webhooks", every: .seconds(60), time, logger) { [webhooks] in _ = try await webhooks.sweep() },
    ]
  }

  /// Takes on what may change while running, the certificate included; secrets and the log level are read where they are
  /// used. What is wrong changes nothing.
  ///
  /// - Throws: `CommandFailure`, `ServerError`.
  func apply(_ settings: Configuration) throws {
    let orders = try settings.orders.configuration()
    let webhooks = try settings.inbox()
    try server.reloadTLS()
    server.apply(settings.server.limits)
    self.orders.apply(orders)
    returns.apply(settings.returns.configuration(isConnected: upstreams.returnPlatform != nil))
    rewards.apply(settings.loyalty.rewards)
    earning.apply(settings.loyalty.earning)
    self.webhooks.apply(webhooks)
    loyalty.apply(settings.loyalty.configuration)
  }

  /// Finishes what is in flight and lets go of everything: first the balancer is told, then the requests, then the jobs.
  ///
  /// - Returns: whether all requests were answered in time.
  func stop(drainTime: Duration) async -> Bool {
    readiness.beginDraining()
    // A stream of events has no end of its own.
    events.tail.close()
    let drained = await server.drain(deadline: drainTime)
    jobs.drain(within: .seconds(3))
    deliveries.drain(within: .seconds(3))
    for task in running { await task.value }
    for task in maintenance { task.cancel() }
    await upstreams.shutdown()
    // Spares the next start some reading; without it nothing is lost.
    try? await loyalty.ledger.writeRows()
    await platform.close()
    return drained
  }

  /// What has to be looked after again and again, on every instance: returns of which nothing was heard, and what is old.
  private static func repeating(
    _ what: String, every pause: Duration, _ time: any TimeSource, _ logger: Logger,
    _ work: @escaping @Sendable () async throws -> Void
  ) -> Task<Void, Never> {
    Task {
      while (try? await time.sleep(for: pause)) != nil {
        do {
          try await work()
        } catch {
          logger.warning(
            "what is due could not be looked after", ["what": .string(what), "reason": .string("\(error)")])
        }
      }
    }
  }
}
