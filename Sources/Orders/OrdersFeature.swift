import Cache
import Core
import HTTPServer
import Jobs
import Security
import Storage
import Telemetry

/// Order status and its ways out, put together: what `App` gives in, and the routes, jobs and tables that come out.
package struct OrdersFeature: Sendable {
  /// What the feature is built on.
  package struct Services: Sendable {
    package var database: any Database
    package var jobs: JobQueue
    package var answerOnce: AnswerOnce
    /// Nil where each instance keeps its own copies.
    package var sharedCache: (any SharedCache)?
    package var sealer: Sealer
    /// Of 32 bytes, for comparing personal data without keeping it; the same on every instance.
    package var hashKey: Redacted<[UInt8]>
    package var time: any TimeSource
    package var random: any RandomSource
    package var logger: Logger
    package var observer: OrdersObserver

    package init(
      database: any Database, jobs: JobQueue, answerOnce: @escaping AnswerOnce,
      sharedCache: (any SharedCache)? = nil, sealer: Sealer, hashKey: Redacted<[UInt8]>, time: any TimeSource,
      random: any RandomSource, logger: Logger, observer: OrdersObserver = OrdersObserver()
    ) {
      self.database = database
      self.jobs = jobs
      self.answerOnce = answerOnce
      self.sharedCache = sharedCache
      self.sealer = sealer
      self.hashKey = hashKey
      self.time = time
      self.random = random
      self.logger = logger
      self.observer = observer
    }
  }

  package static let schema = ordersSchema

  package let routes: [Route]
  /// For the runner of the queue that was given in.
  package let jobHandlers: [any JobHandler]
  let configuration: LiveOrdersConfiguration
  let lookUpOrder: LookUpOrder
  let placeCallback: PlaceCallbackJob
  let sendStatusText: SendStatusTextJob

  package init(
    _ configuration: OrdersConfiguration, platform: any OrderPlatform, contactCentre: any ContactCentre,
    services: Services
  ) {
    let live = LiveOrdersConfiguration(configuration)
    self.configuration = live
    let personal = PersonalData(sealer: services.sealer, hashKey: services.hashKey)
    let identifiers = IdentifierSource(time: services.time, random: services.random)
    let callbacks = CallbackTable(personal: personal)
    let texts = TextTable(personal: personal)
    lookUpOrder = LookUpOrder(
      live, platform: platform, shared: services.sharedCache, personal: personal, time: services.time,
      observer: services.observer)
    let requestCallback = RequestCallback(
      table: callbacks, jobs: services.jobs, identifiers: identifiers, configuration: live,
      time: services.time)
    let requestStatusText = RequestStatusText(
      table: texts, jobs: services.jobs, identifiers: identifiers, time: services.time)
    routes = [
      GetOrder(lookUpOrder: lookUpOrder).route,
      PostOrderText(
        requestStatusText: requestStatusText, configuration: live, answerOnce: services.answerOnce
      ).route,
      PostCallback(
        requestCallback: requestCallback, configuration: live, answerOnce: services.answerOnce,
        time: services.time
      ).route,
      GetCallback(table: callbacks, database: services.database).route,
    ]
    placeCallback = PlaceCallbackJob(
      table: callbacks, database: services.database, contactCentre: contactCentre,
      patience: configuration.callbackPatience, time: services.time, random: services.random,
      observer: services.observer, logger: services.logger)
    sendStatusText = SendStatusTextJob(
      table: texts, database: services.database, contactCentre: contactCentre, lookUpOrder: lookUpOrder,
      statusPage: configuration.statusPage,
      patience: configuration.textPatience, time: services.time, random: services.random, observer: services.observer,
      logger: services.logger)
    jobHandlers = [placeCallback, sendStatusText]
  }

  /// Takes on another configuration while running. The form of order numbers, the size of the cache, the circuit breaker,
  /// the status page and how long errands are tried stay as they were.
  package func apply(_ configuration: OrdersConfiguration) {
    self.configuration.apply(configuration)
  }
}
