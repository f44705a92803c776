import Cache
import Core
import HTTPMessages
import Resilience
import Security
import Synchronization

@testable import Orders

/// A look-up with everything about it in the hands of the test.
struct LookUpFixture: Sendable {
  let time = ManualTime(now: Timestamp("2026-11-21T12:00:00Z")!)
  let platform: ScriptedPlatform
  let lookUp: LookUpOrder
  let configuration: LiveOrdersConfiguration
  let log = EventLog()

  init(
    shared: (any SharedCache)? = nil, _ change: (inout OrdersConfiguration) -> Void = { _ in }
  ) throws {
    var configuration = OrdersConfiguration(idFormat: try OrderIDFormat(prefix: "ORD-"))
    configuration.utcOffset = { _ in .zero }
    change(&configuration)
    self.configuration = LiveOrdersConfiguration(configuration)
    platform = ScriptedPlatform(time: time)
    lookUp = LookUpOrder(
      self.configuration, platform: platform, shared: shared, personal: .test, time: time, observer: log.observer)
  }

  /// Changes the configuration while the look-up runs.
  func reconfigure(_ change: (inout OrdersConfiguration) -> Void) {
    var next = configuration.read { copy $0 }
    change(&next)
    configuration.apply(next)
  }

  /// How many look-ups of the sample order wait for the platform.
  var waiters: Int { lookUp.source.waiterCount(Order.sample.id) }

  func ask(
    _ number: String = "ORD-839201", from caller: String? = nil, proof: CallerProof = CallerProof()
  ) async throws(LookUpOrderError) -> LookUpOrder.Answer {
    let asker = Asker(callerNumber: caller, address: "127.0.0.1", clientID: "dev")
    // As the server does: what is ready is taken, and the rest is asked.
    if let answer = lookUp.ready(number, proof: proof, asker: asker) { return answer }
    return try await lookUp(number, proof: proof, asker: asker, context: .test)
  }

  func error(
    _ number: String = "ORD-839201", from caller: String? = nil, proof: CallerProof = CallerProof()
  ) async -> LookUpOrderError? {
    do throws(LookUpOrderError) {
      _ = try await ask(number, from: caller, proof: proof)
      return nil
    } catch {
      return error
    }
  }
}

/// What the observer was told, in order.
final class EventLog: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }
  func add(_ line: String) { lines.withLock { $0.append(line) } }
  func count(_ line: String) -> Int { all.filter { $0 == line }.count }

  var observer: OrdersObserver {
    var observer = OrdersObserver()
    observer.lookedUp = { self.add("look-up \($0.rawValue)") }
    observer.called = { platform, outcome, _ in self.add("call \(platform) \(outcome.rawValue)") }
    observer.breakerMoved = { self.add("breaker \($0) \($1.rawValue)") }
    observer.errandMoved = { self.add("\($0.rawValue) \($1.rawValue)") }
    return observer
  }
}

extension PersonalData {
  static let test = PersonalData(
    sealer: Sealer(
      current: Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 7, count: 32))), random: SeededRandom(seed: 7)),
    hashKey: Redacted([UInt8](repeating: 9, count: 32)))
}
