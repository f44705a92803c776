import Core
import HTTPServer
import Jobs
import Storage

/// Returns, put together. They stand beside the orders, whose copies say what can be said of a return at once.
package struct ReturnsFeature: Sendable {
  /// What is told to subscribers, such as `return.authorized`.
  package static let eventTypes = ReturnState.allCases.map(eventType)

  static func eventType(of state: ReturnState) -> String { "return.\(state.rawValue)" }

  package let routes: [Route]
  /// For the runner of the queue that was given in.
  package let jobHandlers: [any JobHandler]
  /// For whoever takes the platform's messages.
  package let hinted: HintedReturns
  /// To be called now and then, on every instance.
  package let reconcile: ReconcileReturns
  let requestReturn: RequestReturn
  let submit: SubmitReturnJob
  let refresh: RefreshReturnJob
  let tellCentre: TellCentreJob
  let tellCustomer: TellCustomerJob
  private let configuration: LiveReturnsConfiguration

  /// - Parameters:
  ///   - orders: the feature that was made with the same services.
  ///   - announce: puts an event into the outbox.
  package init(
    _ configuration: ReturnsConfiguration, beside orders: OrdersFeature, platform: any ReturnPlatform,
    contactCentre: any ReturnContactCentre, announce: @escaping Announce,
    services: OrdersFeature.Services, observer: ReturnsObserver = ReturnsObserver()
  ) {
    let live = LiveReturnsConfiguration(configuration)
    self.configuration = live
    let (database, jobs, time, random) = (services.database, services.jobs, services.time, services.random)
    let personal = PersonalData(sealer: services.sealer, hashKey: services.hashKey)
    let (table, messages, optOuts) = (
      ReturnTable(personal: personal), ReturnMessageTable(), OptOutTable(personal: personal)
    )
    let (lookUpOrder, orders) = (orders.lookUpOrder, orders.configuration)
    let move = MoveReturn(
      table: table, messages: messages, jobs: jobs, announce: announce, configuration: live, time: time,
      observer: observer)
    submit = SubmitReturnJob(
      table: table, database: database, platform: platform, lookUpOrder: lookUpOrder, orders: orders,
      configuration: live, move: move, time: time, random: random, logger: services.logger)
    refresh = RefreshReturnJob(
      table: table, database: database, platform: platform, move: move, time: time, random: random)
    tellCentre = TellCentreJob(table: table, database: database, contactCentre: contactCentre, random: random)
    tellCustomer = TellCustomerJob(
      table: table, messages: messages, optOuts: optOuts, database: database, contactCentre: contactCentre,
      orders: orders, time: time, random: random, observer: observer, logger: services.logger)
    jobHandlers = [submit, refresh, tellCentre, tellCustomer]
    hinted = HintedReturns(table: table, database: database, jobs: jobs, time: time)
    reconcile = ReconcileReturns(table: table, database: database, jobs: jobs, move: move, time: time)
    requestReturn = RequestReturn(
      table: table, jobs: jobs, announce: announce, lookUpOrder: lookUpOrder, orders: orders, configuration: live,
      identifiers: IdentifierSource(time: time, random: random), time: time, observer: observer)
    routes =
      [
        PostReturn(requestReturn: requestReturn, answerOnce: services.answerOnce).route,
        GetReturnReasons(configuration: live).route,
      ]
      + GetReturns(
        table: table, database: database,
        cancelReturn: CancelReturn(table: table, move: move, time: time), answerOnce: services.answerOnce,
        lookUpOrder: lookUpOrder, orders: orders, time: time
      ).routes
      + OptOutRoutes(
        table: optOuts, database: database, orders: orders, answerOnce: services.answerOnce, time: time
      ).routes
  }

  /// Takes on another configuration while running. The reasons stay as they were, and returns that were taken on keep the
  /// window that they were promised.
  package func apply(_ configuration: ReturnsConfiguration) {
    self.configuration.apply(configuration)
  }
}
