import Core
import DatabaseTesting
import Foundation
import Jobs
import Resilience
import Security
import Storage
import Synchronization
import Telemetry

/// A queue and what its runners need, with time that stands still until it is moved.
struct Bench: Sendable {
  let database: any Database
  let time = ManualTime()
  let queue: JobQueue
  let lines = Lines()

  init(_ database: any Database) {
    self.database = database
    queue = Bench.queue(time)
  }

  static func with(_ engine: Engine, _ body: (Bench) async throws -> Void) async throws {
    try await engine.withDatabase(schemas: [JobsSchema.schema]) { try await body(Bench($0)) }
  }

  /// Two database objects, as two processes have them.
  static func withTwo(_ engine: Engine, _ body: (Bench, any Database) async throws -> Void) async throws {
    try await engine.withDatabases(count: 2, schemas: [JobsSchema.schema]) { try await body(Bench($0[0]), $0[1]) }
  }

  /// Runs a runner beside `body` and lets it end.
  func running(_ runner: JobRunner, _ body: () async throws -> Void) async throws {
    let task = Task { await runner.run() }
    do { try await body() } catch {
      task.cancel()
      await task.value
      throw error
    }
    runner.drain(within: .seconds(60))
    await task.value
  }

  /// As another process has it: the same key, nothing else shared.
  static func queue(_ time: any TimeSource) -> JobQueue {
    let key = Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 7, count: 32)))
    return JobQueue(time: time, random: SystemRandom(), sealer: Sealer(current: key, random: SystemRandom()))
  }

  func runner(
    _ handlers: any JobHandler..., on other: (any Database)? = nil, queue: JobQueue? = nil,
    schedules: [Schedule] = [], configure: (inout JobRunner.Options) -> Void = { _ in },
    observe: @escaping @Sendable (String, JobStatus.State) -> Void = { _, _ in }
  ) -> JobRunner {
    var options = JobRunner.Options()
    options.backoff = .schedule([.seconds(10), .seconds(20), .seconds(40)])
    configure(&options)
    return JobRunner(
      queue ?? self.queue, on: other ?? database, handlers: handlers, schedules: schedules, options: options,
      time: time, random: SeededRandom(seed: 1),
      logger: Logger(LogOutput(level: .debug, time: time) { [lines] in lines.add($0) }), observe: observe)
  }

  @discardableResult
  func enqueue(_ jobs: NewJob...) async throws -> [String] {
    try await database.write { [queue] connection in try jobs.map { try queue.enqueue($0, in: connection) } }
  }

  func status(_ id: String) async throws -> JobStatus {
    guard let status = try await queue.find(id, in: database) else { throw NoSuchJob() }
    return status
  }

  func attempts(_ id: String) async throws -> [JobAttempt] {
    try await database.read { [queue] in try queue.attempts(of: id, in: $0) }
  }

  /// Waits, with real time, for what happens without it; for as long as a slow machine may take.
  func eventually(_ condition: () async throws -> Bool) async throws {
    let deadline = SystemTime().uptime + .seconds(120)
    while try await !condition() {
      guard SystemTime().uptime < deadline else { throw Never() }
      try await SystemTime().sleep(for: .milliseconds(2))
    }
  }

  func eventually(_ id: String, is state: JobStatus.State) async throws {
    try await eventually { try await status(id).state == state }
  }

  struct NoSuchJob: Error {}
  struct Never: Error {}
}

final class Lines: Sendable {
  private let lines = Mutex<[String]>([])
  func add(_ bytes: [UInt8]) { lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } }
  var text: String { lines.withLock { $0.joined() } }
}

/// Does what a test tells it and keeps what it was given.
final class ScriptedHandler: JobHandler {
  let kind: String
  private let script: @Sendable (Job, JobContext) async -> JobOutcome
  private let seen = Mutex<[Job]>([])

  init(_ kind: String = "test", _ script: @escaping @Sendable (Job, JobContext) async -> JobOutcome) {
    self.kind = kind
    self.script = script
  }

  var jobs: [Job] { seen.withLock { $0 } }
  var payloads: [String] { jobs.map { String(decoding: $0.payload, as: UTF8.self) } }

  func run(_ job: Job, in context: JobContext) async -> JobOutcome {
    seen.withLock { $0.append(job) }
    return await script(job, context)
  }
}

/// Holds those who come until it is opened.
final class Barrier: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())
  var waitingCount: Int { state.withLock { $0.waiting.count } }

  func pass() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}

extension NewJob {
  init(_ text: String, lane: String? = nil, priority: Int = 0, maxAttempts: Int = 10) {
    self.init(kind: "test", payload: Array(text.utf8), lane: lane, priority: priority, maxAttempts: maxAttempts)
  }
}

/// Stands for a process that was stopped: while it is paused, nothing of what it writes arrives.
final class PausableDatabase: Database {
  private let database: any Database
  private let barrier = Mutex<Barrier?>(nil)

  init(_ database: any Database) { self.database = database }

  func pause() { barrier.withLock { $0 = Barrier() } }

  func goOn() {
    let barrier = barrier.withLock { barrier in
      defer { barrier = nil }
      return barrier
    }
    barrier?.open()
  }

  func read<Result: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> Result) async throws -> Result {
    await barrier.withLock { $0 }?.pass()
    return try await database.read(body)
  }

  func write<Result: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> Result) async throws -> Result {
    await barrier.withLock { $0 }?.pass()
    return try await database.write(body)
  }

  func close() async {}
}
