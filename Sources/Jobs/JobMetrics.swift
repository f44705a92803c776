import Core
import Storage
import Synchronization
import Telemetry

/// The figures of jobs. What is waiting is counted in the database every few seconds, not at each scrape.
package final class JobMetrics: Sendable {
  struct Figures: Sendable, Hashable {
    var ready = 0
    var oldestReady: Duration = .zero
    var deadLetters: [String: Int] = [:]
  }

  private let ended: MetricFamily<Counter>
  private let figures = Mutex(Figures())

  /// - Parameter kinds: those that this process does; each has its series from the start.
  package init(_ metrics: Metrics, kinds: [String]) {
    ended = metrics.counter(
      "ringback_jobs_total", help: "Runs of jobs, by what came of them.", labels: ["kind", "outcome"])
    for kind in kinds {
      for outcome in ["done", "retry", "failed", "unknown"] { ended.with(kind, outcome).increment(by: 0) }
    }
    figures.withLock { $0.deadLetters = Dictionary(kinds.map { ($0, 0) }) { $1 } }
    metrics.gauge("ringback_jobs_ready", help: "Jobs that are due and have not been started.") { [self] in
      Double(figures.withLock { $0.ready })
    }
    metrics.gauge(
      "ringback_jobs_oldest_ready_seconds", help: "How long the job that is due for longest has been so."
    ) { [self] in figures.withLock { $0.oldestReady }.secondsApproximately }
    metrics.gauge("ringback_dead_letters", help: "Jobs that failed or are unknown.", labels: ["kind"]) { [self] in
      figures.withLock { $0.deadLetters }.sorted { $0.key < $1.key }.map { ([$0.key], Double($0.value)) }
    }
  }

  /// For the runner.
  package func count(_ kind: String, _ state: JobStatus.State) {
    ended.with(kind, state == .ready ? "retry" : state.rawValue).increment()
  }

  /// Counts what is in the database, until the task is cancelled.
  package func keepCounting(
    in database: any Database, every interval: Duration = .seconds(5), time: any TimeSource, logger: Logger
  ) async {
    while true {
      do {
        try await recount(in: database, time: time)
      } catch {
        logger.warning("jobs could not be counted", ["reason": .string("\(error)")])
      }
      do { try await time.sleep(for: interval) } catch { return }
    }
  }

  func recount(in database: any Database, time: any TimeSource) async throws {
    let now = time.now
    let (ready, since, dead) = try await database.read { connection in
      let waiting = try connection.query(
        "SELECT COUNT(*), MIN(run_at) FROM jobs WHERE state = 'ready' AND run_at <= $1", [now])
      let dead = try connection.query(
        "SELECT kind, COUNT(*) FROM jobs WHERE state IN ('failed', 'unknown') GROUP BY kind", [])
      return (
        try waiting[0].get(0, as: Int.self), try waiting[0].get(1, as: Timestamp?.self),
        try dead.map { (try $0.get(0, as: String.self), try $0.get(1, as: Int.self)) }
      )
    }
    figures.withLock { figures in
      figures.ready = ready
      figures.oldestReady = since.map { now - $0 } ?? .zero
      for kind in figures.deadLetters.keys { figures.deadLetters[kind] = 0 }
      for (kind, count) in dead { figures.deadLetters[kind] = count }
    }
  }
}
