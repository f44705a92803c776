import Core
import EventLoop
import Events
import HTTPMessages
import HTTPServer
import Idempotency
import Identity
import Jobs
import Orders
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
  /// - Throws: `CommandFailure`, `DatabaseError`.
  init(_ configuration: LiveConfiguration, loops: [Loop], platform: Platform) async throws {
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

    let queue = JobQueue(time: time, random: random, sealer: platform.sealer)
    let database = platform.database
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
      platform: upstreams.returnPlatform ?? NoReturnPlatform(), contactCentre: upstreams.returnContactCentre,
      announce: { _, _ in }, services: services, observer: ReturnsObserver(metrics))
    let handlers = orders.jobHandlers + returns.jobHandlers
    let jobMetrics = JobMetrics(metrics, kinds: handlers.map(\.kind))
    jobs = JobRunner(
      queue, on: database, handlers: handlers, time: time, random: random, logger: logger, observe: jobMetrics.count)

    readiness = Readiness(checks: [.database(platform.database)])
    let system = SystemRoutes(
      readiness: readiness, metrics: metrics, openAPI: OpenAPIDocument.make(server: publicURL).bytes)
    routes = system.routes + identity.routes + orders.routes + returns.routes
    entrance.open(
      Router(routes, access: identity.verifier, explain: Explanation(logger: logger).callAsFunction))
    running = [Task { [jobs] in await jobs.run() }, Task { [deliveries] in await deliveries.run() }]
    maintenance = [
      Task { [events] in await events.tail.run() },
      Task { [identity] in await identity.maintain() },
      Task { await jobMetrics.keepCounting(in: database, time: time, logger: logger) },
      Task { await Self.sweep(idempotency, in: database, time: time, logger: logger) },
      Task { [returns] in await Self.reconcile(returns, time: time, logger: logger) },
    ]
  }

  /// Takes on what may change while running, the certificate included; secrets and the log level are read where they are
  /// used. What is wrong changes nothing.
  ///
  /// - Throws: `CommandFailure`, `ServerError`.
  func apply(_ settings: Configuration) throws {
    let orders = try settings.orders.configuration()
    let webhooks = try settings.webhooks.inbox()
    try server.reloadTLS()
    server.apply(settings.server.limits)
    self.orders.apply(orders)
    returns.apply(settings.returns.configuration(isConnected: upstreams.returnPlatform != nil))
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
    await platform.close()
    return drained
  }

  /// Looks after returns of which nothing was heard.
  private static func reconcile(_ returns: ReturnsFeature, time: any TimeSource, logger: Logger) async {
    while true {
      do { try await time.sleep(for: .seconds(10)) } catch { return }
      do {
        try await returns.reconcile()
      } catch {
        logger.warning("returns could not be looked after", ["reason": .string("\(error)")])
      }
    }
  }

  /// Forgets old idempotency keys, some each minute.
  private static func sweep(
    _ what: String, time: any TimeSource, logger: Logger, _ sweep: @escaping @Sendable () async throws -> Int
  ) -> Task<Void, Never> {
    Task {
      while (try? await time.sleep(for: .seconds(60))) != nil {
        do {
          _ = try await sweep()
        } catch {
          logger.warning("what is old could not be swept", ["what": .string(what), "reason": .string("\(error)")])
        }
      }
    }
  }
}
