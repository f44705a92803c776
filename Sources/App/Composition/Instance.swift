import Core
import EventLoop
import HTTPMessages
import HTTPServer
import Idempotency
import Identity
import Jobs
import Orders
import Recording
import Security
import Storage
import Telemetry

/// One running Ringback, put together from its configuration. What a part needs, it is given here; nothing is looked up.
final class Instance: Sendable {
  let platform: Platform
  let metrics: Metrics
  let identity: AuthorizationServer
  let upstreams: Upstreams
  private let orders: OrdersFeature
  private let recording: RecordingFeature
  let jobs: JobRunner
  let readiness: Readiness
  let server: Server
  /// All that it answers.
  let routes: [Route]
  private let running: Task<Void, Never>
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
    let idempotency = IdempotencyRecords(sealer: platform.sealer, time: time)
    let database = platform.database
    orders = OrdersFeature(
      try settings.orders.configuration(), platform: upstreams.orderPlatform, contactCentre: upstreams.contactCentre,
      services: OrdersFeature.Services(
        database: database, jobs: queue,
        answerOnce: { try await idempotency.perform($0, in: database, effect: $1) },
        sharedCache: upstreams.sharedCache, sealer: platform.sealer, hashKey: platform.hashKey, time: time,
        random: random, logger: logger, observer: OrdersObserver(metrics, platform: upstreams.orderPlatform.name)))
    recording = RecordingFeature(
      pauseLimit: settings.recording.pauseLimit, control: upstreams.contactCentre, database: database, jobs: queue,
      time: time, random: random, logger: logger)
    jobs = JobRunner(
      queue, on: database, handlers: orders.jobHandlers + recording.jobHandlers, time: time, random: random,
      logger: logger)

    readiness = Readiness(checks: [.database(platform.database)])
    let system = SystemRoutes(
      readiness: readiness, metrics: metrics, openAPI: OpenAPIDocument.make(server: publicURL).bytes)
    routes = system.routes + identity.routes + orders.routes + recording.routes
    entrance.open(
      Router(routes, access: identity.verifier, explain: Explanation(logger: logger).callAsFunction))
    running = Task { [jobs] in await jobs.run() }
    maintenance = [
      Task { [identity] in await identity.maintain() },
      Task { await Self.sweep(idempotency, in: database, time: time, logger: logger) },
    ]
  }

  /// Takes on what may change while running, the certificate included; secrets and the log level are read where they are
  /// used. What is wrong changes nothing.
  ///
  /// - Throws: `CommandFailure`, `ServerError`.
  func apply(_ settings: Configuration) throws {
    let orders = try settings.orders.configuration()
    try server.reloadTLS()
    server.apply(settings.server.limits)
    self.orders.apply(orders)
  }

  /// Finishes what is in flight and lets go of everything: first the balancer is told, then the requests, then the jobs.
  ///
  /// - Returns: whether all requests were answered in time.
  func stop(drainTime: Duration) async -> Bool {
    readiness.beginDraining()
    let drained = await server.drain(deadline: drainTime)
    jobs.drain(within: .seconds(3))
    await running.value
    for task in maintenance { task.cancel() }
    await upstreams.shutdown()
    await platform.close()
    return drained
  }

  /// Forgets old idempotency keys, some each minute.
  private static func sweep(
    _ idempotency: IdempotencyRecords, in database: any Database, time: any TimeSource, logger: Logger
  ) async {
    while true {
      do { try await time.sleep(for: .seconds(60)) } catch { return }
      do {
        try await idempotency.sweep(in: database)
      } catch {
        logger.warning("old idempotency keys could not be swept", ["reason": .string("\(error)")])
      }
    }
  }
}
