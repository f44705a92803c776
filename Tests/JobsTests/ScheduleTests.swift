import Core
import DatabaseTesting
import Jobs
import Storage
import Testing

@Suite struct ScheduleTests {
  private static let minute = Schedule("sweep", every: .seconds(60), job: NewJob("tick"))

  @Test(arguments: [
    (0, 60, 0, 60), (59, 60, 0, 60), (60, 60, 0, 120), (61, 60, 0, 120), (0, 60, 15, 15), (15, 60, 15, 75),
    (14, 60, 15, 15), (100, 86_400, 10_800, 10_800),
  ])
  func theNextTimeIsTheFirstAfterNow(now: Int64, every: Int, offset: Int, next: Int64) {
    let schedule = Schedule("x", every: .seconds(every), offset: .seconds(offset), job: NewJob("a"))
    #expect(schedule.next(after: Timestamp(seconds: now)) == Timestamp(seconds: next))
  }

  private func count(_ bench: Bench) async throws -> Int {
    try await bench.database.rows("SELECT COUNT(*) FROM jobs")[0].get(0)
  }

  /// Two instances whose runners both look whether it is time, over and over.
  @Test(arguments: Engine.available)
  func eachTimeIsEnqueuedOnceByOneOfTwoRunners(_ engine: Engine) async throws {
    try await Bench.withTwo(engine) { bench, other in
      let handlers = [ScriptedHandler { _, _ in .done() }, ScriptedHandler { _, _ in .done() }]
      let first = bench.runner(handlers[0], schedules: [Self.minute])
      let second = bench.runner(handlers[1], on: other, queue: Bench.queue(bench.time), schedules: [Self.minute])
      try await bench.running(first) {
        try await bench.running(second) {
          try await bench.eventually { bench.time.sleeperCount == 2 }
          #expect(try await count(bench) == 0)
          for round in 1...5 {
            let due = Self.minute.next(after: bench.time.now)
            try await bench.eventually {
              bench.time.advance(by: min(.seconds(1), max(.milliseconds(1), due - bench.time.now)))
              return bench.time.now >= due && handlers[0].jobs.count + handlers[1].jobs.count >= round
            }
            try await bench.eventually { bench.time.sleeperCount == 2 }
            #expect(handlers[0].jobs.count + handlers[1].jobs.count == round)
          }
        }
      }
      #expect(try await count(bench) == 5)
    }
  }

  @Test(arguments: Engine.available)
  func timesThatWereMissedAreMadeUpForOnce(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let handler = ScriptedHandler { _, _ in .done() }
      func run(until condition: () async throws -> Bool) async throws {
        try await bench.running(bench.runner(handler, schedules: [Self.minute])) {
          try await bench.eventually(condition)
        }
      }
      try await run { bench.time.sleeperCount == 1 }
      bench.time.advance(by: .seconds(3_600))
      try await run { handler.jobs.count == 1 && bench.time.sleeperCount == 1 }
      try await run { bench.time.sleeperCount == 1 }
      #expect(handler.payloads == ["tick"])
    }
  }

  @Test func noHeapBuildsUpBehindASlowOne() async throws {
    try await Bench.with(.sqlite) { bench in
      let barrier = Barrier()
      let handler = ScriptedHandler { _, _ in
        await barrier.pass()
        return .done()
      }
      try await bench.running(bench.runner(handler, schedules: [Self.minute])) {
        try await bench.eventually { bench.time.sleeperCount == 1 }
        for _ in 0..<300 {
          bench.time.advance(by: .seconds(1))
          try await bench.eventually { bench.time.sleeperCount == 1 }
        }
        #expect(try await count(bench) == 1)
        barrier.open()
      }
    }
  }

  @Test func otherTimesTakeEffectAtOnce() async throws {
    try await Bench.with(.sqlite) { bench in
      let handler = ScriptedHandler { _, _ in .done() }
      let year = Schedule("sweep", every: .seconds(31_536_000), job: NewJob("tick"))
      for schedule in [year, Self.minute] {
        try await bench.running(bench.runner(handler, schedules: [schedule])) {
          try await bench.eventually { bench.time.sleeperCount == 1 }
        }
      }
      bench.time.advance(by: .seconds(61))
      try await bench.running(bench.runner(handler, schedules: [Self.minute])) {
        try await bench.eventually { handler.jobs.count == 1 }
      }
    }
  }
}
