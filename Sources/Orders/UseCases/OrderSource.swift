import Core
import HTTPMessages
import Resilience
import Synchronization

/// Asks the platform: once for all who want the same order, within the time limit, and not at all while it is broken or
/// has asked for a pause.
final class OrderSource: Sendable {
  enum Outcome: Sendable {
    case found(OrderCopy, Freshness)
    case unknown
    case failed(LookUpOrderError)
  }

  private struct State {
    var breaker: CircuitBreaker
    /// On `TimeSource.uptime`; a platform that throttles works, so this is not the breaker's affair.
    var pausedUntil = Duration.zero
  }

  /// When the platform asks for a pause without saying how long, and when it may be asked again after one failure.
  private static let pause = Duration.seconds(1)
  /// A platform that asks for more is asked again all the same: a mistaken header must not stop a shop for a day.
  private static let longestPause = Duration.seconds(60)

  private let configuration: OrdersConfiguration
  private let platform: any OrderPlatform
  private let cache: OrderCache
  private let time: any TimeSource
  private let observer: OrdersObserver
  private let state: Mutex<State>
  private let flights = SingleFlight<OrderID, Outcome>()

  init(
    _ configuration: OrdersConfiguration, platform: any OrderPlatform, cache: OrderCache, time: any TimeSource,
    observer: OrdersObserver
  ) {
    self.configuration = configuration
    self.platform = platform
    self.cache = cache
    self.time = time
    self.observer = observer
    state = Mutex(
      State(breaker: CircuitBreaker(failureLimit: configuration.failureLimit, openTime: configuration.openTime)))
  }

  func order(_ id: OrderID, context: CallContext) async -> Outcome {
    await flights.run(id) { await self.fetch(id, context: context) }
  }

  private func fetch(_ id: OrderID, context: CallContext) async -> Outcome {
    if let copy = await cache.sharedCopy(id, at: time.now), cache.isFresh(copy, at: time.now) {
      observer.lookedUp(.shared)
      return .found(copy, .cached)
    }
    if let outage = admission() { return .failed(outage) }
    let limit = configuration.timeout(at: time.now)
    let start = time.uptime
    let answer = await ask(id, context: context, limit: limit)
    let now = time.now
    record(answer, after: time.uptime - start)
    switch answer {
    case .success(let order?):
      let copy = OrderCopy(order: order, fetchedAt: now)
      await cache.store(copy)
      observer.lookedUp(.live)
      return .found(copy, .live)
    case .success(nil):
      cache.storeUnknown(id, at: now)
      return .unknown
    case .failure(.timedOut):
      return .failed(.platformTimeout(limit: limit))
    case .failure(.throttled(let wait)):
      return .failed(.platformUnavailable(.throttled, retryAfter: Self.pause(wait)))
    case .failure(.unavailable), .failure(.unauthorized):
      return .failed(.platformUnavailable(.failing, retryAfter: Self.pause))
    }
  }

  /// The platform's answer, or `timedOut` when the limit passes first. A connector obeys the deadline it is given; one
  /// that does not is cancelled.
  private func ask(
    _ id: OrderID, context: CallContext, limit: Duration
  ) async -> Result<Order?, OrderPlatformError> {
    let context = CallContext(requestID: context.requestID, trace: context.trace, deadline: time.uptime + limit)
    return await withTaskGroup { group in
      group.addTask { () async -> Result<Order?, OrderPlatformError> in
        do throws(OrderPlatformError) {
          return .success(try await self.platform.order(id, context: context))
        } catch {
          return .failure(error)
        }
      }
      group.addTask {
        try? await self.time.sleep(for: limit)
        return .failure(.timedOut)
      }
      let first = await group.next() ?? .failure(.timedOut)
      group.cancelAll()
      return first
    }
  }

  private func admission() -> LookUpOrderError? {
    let now = time.uptime
    return change { state in
      if now < state.pausedUntil { return .platformUnavailable(.throttled, retryAfter: state.pausedUntil - now) }
      guard case .rejected(let wait) = state.breaker.admit(at: now) else { return nil }
      return .platformUnavailable(.breakerOpen(failures: configuration.failureLimit), retryAfter: wait)
    }
  }

  private func record(_ answer: Result<Order?, OrderPlatformError>, after duration: Duration) {
    let now = time.uptime
    observer.called(platform.name, OrdersObserver.UpstreamCall(answer), duration)
    change { state in
      switch answer {
      case .success: state.breaker.recordSuccess()
      case .failure(.throttled(let wait)):
        state.breaker.recordIgnored()
        state.pausedUntil = now + Self.pause(wait)
      case .failure: state.breaker.recordFailure(at: now)
      }
    }
  }

  private static func pause(_ asked: Duration?) -> Duration { min(asked ?? pause, longestPause) }

  /// Tells the observer when the breaker moves.
  private func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
    let (result, moved) = state.withLock { state in
      let before = state.breaker.state
      let result = body(&state)
      return (result, state.breaker.state == before ? nil : state.breaker.state)
    }
    if let moved { observer.breakerMoved(platform.name, OrdersObserver.BreakerState(moved)) }
    return result
  }
}

extension OrdersObserver.UpstreamCall {
  fileprivate init(_ answer: Result<Order?, OrderPlatformError>) {
    self =
      switch answer {
      case .success(.some): .found
      case .success(nil): .unknown
      case .failure(.timedOut): .timedOut
      case .failure(.unavailable): .unavailable
      case .failure(.throttled): .throttled
      case .failure(.unauthorized): .unauthorized
      }
  }
}

extension OrdersObserver.BreakerState {
  fileprivate init(_ state: CircuitBreaker.State) {
    self =
      switch state {
      case .closed: .closed
      case .open: .open
      case .halfOpen: .halfOpen
      }
  }
}
