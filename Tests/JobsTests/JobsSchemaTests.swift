import Core
import DatabaseTesting
import Jobs
import Storage
import Testing

@Suite struct JobsSchemaTests {
  /// The table is made anew; what waited in it before is done after.
  @Test(arguments: Engine.available)
  func jobsOfAnOlderVersionAreKept(_ engine: Engine) async throws {
    let before = Schema(room: "jobs", steps: [JobsSchema.schema.steps[0]])
    try await engine.withDatabase(schemas: [before]) { database in
      let bench = Bench(database)
      let id = try await bench.enqueue(NewJob("a", lane: "one"))[0]
      try await Migrator([JobsSchema.schema], time: SystemTime()).migrate(database)
      #expect(try await bench.status(id).lane == "one")
      let handler = ScriptedHandler { _, _ in .done() }
      try await bench.running(bench.runner(handler)) { try await bench.eventually(id, is: .done) }
      #expect(handler.payloads == ["a"])
    }
  }
}
