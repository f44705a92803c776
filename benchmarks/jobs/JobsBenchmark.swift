import Core
import Jobs
import SQLiteStorage
import Security
import Storage
import Synchronization
import Telemetry

// How many jobs a second are enqueued, run and finished on SQLite, each enqueued by its own durable transaction:
//
//     jobs-benchmark FOLDER [JOBS] [PRODUCERS] [LANES]
//
// prints one JSON object. `scripts/bench` runs it.

/// Counts, and says when all have come.
final class Arrivals: JobHandler {
  let kind = "bench"
  private let left: Mutex<Int>
  private let all: @Sendable () -> Void

  init(_ count: Int, all: @escaping @Sendable () -> Void) {
    left = Mutex(count)
    self.all = all
  }

  func run(_ job: Job, in context: JobContext) async -> JobOutcome {
    let rest = left.withLock { left in
      left -= 1
      return left
    }
    if rest == 0 { all() }
    return .done()
  }
}

@main enum JobsBenchmark {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count > 1 else { fatalError("jobs-benchmark FOLDER [JOBS] [PRODUCERS] [LANES]") }
    let jobs = arguments.count > 2 ? Int(arguments[2]) ?? 50_000 : 50_000
    let producers = arguments.count > 3 ? Int(arguments[3]) ?? 64 : 64
    let lanes = arguments.count > 4 ? Int(arguments[4]) ?? 0 : 0

    let time = SystemTime()
    let random = SystemRandom()
    let database = try SQLiteDatabase(at: arguments[1] + "/jobs.sqlite")
    try await Migrator([JobsSchema.schema], time: time).migrate(database)
    let key = Sealer.Key(id: 1, bytes: Redacted(random.bytes(32)))
    let queue = JobQueue(time: time, random: random, sealer: Sealer(current: key, random: random))
    var options = JobRunner.Options()
    options.concurrency = 256
    let payload = [UInt8](repeating: 0x61, count: 200)

    let (arrived, arrival) = AsyncStream.makeStream(of: Void.self)
    let runner = JobRunner(
      queue, on: database, handlers: [Arrivals(jobs) { arrival.finish() }], options: options, time: time,
      random: random,
      logger: .none)
    let running = Task { await runner.run() }
    let start = time.uptime
    try await withThrowingTaskGroup { group in
      for producer in 0..<producers {
        group.addTask {
          for index in stride(from: producer, to: jobs, by: producers) {
            let job = NewJob(kind: "bench", payload: payload, lane: lanes > 0 ? "order \(index % lanes)" : nil)
            try await database.write { try queue.enqueue(job, in: $0) }
          }
        }
      }
      try await group.waitForAll()
    }
    for await _ in arrived {}
    // What was run is written down as well.
    runner.drain(within: .seconds(60))
    await running.value
    let took = (time.uptime - start).secondsApproximately
    let done = try await database.read {
      try $0.query("SELECT COUNT(*) FROM jobs WHERE state = 'done'")[0].get(0, as: Int.self)
    }
    await database.close()
    print(#"{"jobs": \#(jobs), "done": \#(done), "seconds": \#(took), "per_second": \#(Double(jobs) / took)}"#)
  }
}
