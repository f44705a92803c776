import Core
import HTTPServer
import Jobs
import Security
import Storage
import Telemetry

/// Rewards and the portal, put together. They stand beside the ledger, in whose transactions rewards are given.
package struct RewardsFeature: Sendable {
  package struct Services: Sendable {
    package var jobs: JobQueue
    package var answerOnce: AnswerOnce
    package var announce: Announce
    package var mail: any RewardMail
    package var callFulfilment: CallFulfilment
    package var sealer: Sealer
    /// Of 32 bytes, for comparing codes without reading them; the same on every instance.
    package var hashKey: Redacted<[UInt8]>
    package var time: any TimeSource
    package var random: any RandomSource
    package var logger: Logger
    package var observer: RewardsObserver

    package init(
      jobs: JobQueue, answerOnce: @escaping AnswerOnce,
      announce: @escaping Announce, mail: any RewardMail, callFulfilment: @escaping CallFulfilment, sealer: Sealer,
      hashKey: Redacted<[UInt8]>, time: any TimeSource, random: any RandomSource, logger: Logger,
      observer: RewardsObserver = RewardsObserver()
    ) {
      self.jobs = jobs
      self.answerOnce = answerOnce
      self.announce = announce
      self.mail = mail
      self.callFulfilment = callFulfilment
      self.sealer = sealer
      self.hashKey = hashKey
      self.time = time
      self.random = random
      self.logger = logger
      self.observer = observer
    }
  }

  /// What is told to subscribers.
  package static let eventTypes = OutboxEvent.RewardNews.allCases.map(\.rawValue)

  package let routes: [Route]
  /// For the runner of the queue that was given in.
  package let jobHandlers: [any JobHandler]
  /// For whoever else may make one, such as a look-up in a call.
  package let sessions: PortalSessions
  let redeem: Redeem
  let mailReward: MailRewardJob
  let callFulfilment: CallFulfilmentJob
  private let end: EndFulfilment
  private let configuration: LiveRewardsConfiguration

  /// - Parameters:
  ///   - feature: the ledger, made with the same database.
  ///   - servesSample: the page to try the widget on, for development.
  package init(
    _ configuration: RewardsConfiguration, beside feature: LedgerFeature, servesSample: Bool = false, services: Services
  ) {
    let live = LiveRewardsConfiguration(configuration)
    self.configuration = live
    let (ledger, time, random) = (feature.ledger, services.time, services.random)
    let (customers, rules) = (feature.requests.keys, feature.rules)
    let database = ledger.database
    let (rewards, receipts) = (RewardTable(), ReceiptTable(sealer: services.sealer))
    let codes = RewardCodeTable(sealer: services.sealer, hashKey: services.hashKey)
    let sessionTable = PortalSessionTable(sealer: services.sealer)
    sessions = PortalSessions(
      sessionTable, in: database, lifetime: { live.current.sessionLifetime }, time: time, random: random,
      observer: services.observer)
    redeem = Redeem(
      ledger: ledger, sessions: sessionTable, rewards: rewards, codes: codes, receipts: receipts, jobs: services.jobs,
      announce: services.announce, ids: IdentifierSource(time: time, random: random), observer: services.observer)
    end = EndFulfilment(
      ledger: ledger, rewards: rewards, codes: codes, receipts: receipts, announce: services.announce, time: time,
      logger: services.logger, observer: services.observer)
    mailReward = MailRewardJob(
      receipts: receipts, codes: codes, rewards: rewards, database: database, mail: services.mail, end: end, time: time,
      random: random)
    callFulfilment = CallFulfilmentJob(
      receipts: receipts, rewards: rewards, database: database, call: services.callFulfilment, end: end)
    jobHandlers = [mailReward, callFulfilment]
    let catalogue = RewardCatalogue(
      sealer: services.sealer, hashKey: services.hashKey, time: time, random: random)
    let portal = PortalRoutes(
      sessions: sessions, lookUp: feature.lookUp, redeem: redeem, customers: customers,
      rules: { rules.current(at: time.now) }, cors: PortalCORS(origins: { live.current.portalOrigins }), time: time)
    routes =
      RewardRoutes(catalogue: catalogue, database: database, answerOnce: services.answerOnce).routes
      + PortalSessionRoutes(
        sessions: sessions, requests: feature.requests, database: database, answerOnce: services.answerOnce
      ).routes
      + portal.routes + WidgetRoutes(sessions: sessions, customers: customers, servesSample: servesSample).routes
  }

  /// Takes on another configuration while running. Sessions keep the end that they were made with.
  package func apply(_ configuration: RewardsConfiguration) {
    self.configuration.apply(configuration)
  }

  /// Forgets sessions that are over, and speaks the last word on what was left open for days. To be called now and then,
  /// on every instance.
  package func sweep() async throws {
    _ = try await sessions.sweep()
    _ = try await end.settleOverdue()
  }
}
