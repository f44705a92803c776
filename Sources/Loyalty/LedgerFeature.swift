import Core
import HTTPServer
import Security
import Storage

/// The ledger of points, put together.
package struct LedgerFeature: Sendable {
  package struct Services: Sendable {
    package var database: any Database
    package var keys: CustomerKeys
    package var fingerprintKey: Redacted<[UInt8]>
    package var time: any TimeSource
    package var random: any RandomSource
    package var observer: LedgerObserver
    /// Signs checkpoints, of this programme.
    package var checkpoints: (key: PrivateKey, programme: String)?
    package var ledger = Ledger.Options()
    /// Where the ledger's line is served.
    package var executor: (any TaskExecutor)?

    package init(
      database: any Database, keys: CustomerKeys, fingerprintKey: Redacted<[UInt8]>, time: any TimeSource,
      random: any RandomSource, ledger: Ledger.Options = Ledger.Options(),
      observer: LedgerObserver = LedgerObserver(), checkpoints: (key: PrivateKey, programme: String)? = nil,
      executor: (any TaskExecutor)? = nil
    ) {
      self.database = database
      self.keys = keys
      self.fingerprintKey = fingerprintKey
      self.time = time
      self.random = random
      self.ledger = ledger
      self.observer = observer
      self.checkpoints = checkpoints
      self.executor = executor
    }
  }

  package let ledger: Ledger
  package let lookUp: LookUpBalance
  package let requests: LedgerRequests
  package let routes: [Route]
  package let rules: LiveRules
  private let configuration: LiveLoyaltyConfiguration
  private let database: any Database
  private let time: any TimeSource

  package init(_ configuration: LoyaltyConfiguration, services: Services) {
    let live = LiveLoyaltyConfiguration(configuration)
    self.configuration = live
    let time = services.time
    let liveRules = LiveRules()
    let rules: @Sendable () -> RuleBook = { liveRules.current(at: time.now) }
    self.rules = liveRules
    self.time = time
    database = services.database
    ledger = Ledger(
      on: services.database, options: services.ledger, rules: rules, time: time, random: services.random,
      observer: services.observer, executor: services.executor)
    lookUp = LookUpBalance(ledger: ledger, configuration: live, time: time)
    requests = LedgerRequests(
      keys: services.keys, fingerprintKey: services.fingerprintKey, configuration: live, time: time)
    routes =
      [
        LookUpRoute(lookUp: lookUp, requests: requests, rules: rules, time: time).route,
        PostTransaction(ledger: ledger, requests: requests).route,
        PostBatch(ledger: ledger, requests: requests).route,
      ] + AccountRoutes(ledger: ledger, rules: rules, time: time).routes
      + (services.checkpoints.map {
        [
          CheckpointRoute(
            sign: SignCheckpoint(services.database, programme: $0.programme, key: $0.key, time: time)
          ).route
        ]
      } ?? [])
  }

  /// Reads the rules; nothing is earned by them before.
  ///
  /// - Throws: `LiveRules.Unreadable`, `DatabaseError`.
  package func start() async throws {
    try await database.write { [rules, time] in try rules.load(at: time.now, in: $0) }
  }

  /// Takes on rules that were added meanwhile; to be called every few seconds.
  ///
  /// - Throws: `LiveRules.Unreadable`, `DatabaseError`; the rules of before stay.
  package func refreshRules() async throws {
    try await database.read { [rules, time] in try rules.refresh(at: time.now, in: $0) }
  }

  /// Takes on another configuration while running.
  package func apply(_ configuration: LoyaltyConfiguration) {
    self.configuration.apply(configuration)
  }
}
