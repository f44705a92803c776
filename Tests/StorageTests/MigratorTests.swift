import Core
import DatabaseTesting
import Storage
import Testing

@Suite struct MigratorTests {
  private let time = ManualTime()

  private let first = Schema(
    room: "first",
    steps: [
      """
      CREATE TABLE a (id BIGINT PRIMARY KEY, note TEXT); -- a comment; with a semicolon
      INSERT INTO a (id, note) VALUES (1, 'one; two');
      """,
      "ALTER TABLE a ADD COLUMN data BYTEA",
    ])
  private let second = Schema(room: "second", steps: ["CREATE TABLE b (id TEXT PRIMARY KEY)"])

  @Test(arguments: Engine.available)
  func stepsAreAppliedOnceAndInOrder(_ engine: Engine) async throws {
    try await engine.withDatabase { database in
      let migrator = Migrator([first, second], time: time)
      let plan = try await migrator.plan(for: database)
      #expect(plan.map { "\($0.room) \($0.number)" } == ["first 1", "first 2", "second 1"])
      #expect(try await database.hasTable("a") == false)
      #expect(try await migrator.migrate(database) == plan)
      #expect(try await migrator.migrate(database) == [])
      #expect(try await migrator.plan(for: database) == [])
      let rows = try await database.rows("SELECT note, data FROM a")
      #expect(rows == [Row([.text("one; two"), .null])])
      let times = try await database.rows("SELECT DISTINCT applied_at FROM schema_migrations")
      #expect(times == [Row([.integer(time.now.microseconds)])])
    }
  }

  @Test(arguments: Engine.available)
  func aStepThatFailsIsUndoneWhole(_ engine: Engine) async throws {
    try await engine.withDatabase { database in
      let broken = Schema(
        room: "broken", steps: ["CREATE TABLE c (id BIGINT PRIMARY KEY); INSERT INTO nowhere VALUES (1)"])
      await #expect(throws: DatabaseError.self) { try await Migrator([first, broken], time: time).migrate(database) }
      let tables = [try await database.hasTable("a"), try await database.hasTable("c")]
      #expect(tables == [true, false])
      let whole = Schema(room: "broken", steps: ["CREATE TABLE c (id BIGINT PRIMARY KEY)"])
      #expect(try await Migrator([first, whole], time: time).migrate(database).map(\.room) == ["broken"])
    }
  }

  @Test(
    arguments: Engine.available,
    [
      ([Schema(room: "first", steps: ["CREATE TABLE a (id BIGINT PRIMARY KEY)"])], "applied in another form"),
      ([Schema(room: "first", steps: [])], "step 1 of the tables of first"),
      ([], "newer version"),
    ])
  func aChangedOrUnknownStepIsRefused(_ engine: Engine, _ other: (schemas: [Schema], sentence: String)) async throws {
    try await engine.withDatabase { database in
      try await Migrator([first], time: time).migrate(database)
      let migrator = Migrator(other.schemas, time: time)
      for attempt in [migrator.plan(for:), { try await migrator.migrate($0) }] {
        let error = await #expect(throws: DatabaseError.self) { _ = try await attempt(database) }
        guard case .schema(let text) = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
        #expect(text.contains(other.sentence))
      }
    }
  }

  @Test(arguments: Engine.available)
  func severalMayMigrateAtOnce(_ engine: Engine) async throws {
    try await engine.withDatabases(count: 4) { databases in
      let migrator = Migrator([first, second], time: time)
      let applied = try await withThrowingTaskGroup(of: Int.self) { group in
        for database in databases { group.addTask { try await migrator.migrate(database).count } }
        return try await group.reduce(0, +)
      }
      #expect(applied == 3)
    }
  }
}
