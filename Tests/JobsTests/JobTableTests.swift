import Core
import DatabaseTesting
import Storage
import Testing

@testable import Jobs

@Suite struct JobTableTests {
  /// The runner sleeps until the first of those that are to come, whatever its priority.
  @Test(arguments: Engine.available)
  func whatIsDueNextIsKnownOverAllPriorities(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let (table, now) = (JobTable(owner: "run_0", kinds: ["test"], lease: .seconds(30)), bench.time.now)
      func next() async throws -> Timestamp? {
        try await bench.database.read { try table.nextDue(after: now, in: $0) }
      }
      #expect(try await next() == nil)
      for (seconds, priority) in [(0, 9), (50, 5), (20, 0), (30, -3), (-5, 0)] {
        try await bench.enqueue(NewJob(kind: "test", payload: [], runAt: now + .seconds(seconds), priority: priority))
      }
      #expect(try await next() == now + .seconds(20))
      try await bench.enqueue(NewJob(kind: "test", payload: [], runAt: now + .seconds(10), priority: 5))
      #expect(try await next() == now + .seconds(10))
    }
  }
}
