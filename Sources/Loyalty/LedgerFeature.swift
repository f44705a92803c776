import Core
import HTTPServer
import Storage

/// The ledger of points, put together.
package struct LedgerFeature: Sendable {
  package struct Services: Sendable {
    package var database: any Database
    package var keys: CustomerKeys
    package var fingerprintKey: Redacted<[UInt8]>
    /// The rules as they are now.
    package var rules: @Sendable () -> RuleBook
    package var time: any TimeSource
    package var random: any RandomSource
    package var observer: LedgerObserver

    package init(
      database: any Database, keys: CustomerKeys, fingerprintKey: Redacted<[UInt8]>,
      rules: @escaping @Sendable () -> RuleBook, time: any TimeSource, random: any RandomSource,
      observer: LedgerObserver = LedgerObserver()
    ) {
      self.database = database
      self.keys = keys
      self.fingerprintKey = fingerprintKey
      self.rules = rules
      self.time = time
      self.random = random
      self.observer = observer
    }
  }

  package let ledger: Ledger
  package let lookUp: LookUpBalance
  package let requests: LedgerRequests
  package let routes: [Route]
  private let configuration: LiveLoyaltyConfiguration

  package init(_ configuration: LoyaltyConfiguration, services: Services) {
    let live = LiveLoyaltyConfiguration(configuration)
    self.configuration = live
    let (time, rules) = (services.time, services.rules)
    ledger = Ledger(
      on: services.database, rules: rules, time: time, random: services.random, observer: services.observer)
    lookUp = LookUpBalance(ledger: ledger, configuration: live, time: time)
    requests = LedgerRequests(
      keys: services.keys, fingerprintKey: services.fingerprintKey, configuration: live, time: time)
    routes =
      [
        LookUpRoute(lookUp: lookUp, requests: requests, rules: rules, time: time).route,
        PostTransaction(ledger: ledger, requests: requests).route,
        PostBatch(ledger: ledger, requests: requests).route,
      ] + AccountRoutes(ledger: ledger, rules: rules, time: time).routes
  }

  /// Takes on another configuration while running.
  package func apply(_ configuration: LoyaltyConfiguration) {
    self.configuration.apply(configuration)
  }
}
