import Core
import HTTPMessages
import Resilience
import Synchronization

/// Asks the platform: once for all who want the same order, within the time limit, and not at all while it is broken or
/// has asked for a pause.
final class OrderSource: Sendable {
  typealias Found = (copy: OrderCopy, freshness: Freshness)
  private typealias Answer = Result<Order?, OrderPlatformError>

  private struct State {
    var breaker: CircuitBreaker
    /// On `TimeSource.uptime`; a platform that throttles works, so this is not the breaker's affair.
    var pausedUntil = Duration.zero
  }

  /// When the platform asks for a pause without saying how long, and when it may be asked again after one failure.
  private static let pause = Duration.seconds(1)
  /// A platform that asks for more is asked again all the same: a mistaken header must not stop a shop for a day.
  private static let longestPause = Duration.seconds(60)

  private let configuration: LiveOrdersConfiguration
  private let platform: any OrderPlatform
  private let cache: OrderCache
  private let time: any TimeSource
  private let observer: OrdersObserver
  private let state: Mutex<State>
  /// A caller who goes is told that there is no answer; nobody hears it.
  private let flights = SingleFlight<OrderID, Found?, LookUpOrderError>(
    cancellation: .platformUnavailable(.failing, retryAfter: pause))

  init(
    _ configuration: LiveOrdersConfiguration, platform: any OrderPlatform, cache: OrderCache, time: any TimeSource,
    observer: OrdersObserver
  ) {
    self.configuration = configuration
    self.platform = platform
    self.cache = cache
    self.time = time
    self.observer = observer
    state = Mutex(State(breaker: CircuitBreaker(configuration.read { $0.breakerSettings })))
  }

  /// Nil when the platform does not know the number.
  func order(_ id: OrderID, context: CallContext) async throws(LookUpOrderError) -> Found? {
    // Without a shared cache there is nothing to wait for, and a flight would cost two changes of thread.
    if !cache.isShared, let refusal = refusalWhileOpen() { throw refusal }
    return try await flights.value(for: id) { () async throws(LookUpOrderError) -> Found? in
      try await self.fetch(id, context: context)
    }
  }

  /// How many callers wait for the answer about an order.
  func waiterCount(_ id: OrderID) -> Int { flights.waiterCount(for: id) }

  private func fetch(_ id: OrderID, context: CallContext) async throws(LookUpOrderError) -> Found? {
    if let copy = await cache.sharedCopy(id) {
      observer.lookedUp(.shared)
      return (copy, .cached)
    }
    let permit = try admission()
    let asked = time.now
    let limit = configuration.read { $0.timeout(at: asked) }
    let start = time.uptime
    let answer = await ask(id, context: context, limit: limit)
    let now = time.now
    record(answer, of: permit, after: time.uptime - start)
    switch answer {
    case .success(let order?):
      let copy = OrderCopy(order: order, fetchedAt: now)
      await cache.store(copy)
      observer.lookedUp(.live)
      return (copy, .live)
    case .success(nil):
      await cache.storeUnknown(id)
      return nil
    case .failure(.timedOut):
      throw .platformTimeout(limit: limit)
    case .failure(.throttled(let wait)):
      throw .platformUnavailable(.throttled, retryAfter: Self.pause(wait))
    case .failure(.unavailable), .failure(.unauthorized):
      throw .platformUnavailable(.failing, retryAfter: Self.pause)
    }
  }

  /// The platform's answer, or `timedOut` when the limit passes first. A connector obeys the deadline it is given; one
  /// that does not is cancelled.
  private func ask(_ id: OrderID, context: CallContext, limit: Duration) async -> Answer {
    let context = CallContext(requestID: context.requestID, trace: context.trace, deadline: time.uptime + limit)
    return await withTaskGroup { group in
      group.addTask { () async -> Answer in
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

  /// Only while open: in the half-open state a caller may join the flight of the probe.
  private func refusalWhileOpen() -> LookUpOrderError? {
    let now = time.uptime
    let failures = configuration.read { $0.failureLimit }
    let wait = state.withLock { $0.breaker.state == .open ? $0.breaker.retryAfter(now: now) : nil }
    return wait.map { .platformUnavailable(.breakerOpen(failures: failures), retryAfter: $0) }
  }

  /// - Throws: `platformUnavailable`, when nothing may be asked.
  private func admission() throws(LookUpOrderError) -> CircuitBreaker.Permit {
    let now = time.uptime
    let settings = configuration.read { $0.breakerSettings }
    let decision: Result<CircuitBreaker.Permit, LookUpOrderError> = change { state in
      if now < state.pausedUntil {
        return .failure(.platformUnavailable(.throttled, retryAfter: state.pausedUntil - now))
      }
      state.breaker.probeTimeout = settings.probeTimeout
      switch state.breaker.ask(now: now) {
      case .allowed(let permit): return .success(permit)
      case .refused(let wait):
        let outage = Outage.breakerOpen(failures: settings.failureThreshold)
        return .failure(.platformUnavailable(outage, retryAfter: wait))
      }
    }
    return try decision.get()
  }

  private func record(_ answer: Answer, of permit: CircuitBreaker.Permit, after duration: Duration) {
    let now = time.uptime
    // When all callers have gone the call is cut off, which says nothing about the platform.
    let isAbandoned = Task.isCancelled
    observer.called(platform.name, isAbandoned ? .abandoned : OrdersObserver.UpstreamCall(answer), duration)
    change { state in
      switch answer {
      case _ where isAbandoned:
        state.breaker.report(.ignored, of: permit, now: now)
      case .success:
        state.breaker.report(.success, of: permit, now: now)
      case .failure(.throttled(let wait)):
        state.breaker.report(.ignored, of: permit, now: now)
        state.pausedUntil = now + Self.pause(wait)
      case .failure:
        state.breaker.report(.failure, of: permit, now: now)
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
    if let moved { observer.breakerMoved(platform.name, moved) }
    return result
  }
}

extension OrdersConfiguration {
  fileprivate var breakerSettings: CircuitBreaker.Settings {
    var settings = CircuitBreaker.Settings()
    settings.failureThreshold = failureLimit
    settings.openDuration = openTime
    settings.probeTimeout = max(timeout, peakTimeout) + .seconds(5)
    return settings
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
