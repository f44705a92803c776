import Core
import DatabaseTesting
import Jobs
import SQLiteStorage
import Storage
import Testing

/// What happens to the jobs of a runner that ends, or seems to.
@Suite struct InterruptionTests {
  /// A first runner starts the job, does `before` and hangs; `body` sees what a second one makes of it.
  private func lose(
    _ engine: Engine, _ job: NewJob, before: @escaping @Sendable (JobContext) async throws -> Void = { _ in },
    _ body: (Bench, any Database, String) async throws -> Void
  ) async throws {
    try await Bench.withTwo(engine) { bench, other in
      let barrier = Barrier()
      let hanging = ScriptedHandler { _, context in
        try? await before(context)
        await barrier.pass()
        return .failed(reason: "late")
      }
      let database = PausableDatabase(bench.database)
      let runner = bench.runner(hanging, on: database)
      let task = Task { await runner.run() }
      let id = try await bench.enqueue(job)[0]
      try await bench.eventually { barrier.waitingCount == 1 }
      database.pause()
      bench.time.advance(by: .seconds(31))
      do { try await body(bench, other, id) } catch {
        database.goOn()
        barrier.open()
        task.cancel()
        throw error
      }
      let settled = try await bench.status(id)
      database.goOn()
      barrier.open()
      try await bench.eventually { bench.lines.text.contains("by a runner that had lost it") }
      #expect(try await bench.status(id) == settled)
      runner.drain(within: .seconds(60))
      await task.value
    }
  }

  @Test(arguments: Engine.available)
  func aLostJobIsHandedOverAndTheLateReportRefused(_ engine: Engine) async throws {
    try await lose(engine, NewJob("a")) { bench, other, id in
      let second = ScriptedHandler { job, _ in .done(result: "\(job.interruption) \(job.wasInterrupted)") }
      try await bench.running(bench.runner(second, on: other)) { try await bench.eventually(id, is: .done) }
      #expect(try await bench.status(id).result == "beforeSending true")
      #expect(try await bench.status(id).attempts == 2)
      let attempts = try await bench.attempts(id)
      #expect(attempts.map(\.outcome) == [.running])
      #expect(attempts[0].endedAt - attempts[0].startedAt >= .seconds(31))
    }
  }

  /// The doubt outlives a run that could not resolve it.
  @Test(arguments: Engine.available)
  func whatWasSendingIsHandedOverAsSuchUntilItIsResolved(_ engine: Engine) async throws {
    try await lose(engine, NewJob("a"), before: { try await $0.markSending() }) { bench, other, id in
      #expect(try await bench.status(id).state == .sending)
      let second = ScriptedHandler { job, _ in
        job.attempt == 2
          ? .retry(after: .seconds(3), reason: "vendor cannot be asked") : .done(result: "\(job.interruption)")
      }
      try await bench.running(bench.runner(second, on: other)) {
        try await bench.eventually { try await bench.status(id).state == .ready }
        try await bench.eventually {
          bench.time.advance(by: .seconds(1))
          return try await bench.status(id).state == .done
        }
      }
      #expect(second.jobs.map(\.interruption) == [.whileSending, .whileSending])
    }
  }

  @Test(arguments: [true, false])
  func withoutAnAttemptLeftTheEndSaysWhatIsKnown(_ marks: Bool) async throws {
    let before: @Sendable (JobContext) async throws -> Void = { if marks { try await $0.markSending() } }
    try await lose(.sqlite, NewJob("a", maxAttempts: 1), before: before) { bench, other, id in
      let second = ScriptedHandler { _, _ in .done() }
      try await bench.running(bench.runner(second, on: other)) {
        try await bench.eventually(id, is: marks ? .unknown : .failed)
      }
      #expect(second.jobs.isEmpty)
    }
  }

