import Core

/// What an operator may set of this feature; the defaults are the and the guide's.
package struct OrdersConfiguration: Sendable {
  /// `orders.id_pattern` and `orders.id_prefix`.
  package var idFormat: OrderIDFormat
  /// `orders.verify`.
  package var verification = CallerVerification.none
  /// How long the platform has to answer (guide 1, section 2), and how long in the peak periods (guide 1, edge case 1).
  package var timeout = Duration.seconds(10)
  package var peakTimeout = Duration.seconds(15)
  package var peakPeriods: [PeakPeriod] = []
  package var utcOffset = machineUTCOffset

  /// How long an answer counts as true, "no such order" included; zero to ask each time.
  package var timeToLive = Duration.seconds(60)
  /// What differs from `timeToLive`.
  package var timeToLiveByStatus: [OrderStatus: Duration] = [:]
  /// How old a copy may be that is served while the platform cannot be reached.
  package var staleLimit = Duration.seconds(15 * 60)
  /// How many orders are kept in the process; the ones asked for least recently go first.
  package var cacheCapacity = 10_000

  /// The circuit breaker: how many failures in a row open it, and for how long.
  package var failureLimit = 5
  package var openTime = Duration.seconds(15)
  /// How many orders may not be found, in what time, before an asker must wait.
  package var attemptLimit = 5
  package var attemptWindow = Duration.seconds(15 * 60)

  /// The country of telephone numbers that come without its code, such as `49`; empty to refuse those.
  package var countryCode = ""
  /// How long a call-back that was asked for stands for the same caller's next request.
  package var callbackWindow = Duration.seconds(30 * 60)
  /// Where customers look their orders up themselves: what a text about an unknown order links to; nil sends none.
  package var statusPage: String?
  /// How far ahead a call-back may be booked.
  package var callbackHorizon = Duration.seconds(30 * 86_400)
  /// After this an errand that could not be done is given up.
  package var callbackPatience = Duration.seconds(4 * 3_600)
  package var textPatience = Duration.seconds(2 * 3_600)

  package init(idFormat: OrderIDFormat) {
    self.idFormat = idFormat
  }

  func timeToLive(of status: OrderStatus) -> Duration { timeToLiveByStatus[status] ?? timeToLive }

  func timeout(at now: Timestamp) -> Duration {
    let local = now.seconds + utcOffset(now).components.seconds
    return peakPeriods.contains { $0.contains(localSeconds: local) } ? max(timeout, peakTimeout) : timeout
  }
}
