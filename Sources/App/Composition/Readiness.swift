import Core
import Synchronization

/// Whether this instance should be sent requests.
final class Readiness: Sendable {
  /// Something that has to work for requests to be answered. Cheap, and bounded in time by itself.
  struct Check: Sendable {
    let name: String
    /// Nil when it works; otherwise what is wrong, without secrets.
    let run: @Sendable () async -> String?
  }

  private let checks: [Check]
  private let draining = Mutex(false)

  init(checks: [Check]) {
    self.checks = checks
  }

  /// From now on the answer is no: the balancer should send requests elsewhere while those in flight finish.
  func beginDraining() {
    draining.withLock { $0 = true }
  }

  /// Each check with what is wrong, if anything.
  func report() async -> [(name: String, problem: String?)] {
    if draining.withLock({ $0 }) { return [("draining", "This instance is being stopped.")] }
    var report: [(name: String, problem: String?)] = []
    for check in checks { report.append((check.name, await check.run())) }
    return report
  }
}
