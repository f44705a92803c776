import Core
import DatabaseTesting
import Jobs
import Storage
import Testing

/// What a person does with jobs.
@Suite struct DeadLetterTests {
  /// Runs jobs that all end as `outcome` says of their payload.
  private func run(
    _ bench: Bench, _ jobs: [NewJob], _ outcome: @escaping @Sendable (String) -> JobOutcome
  ) async throws -> [String] {
    var ids: [String] = []
    for job in jobs { ids += try await bench.enqueue(job) }
    let handler = ScriptedHandler { job, _ in outcome(String(decoding: job.payload, as: UTF8.self)) }
    try await bench.running(bench.runner(handler)) {
      for id in ids { try await bench.eventually { try await bench.status(id).state.isFinal } }
    }
    return ids
  }

  private func retry(_ id: String, in bench: Bench) async throws {
    try await bench.database.write { [queue = bench.queue] in try queue.retry(id, by: "jo", in: $0) }
  }

  // MARK: - Running again

  @Test(arguments: Engine.available)
  func aDeadLetterRunsAgainWithItsPayloadAndAFreshAllowance(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let id = try await run(bench, [NewJob("a", maxAttempts: 1)]) { _ in .retry(reason: "503") }[0]
      #expect(try await bench.status(id).state == .failed)
      try await retry(id, in: bench)
      #expect(try await bench.status(id).state == .ready)
      let handler = ScriptedHandler { _, _ in .done() }
      try await bench.running(bench.runner(handler)) { try await bench.eventually(id, is: .done) }
      #expect(handler.payloads == ["a"])
      #expect(handler.jobs.map(\.attempt) == [1])
      #expect(handler.jobs.map(\.interruption) == [.none])
      #expect(handler.jobs.map(\.isReplay) == [true])
      let attempts = try await bench.attempts(id)
      #expect(attempts.map(\.outcome) == [.failed, .ready])
      #expect(attempts.map(\.actor) == [nil, "jo"])
    }
  }

  /// A handler that cannot find out what came of its sending says unknown; run again, it is told to ask first.
  @Test(arguments: Engine.available)
  func whatMayHaveBeenSentComesBackInDoubt(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let id = try await run(bench, [NewJob("a")]) { _ in .unknown(reason: "vendor cannot say") }[0]
      #expect(try await bench.status(id).isInDoubt)
      try await retry(id, in: bench)
      let handler = ScriptedHandler { _, _ in .done() }
      try await bench.running(bench.runner(handler)) { try await bench.eventually(id, is: .done) }
      #expect(handler.jobs.map(\.interruption) == [.whileSending])
      #expect(try await bench.status(id).isInDoubt == false)
    }
  }

  @Test(arguments: Engine.available)
  func onlyDeadLettersRunAgain(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let done = try await run(bench, [NewJob("a")]) { _ in .done() }[0]
      await #expect(throws: JobRefusal.notDead(.done)) { try await retry(done, in: bench) }
      let waiting = try await bench.enqueue(NewJob("b"))[0]
      await #expect(throws: JobRefusal.notDead(.ready)) { try await retry(waiting, in: bench) }
      await #expect(throws: JobRefusal.notFound) { try await retry("job_0", in: bench) }
    }
  }

  @Test(arguments: Engine.available)
  func manyComeBackSpreadOverTime(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let ids = try await run(bench, (0..<12).map { NewJob("\($0)") }) { _ in .failed(reason: "422") }
      let now = bench.time.now
      let retried = try await bench.queue.retry(ids + ["job_0"], perSecond: 5, by: "jo", in: bench.database)
      #expect(retried == ids)
      var waits: [Duration] = []
      for id in ids { waits.append(try await bench.status(id).runAt - now) }
      #expect(waits == (0..<12).map { .milliseconds(200 * $0) })
      #expect(try await bench.queue.retry(ids, perSecond: 5, by: "jo", in: bench.database) == [])
    }
  }

  // MARK: - Lanes

  /// The rule: a step that waits to be tried again holds those behind it; a dead letter does not, and comes back at its place.
  @Test(arguments: Engine.available)
  func aDeadLetterLetsItsLaneGoOnAndComesBackAtItsPlace(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let jobs = [NewJob("1", lane: "a"), NewJob("2", lane: "a")]
      let ids = try await run(bench, jobs) { $0 == "1" ? .failed(reason: "422") : .done() }
      #expect(try await bench.status(ids[1]).state == .done)
      try await retry(ids[0], in: bench)
      try await bench.enqueue(NewJob("3", lane: "a"))
      let handler = ScriptedHandler { _, _ in .done() }
      try await bench.running(bench.runner(handler)) { try await bench.eventually { handler.jobs.count == 2 } }
      #expect(handler.payloads == ["1", "3"])
    }
  }

  // MARK: - Taking back

  @Test(arguments: Engine.available)
  func whatWaitsIsCancelledAndForgotten(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let id = try await bench.enqueue(NewJob("+49 30 1234567"))[0]
      let queue = bench.queue
      try await bench.database.write { try queue.cancel(id, by: "jo", in: $0) }
      #expect(try await bench.status(id).state == .cancelled)
      #expect(try await bench.database.rows("SELECT payload FROM jobs")[0].values == [.null])
      #expect(try await bench.attempts(id).map(\.outcome) == [.cancelled])
      let other = try await bench.enqueue(NewJob("b"))[0]
      let handler = ScriptedHandler { _, _ in .done() }
      try await bench.running(bench.runner(handler)) { try await bench.eventually(other, is: .done) }
      #expect(handler.payloads == ["b"])
      await #expect(throws: JobRefusal.ended(.cancelled)) {
        try await bench.database.write { try queue.cancel(id, by: "jo", in: $0) }
      }
      await #expect(throws: JobRefusal.notDead(.cancelled)) { try await retry(id, in: bench) }
    }
  }

  @Test(arguments: Engine.available)
  func whatRunsIsNotCancelled(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let barrier = Barrier()
      let handler = ScriptedHandler { _, _ in
        await barrier.pass()
        return .done()
      }
      let id = try await bench.enqueue(NewJob("a"))[0]
      try await bench.running(bench.runner(handler)) {
        try await bench.eventually { barrier.waitingCount == 1 }
        await #expect(throws: JobRefusal.running) {
          try await bench.database.write { [queue = bench.queue] in try queue.cancel(id, by: "jo", in: $0) }
        }
        barrier.open()
        try await bench.eventually(id, is: .done)
      }
    }
  }

  @Test(arguments: Engine.available)
  func aDeadLetterIsDiscarded(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let id = try await run(bench, [NewJob("a")]) { _ in .failed(reason: "422") }[0]
      try await bench.database.write { [queue = bench.queue] in try queue.discard(id, by: "jo", in: $0) }
      #expect(try await bench.status(id).state == .cancelled)
      #expect(try await bench.database.rows("SELECT payload FROM jobs")[0].values == [.null])
      #expect(try await bench.attempts(id).map(\.actor) == [nil, "jo"])
    }
  }

  // MARK: - Choosing

  @Test(arguments: Engine.available)
  func deadLettersAreGroupedByCause(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let early = try await run(bench, [NewJob("1"), NewJob("2")]) {
        .failed(reason: "shopify 422 INVALID_STATE: return \($0) is closed")
      }
      bench.time.advance(by: .seconds(3_600))
      let late = try await run(bench, [NewJob("3"), NewJob("4"), NewJob("5")]) {
        $0 == "5" ? .done() : $0 == "4" ? .unknown(reason: "genesys 503") : .failed(reason: "shopify 422 INVALID_STATE")
      }
      let queue = bench.queue
      let groups = try await bench.database.read { try queue.deadLetterGroups(.deadLetters, in: $0) }
      #expect(groups.map(\.cause) == ["shopify 422 INVALID_STATE", "genesys 503"])
      #expect(groups.map(\.count) == [3, 1])
      #expect(groups[0].newest - groups[0].oldest == .seconds(3_600))
      #expect(groups[0].example.id == late[0])

      func ids(_ change: (inout JobSelection) -> Void) async throws -> [String] {
        var selection = JobSelection.deadLetters
        change(&selection)
        return try await bench.database.read { [selection] in try queue.deadLetterIDs(selection, in: $0) }
      }
      let hourAgo = bench.time.now - .seconds(1_800)
      #expect(try await ids { _ in } == early + late.dropLast())
      #expect(try await ids { $0.cause = "shopify 422*" } == early + [late[0]])
      #expect(try await ids { $0.cause = "*503" } == [late[1]])
      #expect(try await ids { $0.cause = "shopify" } == [])
      #expect(try await ids { $0.since = hourAgo } == Array(late.dropLast()))
      #expect(try await ids { $0.until = hourAgo } == early)
      #expect(try await ids { ($0.cause, $0.since) = ("shopify*", hourAgo) } == [late[0]])
      #expect(try await ids { $0.kind = "other" } == [])
      #expect(try await ids { $0.limit = 1 } == [early[0]])
      #expect(try await ids { $0.states = [] }.count == 4)
      let all = try await bench.database.read { try queue.list(JobSelection(), in: $0) }
      #expect(Set(all.map(\.id)) == Set(early + late))
    }
  }
}
