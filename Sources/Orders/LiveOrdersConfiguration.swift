import Synchronization

/// The configuration as it is now, one for the whole feature. What is read from it may change at any time, so it is read
/// where it is used and not kept.
final class LiveOrdersConfiguration: Sendable {
  /// Never changes: orders are remembered under the form that numbers are brought into.
  let idFormat: OrderIDFormat
  private let state: Mutex<OrdersConfiguration>

  init(_ configuration: OrdersConfiguration) {
    idFormat = configuration.idFormat
    state = Mutex(configuration)
  }

  /// Reads under the lock: a copy of the whole would cost more than what is wanted of it.
  func read<Value: Sendable>(_ body: (borrowing OrdersConfiguration) -> Value) -> Value {
    state.withLock { body($0) }
  }

  /// What the caches and the circuit breaker were made with stays as it was.
  func apply(_ next: OrdersConfiguration) {
    state.withLock { configuration in
      var next = next
      next.idFormat = configuration.idFormat
      next.cacheCapacity = configuration.cacheCapacity
      next.failureLimit = configuration.failureLimit
      next.openTime = configuration.openTime
      configuration = next
    }
  }
}
