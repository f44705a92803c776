import Synchronization

/// Lets equal calls that are made at the same time share one: the first makes it, the others wait for its value or its
/// error.
///
/// The call runs in a task of its own. A caller that is cancelled stops waiting and does not disturb the others; when the
/// last one has gone, the call is cancelled too.
package final class SingleFlight<Key: Hashable & Sendable, Value: Sendable, Failure: Error>: Sendable {
  private typealias Outcome = Result<Value, Failure>
  private typealias Waiter = CheckedContinuation<Outcome, Never>

  private struct Flight {
    let number: UInt64
    var task: Task<Void, Never>?
    var waiters: [UInt64: Waiter] = [:]
  }

  private let flights: Mutex<[Key: Flight]> = Mutex([:])
  private let lastNumber = Atomic<UInt64>(0)
  private let cancellation: Failure
  private let executor: (any TaskExecutor)?

  /// - Parameters:
  ///   - cancellation: what a caller whose task is cancelled is told.
  ///   - executor: where the calls run; the default pool if nil.
  package init(cancellation: Failure, executor: (any TaskExecutor)? = nil) {
    self.cancellation = cancellation
    self.executor = executor
  }

  /// How many calls are under way.
  package var count: Int { flights.withLock { $0.count } }

  /// How many callers wait for the call of a key.
  package func waiterCount(for key: Key) -> Int { flights.withLock { $0[key]?.waiters.count ?? 0 } }

  package func value(
    for key: Key, _ call: @escaping @Sendable () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let caller = lastNumber.add(1, ordering: .relaxed).newValue
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { join(key, caller, $0, call) }
    } onCancel: {
      leave(key, caller)
    }
    return try outcome.get()
  }

  /// Waits for the flight of the key, or starts one. A cancellation that came before is seen here, under the lock; one
  /// that comes after finds the waiter.
  private func join(
    _ key: Key, _ caller: UInt64, _ waiter: Waiter, _ call: @escaping @Sendable () async throws(Failure) -> Value
  ) {
    let isCancelled = flights.withLock { flights in
      if Task.isCancelled { return true }
      if flights[key] == nil {
        flights[key] = Flight(number: caller)
        flights[key]?.task = Task(executorPreference: executor) { [weak self] in
          let outcome: Outcome
          do throws(Failure) { outcome = .success(try await call()) } catch { outcome = .failure(error) }
          self?.land(key, caller, outcome)
        }
      }
      flights[key]?.waiters[caller] = waiter
      return false
    }
    if isCancelled { waiter.resume(returning: .failure(cancellation)) }
  }

  private func leave(_ key: Key, _ caller: UInt64) {
    let (waiter, task) = flights.withLock { flights -> (Waiter?, Task<Void, Never>?) in
      guard let waiter = flights[key]?.waiters.removeValue(forKey: caller) else { return (nil, nil) }
      guard flights[key]?.waiters.isEmpty == true else { return (waiter, nil) }
      return (waiter, flights.removeValue(forKey: key)?.task)
    }
    waiter?.resume(returning: .failure(cancellation))
    task?.cancel()
  }

  private func land(_ key: Key, _ number: UInt64, _ outcome: Outcome) {
    let waiters = flights.withLock { flights -> [Waiter] in
      guard flights[key]?.number == number else { return [] }
      return flights.removeValue(forKey: key).map { Array($0.waiters.values) } ?? []
    }
    for waiter in waiters { waiter.resume(returning: outcome) }
  }
}
