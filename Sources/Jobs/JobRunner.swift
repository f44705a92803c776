import Core
import Resilience
import Security
import Storage
import Synchronization
import Telemetry

/// Does the jobs of a queue, some at a time. Any number of runners, in any number of processes, share a queue.
///
/// A job is handed out with a lease, which is renewed while it runs, and a fence, which makes the report of a runner that was
/// taken for lost worthless. Reports and claims are written together, in one transaction for as many as there are.
package final class JobRunner: Sendable {
  package struct Options: Sendable {
    package var concurrency = 32
    /// A runner that is not heard of for so long is lost. Renewed after a third of it.
    package var lease: Duration = .seconds(30)
    /// How often to look for jobs that other processes enqueued.
    package var pollInterval: Duration = .seconds(1)
    package var backoff = Backoff.fullJitter(base: .seconds(1), cap: .seconds(300))
    /// How long a row stays after its job has ended.
    package var retention: Duration = .seconds(7 * 86_400)

    package init() {}
  }

  private let queue: JobQueue
  private let database: any Database
  private let handlers: [String: any JobHandler]
  private let table: JobTable
  private let options: Options
  private let schedules: [Schedule]
  private let observe: @Sendable (_ kind: String, _ state: JobStatus.State) -> Void
  private let time: any TimeSource
  private let random: any RandomSource
  private let logger: Logger
  private let state: Mutex<RunnerState>
  private let signal = Signal()

  /// - Parameters:
  ///   - handlers: one a kind; jobs of other kinds are left to other runners.
  ///   - schedules: the same for all runners of a queue.
  ///   - observe: told of each run how it left its job: done, ready for another, failed or unknown.
  package init(
    _ queue: JobQueue, on database: any Database, handlers: [any JobHandler], schedules: [Schedule] = [],
    options: Options = Options(), time: any TimeSource, random: any RandomSource, logger: Logger,
    observe: @escaping @Sendable (_ kind: String, _ state: JobStatus.State) -> Void = { _, _ in }
  ) {
    self.queue = queue
    self.database = database
    self.handlers = Dictionary(handlers.map { ($0.kind, $0) }) { $1 }
    self.options = options
    self.schedules = schedules
    self.observe = observe
    self.time = time
    self.random = random
    self.logger = logger
    let owner = IdentifierSource(time: time, random: random).make("run")
    table = JobTable(owner: owner, kinds: self.handlers.keys.sorted(), lease: options.lease)
    state = Mutex(
      RunnerState(
        concurrency: options.concurrency, renewal: options.lease / 3, hasSchedules: !schedules.isEmpty))
  }

  /// Runs until `drain` is called or the task is cancelled, and returns when nothing is left in hand. Once only.
  package func run() async {
    guard !handlers.isEmpty else { return }
    let listener = queue.addListener { [signal] in signal.raise() }
    defer { queue.removeListener(listener) }
    await withTaskCancellationHandler {
      await work()
    } onCancel: {
      drain(within: .zero)
    }
  }

  /// Claims nothing more; `run` returns once what runs has ended, or after `limit` with the rest given up to other runners.
  package func drain(within limit: Duration) {
    let deadline = time.uptime + limit
    state.withLock { $0.drain(until: deadline) }
    signal.raise()
  }

  private func work() async {
    var failures = 0
    while true {
      let turn = state.withLock { $0.nextTurn(at: time.uptime) }
      do {
        let next = try await take(turn)
        failures = 0
        if turn.isLast { return }
        await rest(until: next)
      } catch {
        failures += 1
        logger.error(
          "The jobs' tables cannot be written", ["error": .string("\(error)"), "failures": .integer(failures)])
        // Leases run out in time; whoever claims the jobs then is told.
        if turn.isLast { return }
        state.withLock { $0.putBack(turn) }
        let pause = Backoff.exponential(base: .milliseconds(100), cap: .seconds(5))
        try? await time.sleep(for: pause.delay(afterFailures: failures, random: random) ?? .seconds(5))
      }
    }
  }

  private struct Written: Sendable {
    var claimed: [JobTable.Claimed] = []
    var stale: [String] = []
    var lost: [(id: String, fence: Int64)] = []
    var nextDue: Timestamp?
    var swept = 0
  }

  /// - Returns: how long there is nothing to do; nil for not at all.
  private func take(_ turn: RunnerState.Turn) async throws -> Duration? {
    let now = time.now
    let written = try await database.write { [table, queue, options, schedules] connection in
      var written = Written()
      for ending in turn.endings where try !table.finish(ending, now: now, in: connection) {
        written.stale.append(ending.id)
      }
      for job in turn.renewals
      where try !table.setLease(of: job.id, fence: job.fence, until: now + table.lease, in: connection) {
        written.lost.append(job)
      }
      for job in turn.released ?? [] {
        _ = try table.setLease(of: job.id, fence: job.fence, until: now, in: connection)
      }
      if turn.sweeps { written.swept = try queue.sweep(olderThan: options.retention, in: connection) }
      if turn.schedules { for one in schedules { try one.enqueueIfDue(queue, now: now, in: connection) } }
      if turn.free > 0 {
        written.claimed = try table.claimLost(turn.free, now: now, in: connection)
        written.claimed += try table.claimReady(turn.free - written.claimed.count, now: now, in: connection)
        // Whoever has his hands full need not know what comes next.
        if written.claimed.count < turn.free { written.nextDue = try table.nextDue(after: now, in: connection) }
      }
      return written
    }
    state.withLock { state in
      if written.swept == JobQueue.sweepLimit { state.sweptAsManyAsMay(at: time.uptime) }
      guard turn.schedules, let next = schedules.map({ $0.next(after: now) }).min() else { return }
      state.scheduled(next: next - now, at: time.uptime)
    }
    for id in written.stale { logger.warning("A job was finished by a runner that had lost it", ["job": .string(id)]) }
    for task in state.withLock({ $0.lost(written.lost + (turn.released ?? [])) }) { task.cancel() }
    for job in written.claimed { start(job) }
    let waits = [
      options.pollInterval, state.withLock { $0.nextWake(at: time.uptime) }, written.nextDue.map { $0 - now },
    ]
    return waits.compactMap { $0 }.min()
  }

  private func rest(until wait: Duration?) async {
    guard let wait else { return }
    let timer = Task { [time, signal] in
      if (try? await time.sleep(for: wait)) != nil { signal.raise() }
    }
    await signal.wait()
    timer.cancel()
  }

  // MARK: - One job

  private func start(_ claimed: JobTable.Claimed) {
    state.withLock { $0.start(claimed, at: time.uptime) }
    let task = Task { [self] in
      let outcome = await outcome(of: claimed)
      end(claimed, outcome)
    }
    state.withLock { $0.attach(task, to: claimed.id, fence: claimed.fence) }
  }

  private func outcome(of claimed: JobTable.Claimed) async -> JobOutcome {
    guard claimed.attempt <= claimed.maxAttempts else {
      return claimed.interruption == .whileSending
        ? .unknown(reason: "interrupted while sending, and no attempt is left to ask what came of it")
        : .failed(reason: "interrupted too often")
    }
    guard let handler = handlers[claimed.kind] else { return .retry(reason: "no handler") }
    let payload: [UInt8]
    do {
      payload = try queue.sealer.open(claimed.payload, in: JobQueue.place(of: claimed.id))
    } catch {
      logger.error("A job's payload cannot be opened", ["job": .string(claimed.id), "error": .string("\(error)")])
      return .retry(reason: "the payload cannot be opened: is a key missing from the key ring?")
    }
    let job = Job(
      id: claimed.id, kind: claimed.kind, payload: payload, lane: claimed.lane, attempt: claimed.attempt,
      maxAttempts: claimed.maxAttempts, requestID: claimed.requestID, createdAt: claimed.createdAt,
      interruption: claimed.interruption, isReplay: claimed.isReplay)
    return await handler.run(job, in: JobContext { [self] in try await markSending(claimed) })
  }

  private func markSending(_ job: JobTable.Claimed) async throws {
    let isOurs = try await database.write { [table, time] connection in
      try table.markSending(job.id, fence: job.fence, now: time.now, in: connection)
    }
    guard isOurs else { throw JobError.leaseLost }
    state.withLock { $0.marked(job.id, fence: job.fence) }
  }

  private func end(_ job: JobTable.Claimed, _ outcome: JobOutcome) {
    let now = time.now
    let ending = state.withLock { state in
      let marked = state.ended(job.id, fence: job.fence)
      let ending = JobTable.Ending(
        of: job, outcome, marked: marked, now: now, backoff: handlers[job.kind]?.backoff ?? options.backoff,
        random: random)
      state.report(ending)
      return ending
    }
    observe(job.kind, ending.state)
    if let failure = ending.failure {
      var fields: [String: JSONValue] = [
        "job": .string(job.id), "kind": .string(job.kind), "state": .string(ending.state.rawValue),
        "attempt": .integer(job.attempt), "reason": .string(failure.reason),
      ]
      if let requestID = job.requestID { fields["request_id"] = .string(requestID) }
      logger.warning("A job did not succeed", fields)
    }
    signal.raise()
  }
}