  @Test(arguments: Engine.available)
  func aRefusalAfterSendingLeavesNoDoubt(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let handler = ScriptedHandler { job, context in
        do { try await context.markSending() } catch { return .failed(reason: "\(error)") }
        return job.attempt == 1 ? .retry(after: .zero, reason: "429") : .done()
      }
      let id = try await bench.enqueue(NewJob("a"))[0]
      try await bench.running(bench.runner(handler)) {
        try await bench.eventually {
          bench.time.advance(by: .seconds(1))
          return try await bench.status(id).state == .done
        }
      }
      #expect(handler.jobs.map(\.interruption) == [.none, .none])
    }
  }

  @Test(arguments: Engine.available)
  func whoHasLostAJobMayNotSend(_ engine: Engine) async throws {
    try await Bench.withTwo(engine) { bench, other in
      let barrier = Barrier()
      let slow = ScriptedHandler { _, context in
        await barrier.pass()
        do {
          try await context.markSending()
          return .done(result: "sent")
        } catch {
          return .failed(reason: "\(error)")
        }
      }
      let database = PausableDatabase(bench.database)
      let runner = bench.runner(slow, on: database)
      let task = Task { await runner.run() }
      let id = try await bench.enqueue(NewJob("a"))[0]
      try await bench.eventually { barrier.waitingCount == 1 }
      database.pause()
      bench.time.advance(by: .seconds(31))
      let second = ScriptedHandler { _, _ in .done(result: "second") }
      try await bench.running(bench.runner(second, on: other)) { try await bench.eventually(id, is: .done) }
      database.goOn()
      barrier.open()
      try await bench.eventually { bench.lines.text.contains("leaseLost") }
      #expect(try await bench.status(id).result == "second")
      runner.drain(within: .seconds(60))
      await task.value
    }
  }

  @Test(arguments: Engine.available)
  func aHeartbeatKeepsALongJob(_ engine: Engine) async throws {
    try await Bench.withTwo(engine) { bench, other in
      let barrier = Barrier()
      let long = ScriptedHandler { _, _ in
        await barrier.pass()
        return .done(result: "first")
      }
      let id = try await bench.enqueue(NewJob("a"))[0]
      let second = ScriptedHandler { _, _ in .done(result: "second") }
      try await bench.running(bench.runner(long)) {
        try await bench.eventually { barrier.waitingCount == 1 }
        for _ in 0..<10 {
          let before = try await Self.lease(of: id, bench)
          try await bench.eventually {
            bench.time.advance(by: .seconds(1))
            return try await Self.lease(of: id, bench) > before
          }
        }
        try await bench.running(bench.runner(second, on: other)) {
          try await bench.eventually { bench.time.sleeperCount == 2 }
        }
        barrier.open()
        try await bench.eventually(id, is: .done)
      }
      #expect(try await bench.status(id).result == "first")
      #expect(second.jobs.isEmpty)
    }
  }

  private static func lease(of id: String, _ bench: Bench) async throws -> Int64 {
    try await bench.database.rows("SELECT lease_until FROM jobs WHERE id = $1", [.text(id)])[0].get(0)
  }

  // MARK: - Draining

  @Test func drainingClaimsNothingMoreAndWaitsForWhatRuns() async throws {
    try await Bench.with(.sqlite) { bench in
      let barrier = Barrier()
      let handler = ScriptedHandler { _, _ in
        await barrier.pass()
        return .done()
      }
      let runner = bench.runner(handler)
      let task = Task { await runner.run() }
      let first = try await bench.enqueue(NewJob("a"))[0]
      try await bench.eventually { barrier.waitingCount == 1 }
      runner.drain(within: .seconds(20))
      let second = try await bench.enqueue(NewJob("b"))[0]
      barrier.open()
      await task.value
      #expect(try await bench.status(first).state == .done)
      #expect(try await bench.status(second).state == .ready)
    }
  }

  @Test(arguments: Engine.available)
  func whatDoesNotEndInTimeIsGivenUpAtOnce(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let barrier = Barrier()
      let hanging = ScriptedHandler { _, _ in
        await barrier.pass()
        return .done(result: "late")
      }
      let runner = bench.runner(hanging)
      let task = Task { await runner.run() }
      let id = try await bench.enqueue(NewJob("a"))[0]
      try await bench.eventually { barrier.waitingCount == 1 }
      runner.drain(within: .seconds(20))
      try await bench.eventually { bench.time.sleeperCount == 1 }
      bench.time.advance(by: .seconds(20))
      await task.value
      let next = ScriptedHandler { job, _ in .done(result: "\(job.interruption)") }
      try await bench.running(bench.runner(next)) { try await bench.eventually(id, is: .done) }
      #expect(try await bench.status(id).result == "beforeSending")
      barrier.open()
    }
  }

  /// Prints what a slow debug build does; the benchmark proper is of the release build.
  @Test func manyJobsArePassedThrough() async throws {
    try await Bench.with(.sqlite) { bench in
      let handler = ScriptedHandler { _, _ in .done() }
      let queue = bench.queue
      let start = SystemTime().uptime
      try await bench.running(bench.runner(handler) { $0.concurrency = 256 }) {
        try await withThrowingTaskGroup { group in
          for batch in 0..<20 {
            group.addTask {
              for index in 0..<50 {
                try await bench.database.write { try queue.enqueue(NewJob("\(batch) \(index)"), in: $0) }
              }
            }
          }
          try await group.waitForAll()
        }
        try await bench.eventually { handler.jobs.count == 1_000 }
      }
      let took = (SystemTime().uptime - start).secondsApproximately
      print("1,000 jobs enqueued, run and finished in \(took) s: \(Int(1_000 / took)) a second")
      #expect(Set(handler.payloads).count == 1_000)
    }
  }

  @Test func jobsSurviveARestart() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let before = Bench(try SQLiteDatabase(at: folder.path))
    try await Migrator([JobsSchema.schema], time: before.time).migrate(before.database)
    let id = try await before.enqueue(NewJob("a"))[0]
    await before.database.close()

    let after = Bench(try SQLiteDatabase(at: folder.path))
    let handler = ScriptedHandler { _, _ in .done() }
    try await after.running(after.runner(handler)) { try await after.eventually(id, is: .done) }
    #expect(handler.payloads == ["a"])
    await after.database.close()
  }

  // MARK: - Keeping

  @Test(arguments: Engine.available)
  func endedJobsAreSweptAfterTheirTime(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let handler = ScriptedHandler { _, _ in .done() }
      let id = try await bench.enqueue(NewJob("a"))[0]
      try await bench.running(bench.runner(handler)) { try await bench.eventually(id, is: .done) }
      let waiting = try await bench.enqueue(NewJob("b"))[0]
      let queue = bench.queue
      bench.time.advance(by: .seconds(7 * 86_400))
      #expect(try await bench.database.write { try queue.sweep(olderThan: .seconds(7 * 86_400), in: $0) } == 0)
      bench.time.advance(by: .seconds(1))
      #expect(try await bench.database.write { try queue.sweep(olderThan: .seconds(7 * 86_400), in: $0) } == 1)
      #expect(try await queue.find(id, in: bench.database) == nil)
      #expect(try await queue.find(waiting, in: bench.database)?.state == .ready)
    }
  }
}
