import Core
import Resilience

/// What a runner has in hand. Pure: it is told what happened and says what to write and whom to start.
struct RunnerState {
  /// What the next transaction has to do.
  struct Turn: Sendable {
    var endings: [JobTable.Ending]
    var renewals: [(id: String, fence: Int64)]
    /// How many jobs may be claimed.
    var free: Int
    var sweeps: Bool
    /// Whether a schedule may be due.
    var schedules: Bool
    /// All that is left is to give up these.
    var released: [(id: String, fence: Int64)]?
    var isLast: Bool
  }

  struct Running {
    let fence: Int64
    var renewAt: Duration
    var hasMarked = false
    var task: Task<Void, Never>?
  }

  private let concurrency: Int
  private let renewal: Duration
  private var running: [String: Running] = [:]
  private var endings: [JobTable.Ending] = []
  private var sweepAt: Duration = .zero
  /// Nil when there are no schedules.
  private var scheduleAt: Duration?
  /// Set when draining: when to give up what still runs.
  private(set) var deadline: Duration?

  init(concurrency: Int, renewal: Duration, hasSchedules: Bool) {
    self.concurrency = concurrency
    self.renewal = renewal
    scheduleAt = hasSchedules ? .zero : nil
  }

  mutating func drain(until deadline: Duration) {
    self.deadline = min(deadline, self.deadline ?? deadline)
  }

  mutating func nextTurn(at now: Duration) -> Turn {
    defer { endings = [] }
    let due = running.filter { $0.value.renewAt <= now }.map { (id: $0.key, fence: $0.value.fence) }
    for job in due { running[job.id]?.renewAt = now + renewal }
    let sweeps = now >= sweepAt
    if sweeps { sweepAt = now + .seconds(3_600) }
    let schedules = scheduleAt.map { now >= $0 } ?? false
    guard let deadline else {
      return Turn(
        endings: endings, renewals: due, free: concurrency - running.count, sweeps: sweeps,
        schedules: schedules, released: nil, isLast: false)
    }
    let gaveUp = now >= deadline
    let left = running.map { (id: $0.key, fence: $0.value.fence) }
    return Turn(
      endings: endings, renewals: gaveUp ? [] : due, free: 0, sweeps: false, schedules: false,
      released: gaveUp ? left : nil,
      isLast: gaveUp || left.isEmpty)
  }

  /// The turn could not be written: what it reported is reported again, and a lease counts as not renewed.
  mutating func putBack(_ turn: Turn) {
    endings = turn.endings + endings
    for job in turn.renewals { running[job.id]?.renewAt = .zero }
    if turn.sweeps { sweepAt = .zero }
  }

  /// There is more to sweep: soon, and not at once, since what waits to run comes first.
  mutating func sweptAsManyAsMay(at now: Duration) {
    sweepAt = now + .seconds(1)
  }

  /// - Parameter wait: until the next schedule is due; looked at each minute, since clocks are set.
  mutating func scheduled(next wait: Duration, at now: Duration) {
    scheduleAt = now + min(max(wait, .zero), .seconds(60))
  }

  mutating func start(_ job: JobTable.Claimed, at now: Duration) {
    running[job.id] = Running(fence: job.fence, renewAt: now + renewal)
  }

  mutating func attach(_ task: Task<Void, Never>, to id: String, fence: Int64) {
    if running[id]?.fence == fence { running[id]?.task = task }
  }

  mutating func marked(_ id: String, fence: Int64) {
    if running[id]?.fence == fence { running[id]?.hasMarked = true }
  }

  /// - Returns: whether the run had marked that it sends.
  mutating func ended(_ id: String, fence: Int64) -> Bool {
    guard let job = running[id], job.fence == fence else { return false }
    running[id] = nil
    return job.hasMarked
  }

  mutating func report(_ ending: JobTable.Ending) {
    endings.append(ending)
  }

  /// Another runner has these: their tasks, to be cancelled.
  mutating func lost(_ jobs: [(id: String, fence: Int64)]) -> [Task<Void, Never>] {
    jobs.compactMap { job in
      guard running[job.id]?.fence == job.fence else { return nil }
      return running.removeValue(forKey: job.id)?.task
    }
  }

  /// When there is something to do even if nothing happens.
  func nextWake(at now: Duration) -> Duration? {
    [running.values.map(\.renewAt).min(), deadline, deadline == nil ? scheduleAt : nil].compactMap { $0 }.min().map {
      max(.zero, $0 - now)
    }
  }
}

extension JobTable.Ending {
  /// - Parameter marked: whether this run said that it sends. Then it knows what came of it; if only an earlier, interrupted
  ///   one did, the doubt stays until a run resolves it.
  init(
    of job: JobTable.Claimed, _ outcome: JobOutcome, marked: Bool, now: Timestamp, backoff: Backoff,
    random: any RandomSource
  ) {
    let doubt = job.interruption == .whileSending && !marked
    func ending(
      _ state: JobStatus.State, runAt: Timestamp = now, doubt: Bool = false, result: String? = nil, error: String? = nil
    ) -> JobTable.Ending {
      JobTable.Ending(
        id: job.id, fence: job.fence, state: state, runAt: runAt, doubt: doubt,
        result: result.map { String($0.prefix(500)) }, failure: error.map(FailureText.init), attempt: job.attempt,
        startedAt: job.startedAt)
    }
    switch outcome {
    case .done(let result): self = ending(.done, result: result)
    case .failed(let reason): self = ending(.failed, doubt: doubt, error: reason)
    case .unknown(let reason): self = ending(.unknown, doubt: true, error: reason)
    case .retry(let after, let reason):
      let scheduled = backoff.delay(afterFailures: job.attempt, random: random)
      guard job.attempt < job.maxAttempts, let scheduled else {
        self = ending(doubt ? .unknown : .failed, doubt: doubt, error: reason)
        return
      }
      let asked = after.map { RetryAfter.spread($0, random: random) } ?? .zero
      self = ending(.ready, runAt: now + max(scheduled, asked), doubt: doubt, error: reason)
    }
  }
}
