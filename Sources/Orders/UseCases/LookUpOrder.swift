import Cache
import Core
import HTTPMessages
import Resilience
import Synchronization

/// How an order stands, for somebody who may hear it.
///
/// A copy younger than its time to live is the answer; else the platform is asked, once for all who ask at the same
/// time; and while it cannot be reached, a copy of the last minutes is better than nothing.
package final class LookUpOrder: Sendable {
  package struct Answer: Sendable {
    package let copy: OrderCopy
    package let freshness: Freshness
  }

  private let configuration: LiveOrdersConfiguration
  private let cache: OrderCache
  let source: OrderSource
  private let attempts: Mutex<AttemptLimiter<Asker>>
  private let time: any TimeSource
  private let observer: OrdersObserver

  init(
    _ configuration: LiveOrdersConfiguration, platform: any OrderPlatform, shared: (any SharedCache)?,
    personal: PersonalData, time: any TimeSource, observer: OrdersObserver
  ) {
    self.configuration = configuration
    self.time = time
    self.observer = observer
    cache = OrderCache(configuration, shared: shared, personal: personal, time: time)
    source = OrderSource(configuration, platform: platform, cache: cache, time: time, observer: observer)
    attempts = Mutex(configuration.read { AttemptLimiter(limit: $0.attemptLimit, window: $0.attemptWindow) })
  }

  /// - Parameters:
  ///   - number: as the caller gave it.
  ///   - proof: what shows that the order is theirs.
  ///   - asker: whom a miss is counted against.
  package func callAsFunction(
    _ number: String, proof: CallerProof, asker: Asker, context: CallContext
  ) async throws(LookUpOrderError) -> Answer {
    guard let id = configuration.idFormat.parse(number) else { throw refused(.invalidID) }
    let (verification, limit, window) = configuration.read { ($0.verification, $0.attemptLimit, $0.attemptWindow) }
    if let wait = mustWait(asker, limit, window) {
      throw refused(.tooManyAttempts(retryAfter: wait))
    }
    switch await find(id, context) {
    case .found(let copy, let freshness):
      guard verification.accepts(proof, for: copy.order.ownership) else { throw miss(asker, .notFound) }
      return Answer(copy: copy, freshness: freshness)
    case .unknown:
      throw miss(asker, .notFound)
    case .unreachable(let error, let copy?):
      // Whoever has no proof hears what the asker for an unknown order hears, or the difference would tell them that the
      // order exists.
      guard verification.accepts(proof, for: copy.order.ownership) else { throw miss(asker, error) }
      observer.lookedUp(.stale)
      return Answer(copy: copy, freshness: .stale)
    case .unreachable(let error, nil):
      observer.lookedUp(.failed)
      throw error
    }
  }

  /// The answer, where there is a copy younger than its time to live and nothing speaks against it; else nil, and nothing
  /// is counted: the call above decides.
  package func ready(_ number: String, proof: CallerProof, asker: Asker) -> Answer? {
    guard let id = configuration.idFormat.parse(number) else { return nil }
    let (verification, limit, window) = configuration.read { ($0.verification, $0.attemptLimit, $0.attemptWindow) }
    guard mustWait(asker, limit, window) == nil, case .order(let copy) = cache.known(id),
      verification.accepts(proof, for: copy.order.ownership)
    else { return nil }
    observer.lookedUp(.cached)
    return Answer(copy: copy, freshness: .cached)
  }

  /// What is known without asking, up to the age at which a copy may still be served.
  func known(_ id: OrderID) -> OrderCache.Known? { cache.known(id) ?? cache.staleCopy(id).map { .order($0) } }

  private enum Finding {
    case found(OrderCopy, Freshness)
    case unknown
    case unreachable(LookUpOrderError, copy: OrderCopy?)
  }

  private func find(_ id: OrderID, _ context: CallContext) async -> Finding {
    switch cache.known(id) {
    case .order(let copy):
      observer.lookedUp(.cached)
      return .found(copy, .cached)
    case .unknown:
      return .unknown
    case nil:
      break
    }
    do throws(LookUpOrderError) {
      guard let (copy, freshness) = try await source.order(id, context: context) else { return .unknown }
      return .found(copy, freshness)
    } catch {
      return .unreachable(error, copy: cache.staleCopy(id))
    }
  }

  private func mustWait(_ asker: Asker, _ limit: Int, _ window: Duration) -> Duration? {
    attempts.withLock { attempts in
      (attempts.limit, attempts.window) = (limit, window)
      return attempts.check(asker, now: time.uptime)
    }
  }

  private func miss(_ asker: Asker, _ error: LookUpOrderError) -> LookUpOrderError {
    attempts.withLock { $0.record(asker, now: time.uptime) }
    observer.lookedUp(error == .notFound ? .unknown : .failed)
    return error
  }

  private func refused(_ error: LookUpOrderError) -> LookUpOrderError {
    observer.lookedUp(.refused)
    return error
  }
}

package enum LookUpOrderError: Error, Sendable, Hashable {
  /// The number does not have the form of the shop's numbers; nothing was asked.
  case invalidID
  /// There is no such order, or it is another's: nobody can tell which.
  case notFound
  case tooManyAttempts(retryAfter: Duration)
  /// No answer within the time limit, and no copy that could be served.
  case platformTimeout(limit: Duration)
  /// No answer for another reason, and no copy that could be served.
  case platformUnavailable(Outage, retryAfter: Duration)
}

/// Why a platform cannot be asked.
package enum Outage: Sendable, Hashable {
  /// So many calls in a row failed that it is left alone for a while.
  case breakerOpen(failures: Int)
  case failing
  /// It asked to be called less often.
  case throttled
}
