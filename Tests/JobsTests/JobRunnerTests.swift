import Core
import DatabaseTesting
import Jobs
import Storage
import Testing

@Suite struct JobRunnerTests {
  // MARK: - Outcomes

  @Test(arguments: Engine.available)
  func aJobIsDoneAndItsPayloadForgotten(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let handler = ScriptedHandler { _, _ in .done(result: "cb-1") }
      let job = NewJob(kind: "test", payload: Array("+49 30 1234567".utf8), requestID: "req-1")
      let id = try await bench.enqueue(job)[0]
      let stored = try await bench.database.rows("SELECT payload FROM jobs")[0].get(0, as: [UInt8].self)
      #expect(!String(decoding: stored, as: UTF8.self).contains("1234567"))
      #expect(id.hasPrefix("job_"))
      try await bench.running(bench.runner(handler)) { try await bench.eventually(id, is: .done) }
      #expect(handler.payloads == ["+49 30 1234567"])
      #expect(handler.jobs[0].requestID == "req-1")
      let status = try await bench.status(id)
      #expect(status.result == "cb-1")
      #expect(status.attempts == 1)
      let row = try await bench.database.rows("SELECT payload, lease_owner, lease_until FROM jobs")[0]
      #expect(row.values == [.null, .null, .null])
    }
  }

  @Test(
    arguments: Engine.available,
    [
      (JobOutcome.failed(reason: "no such number"), JobStatus.State.failed),
      (.unknown(reason: "vendor cannot say"), .unknown),
    ])
  func anEndIsAnEnd(_ engine: Engine, _ end: (outcome: JobOutcome, state: JobStatus.State)) async throws {
    try await Bench.with(engine) { bench in
      let handler = ScriptedHandler { _, _ in end.outcome }
      let id = try await bench.enqueue(NewJob("a"))[0]
      try await bench.running(bench.runner(handler)) { try await bench.eventually(id, is: end.state) }
      #expect(handler.jobs.count == 1)
    }
  }

  @Test func whatIsKeptOfAnErrorIsMaskedAndShort() async throws {
    try await Bench.with(.sqlite) { bench in
      let handler = ScriptedHandler { _, _ in
        .failed(reason: "refused for 4111 1111 1111 1111 and jo@example.com " + String(repeating: "x", count: 900))
      }
      let id = try await bench.enqueue(NewJob("a"))[0]
      try await bench.running(bench.runner(handler)) { try await bench.eventually(id, is: .failed) }
      let error = try #require(try await bench.status(id).lastError)
      #expect(error.count <= 200)
      #expect(!error.contains("1111 1111") && !error.contains("jo@example"))
      #expect(!bench.lines.text.contains("1111 1111"))
    }
  }

  @Test(arguments: Engine.available)
  func aRetryWaitsAsLongAsItShouldAndEndsAtTheCap(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let handler = ScriptedHandler { job, _ in
        job.attempt == 1 ? .retry(after: .seconds(100), reason: "429") : .retry(reason: "503")
      }
      let id = try await bench.enqueue(NewJob("a", maxAttempts: 3))[0]
      let start = bench.time.now
      try await bench.running(bench.runner(handler)) {
        try await bench.eventually { try await bench.status(id).lastError == "429" }
        let due = try await bench.status(id).runAt
        #expect(due >= start + .seconds(100) && due <= start + .seconds(110))
        bench.time.advance(by: .seconds(99))
        try await bench.eventually { bench.time.sleeperCount > 0 }
        #expect(handler.jobs.count == 1)
        try await bench.eventually {
          bench.time.advance(by: .milliseconds(500))
          return try await bench.status(id).lastError == "503"
        }
        let second = try await bench.status(id)
        let wait = second.runAt - second.updatedAt
        #expect(wait >= .seconds(16) && wait <= .seconds(24))
        try await bench.eventually {
          bench.time.advance(by: .seconds(1))
          return try await bench.status(id).state == .failed
        }
      }
      #expect(handler.jobs.map(\.attempt) == [1, 2, 3])
      #expect(handler.jobs.allSatisfy { !$0.isReplay })
    }
  }

  @Test func aJobOfARolledBackTransactionIsNone() async throws {
    try await Bench.with(.sqlite) { bench in
      struct Abandoned: Error {}
      let queue = bench.queue
      await #expect(throws: Abandoned.self) {
        try await bench.database.write { connection in
          try queue.enqueue(NewJob("a"), in: connection)
          throw Abandoned()
        }
      }
      let rows = try await bench.database.rows("SELECT id FROM jobs")
      #expect(rows == [])
    }
  }

  // MARK: - When and in what order

  /// Time stands still: a runner that polled would never see the job.
  @Test(arguments: Engine.available)
  func enqueuingWakesARunnerThatWaits(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let handler = ScriptedHandler { _, _ in .done() }
      try await bench.running(bench.runner(handler)) {
        try await bench.eventually { bench.time.sleeperCount == 1 }
        let id = try await bench.enqueue(NewJob("a"))[0]
        try await bench.eventually(id, is: .done)
      }
    }
  }

  @Test(arguments: Engine.available)
  func aPollFindsTheJobsOfOthers(_ engine: Engine) async throws {
    try await Bench.withTwo(engine) { bench, other in
      let handler = ScriptedHandler { _, _ in .done() }
      try await bench.running(bench.runner(handler)) {
        try await bench.eventually { bench.time.sleeperCount == 1 }
        let elsewhere = Bench.queue(bench.time)
        let id = try await other.write { try elsewhere.enqueue(NewJob("a"), in: $0) }
        try await bench.eventually { bench.time.sleeperCount == 1 }
        #expect(try await bench.status(id).state == .ready)
        try await bench.eventually {
          bench.time.advance(by: .seconds(1))
          return try await bench.status(id).state == .done
        }
      }
    }
  }

  @Test(arguments: Engine.available)
  func aLaneKeepsItsOrderEvenWhenItsFirstMustWait(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let handler = ScriptedHandler { job, _ in
        job.attempt == 1 && job.payload == Array("a1".utf8) ? .retry(after: .seconds(5), reason: "wait") : .done()
      }
      try await bench.enqueue(
        NewJob("a1", lane: "a"), NewJob("a2", lane: "a", priority: 9), NewJob("b1", lane: "b"), NewJob("a3", lane: "a"),
        NewJob("b2", lane: "b"), NewJob("free"))
      try await bench.running(bench.runner(handler)) {
        try await bench.eventually { handler.jobs.count == 4 }
        try await bench.eventually {
          bench.time.advance(by: .seconds(1))
          return handler.jobs.count == 7
        }
      }
      #expect(handler.payloads.filter { $0.hasPrefix("a") } == ["a1", "a1", "a2", "a3"])
      #expect(handler.payloads.filter { $0.hasPrefix("b") } == ["b1", "b2"])
      #expect(Set(handler.payloads.prefix(4)) == ["a1", "b1", "b2", "free"])
    }
  }

  @Test(arguments: Engine.available)
  func noMoreRunAtOnceThanMayAndOneOfALane(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let barrier = Barrier()
      let handler = ScriptedHandler { _, _ in
        await barrier.pass()
        return .done()
      }
      for index in 0..<6 { try await bench.enqueue(NewJob("free \(index)")) }
      for index in 0..<3 { try await bench.enqueue(NewJob("lane \(index)", lane: "one", priority: 1)) }
      try await bench.running(bench.runner(handler) { $0.concurrency = 3 }) {
        try await bench.eventually { barrier.waitingCount == 3 }
        #expect(handler.payloads.filter { $0.hasPrefix("lane") } == ["lane 0"])
        barrier.open()
        try await bench.eventually { handler.jobs.count == 9 }
      }
      #expect(handler.payloads.filter { $0.hasPrefix("lane") } == ["lane 0", "lane 1", "lane 2"])
    }
  }

  @Test(arguments: Engine.available)
  func twoRunnersShareWithoutDoingAnythingTwice(_ engine: Engine) async throws {
    try await Bench.withTwo(engine) { bench, other in
      let handlers = [ScriptedHandler { _, _ in .done() }, ScriptedHandler { _, _ in .done() }]
      for index in 0..<200 {
        try await bench.enqueue(NewJob("\(index)", lane: index % 2 == 0 ? "lane \(index % 10)" : nil))
      }
      let second = bench.runner(handlers[1], on: other, queue: Bench.queue(bench.time)) { $0.concurrency = 4 }
      try await bench.running(bench.runner(handlers[0]) { $0.concurrency = 4 }) {
        try await bench.running(second) {
          try await bench.eventually {
            try await bench.database.rows("SELECT COUNT(*) FROM jobs WHERE state = 'done'")[0].get(0, as: Int.self)
              == 200
          }
        }
      }
      #expect((handlers[0].payloads + handlers[1].payloads).sorted() == (0..<200).map(String.init).sorted())
    }
  }
}
