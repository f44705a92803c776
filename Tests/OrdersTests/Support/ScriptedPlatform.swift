import Core
import HTTPMessages
import Synchronization

@testable import Orders

/// A platform that answers what a test tells it to: a rule of a use case is tested against our own port.
final class ScriptedPlatform: OrderPlatform {
  enum Step: Sendable {
    case orders([Order])
    case failure(OrderPlatformError)
    /// Never answers; ends when it is cancelled.
    case silence
    /// Answers once so much time has passed.
    case slowly(Duration, [Order])
  }

  let name = "scripted"
  private let time: ManualTime
  private let state: Mutex<(step: Step, calls: [(id: OrderID, context: CallContext)])>

  init(_ step: Step = .orders([.sample]), time: ManualTime) {
    self.time = time
    state = Mutex((step, []))
  }

  var step: Step {
    get { state.withLock { $0.step } }
    set { state.withLock { $0.step = newValue } }
  }
  var calls: [(id: OrderID, context: CallContext)] { state.withLock { $0.calls } }

  func order(_ id: OrderID, context: CallContext) async throws(OrderPlatformError) -> Order? {
    let step = state.withLock { state in
      state.calls.append((id, context))
      return state.step
    }
    switch step {
    case .orders(let orders): return orders.first { $0.id == id }
    case .failure(let error): throw error
    case .silence: try await wait(for: .seconds(86_400))
    case .slowly(let duration, let orders):
      try await wait(for: duration)
      return orders.first { $0.id == id }
    }
    return nil
  }

  private func wait(for duration: Duration) async throws(OrderPlatformError) {
    do { try await time.sleep(for: duration) } catch { throw .unavailable(reason: "cancelled") }
  }
}

extension CallContext {
  static let test = CallContext(requestID: "call-77", trace: TraceContext(random: SeededRandom(seed: 1)))
}

/// Gives other tasks the processor until `condition` holds; a bound keeps a failing test from hanging.
func eventually(_ condition: () -> Bool) async -> Bool {
  let clock = SystemTime()
  let end = clock.uptime + .seconds(120)
  while !condition(), clock.uptime < end { try? await clock.sleep(for: .milliseconds(1)) }
  return condition()
}
