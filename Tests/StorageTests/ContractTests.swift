import Core
import DatabaseTesting
import Storage
import Testing

/// What `Database` promises, on each engine.
@Suite struct ContractTests {
  private static let things = Schema(
    room: "things",
    steps: [
      """
      CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT NOT NULL, note TEXT, data BYTEA);
      CREATE UNIQUE INDEX things_name ON things (name);
      CREATE TABLE parts (id BIGINT PRIMARY KEY, thing BIGINT NOT NULL REFERENCES things (id), size BIGINT CHECK (size > 0));
      """
    ])

  private func withThings(_ engine: Engine, _ body: (any Database) async throws -> Void) async throws {
    try await engine.withDatabase(schemas: [Self.things], body)
  }

  private struct Abandoned: Error, Equatable {}

  // MARK: - Values

  @Test(arguments: Engine.available)
  func valuesComeBackAsTheyWent(_ engine: Engine) async throws {
    let integers: [Int64] = [.min, -1, 0, 1, 4_294_967_296, .max]
    let texts = ["", "plain", "ünï — 漢字 🦀", "it's; \"quoted\" -- $1", String(repeating: "long ", count: 50_000)]
    let blobs: [[UInt8]] = [[], [0], Array(0...255), [UInt8](repeating: 0, count: 300_000)]
    try await withThings(engine) { database async throws in
      for (id, number) in integers.enumerated() {
        let row = try await database.write { connection in
          try connection.query(
            """
            INSERT INTO things (id, name, note, data) VALUES ($1, $2, $3, $4) RETURNING id, name, note, data, $5, $6
            """,
            [
              number, "\(id)", texts[id % texts.count], blobs[id % blobs.count], number,
              SQLValue.blob(blobs[id % blobs.count]),
            ])[0]
        }
        #expect(try row.get(0) == number)
        #expect(try row.get(1) == "\(id)")
        #expect(try row.get(2) == texts[id % texts.count])
        #expect(try row.get(3) == blobs[id % blobs.count])
        #expect(try row.get(4) == number)
        #expect(try row.get(5) == blobs[id % blobs.count])
      }
    }
  }

  @Test(arguments: Engine.available)
  func nullIsNeitherEmptyNorZero(_ engine: Engine) async throws {
    try await withThings(engine) { database async throws in
      let row = try await database.write { connection in
        try connection.execute(
          "INSERT INTO things (id, name, note, data) VALUES (1, 'a', $1, $2)", [String?.none, [UInt8]?.none])
        return try connection.query("SELECT note, data, note IS NULL FROM things WHERE id = $1", [1])[0]
      }
      #expect(row.values == [.null, .null, .integer(1)])
      #expect(try row.get(0, as: String?.self) == nil)
      #expect(throws: DatabaseError.self) { try row.get(0, as: String.self) }
    }
  }

  @Test(arguments: Engine.available)
  func expressionsHaveTheSameTypes(_ engine: Engine) async throws {
    try await withThings(engine) { database async throws in
      let rows = try await database.read { connection in
        try connection.query(
          """
          SELECT COUNT(*), COALESCE(SUM(id), 0), EXISTS (SELECT 1 FROM things), 7, 'text', MAX(id), $1 + 1,
            SUM(CAST($2 AS BIGINT)), CAST($3 AS TEXT) FROM things
          """, [41, -12_345_678_901, SQLValue.null])
      }
      #expect(
        rows == [
          Row([
            .integer(0), .integer(0), .integer(0), .integer(7), .text("text"), .null, .integer(42), .null, .null,
          ])
        ])
      let sums = try await database.write { connection in
        for (id, size) in [(1, Int64.max - 10_001), (2, 10_000), (3, 1)] {
          try connection.execute("INSERT INTO things (id, name) VALUES ($1, $2)", [id, "n\(id)"])
          try connection.execute("INSERT INTO parts (id, thing, size) VALUES ($1, $1, $2)", [id, size])
        }
        return try connection.query("SELECT SUM(size), -SUM(size) FROM parts WHERE id <= $1", [3])[0]
          .values + connection.query("SELECT SUM(size) FROM parts WHERE id = 2")[0].values
      }
      #expect(sums == [.integer(.max), .integer(-.max), .integer(10_000)])
    }
  }

  @Test(arguments: Engine.available)
  func parametersAreNumberedNotOrdered(_ engine: Engine) async throws {
    try await engine.withDatabase { database in
      let row = try await database.read { try $0.query("SELECT $2 + 0, $1 + 0, $2 + 0", [1, 2])[0] }
      #expect(row.values == [.integer(2), .integer(1), .integer(2)])
    }
  }

  /// What is a mistake on one engine is one on the other.
  @Test(
    arguments: Engine.available,
    [
      ("SELECT no_such_column FROM things", []), ("SELECT \"no such column\" FROM things", []),
      ("INSERT INTO nowhere (id) VALUES (1)", []), ("SELECT $1 + 1", []), ("SELECT 1; SELECT 2", []),
      ("", []), ("SELECT 1 WHERE $1 = ''", [SQLValue.text("NUL \u{0} inside")]), ("COMMIT", []), ("ROLLBACK", []),
      ("SAVEPOINT mine", []), ("PRAGMA journal_mode = DELETE", []), ("SET search_path = other", []),
      ("INSERT INTO things (id, name) VALUES ($1, 'a')", [SQLValue.text("no number")]),
      ("INSERT INTO things (id, name, data) VALUES (1, 'a', $1)", [SQLValue.text("no bytes")]),
    ] as [(String, [SQLValue])])
  func mistakesAreStatementErrors(_ engine: Engine, _ mistake: (sql: String, values: [SQLValue])) async throws {
    try await withThings(engine) { database async throws in
      let error = await #expect(throws: DatabaseError.self) {
        try await database.write { _ = try $0.execute(mistake.sql, mistake.values) }
      }
      guard case .statement = error else {
        Issue.record("\(String(describing: error)) for \(mistake.sql)")
        return
      }
      let rows = try await database.rows("SELECT id FROM things")
      #expect(rows == [])
    }
  }

  // MARK: - Transactions

  @Test(arguments: Engine.available)
  func whatIsThrownRollsBack(_ engine: Engine) async throws {
    try await withThings(engine) { database async throws in
      await #expect(throws: Abandoned.self) {
        try await database.write { connection in
          try connection.execute("INSERT INTO things (id, name) VALUES (1, 'a')")
          throw Abandoned()
        }
      }
      let rows = try await database.rows("SELECT id FROM things")
      #expect(rows == [])
    }
  }

  @Test(arguments: Engine.available)
  func aFailedStatementEndsTheTransactionEvenIfItIsCaught(_ engine: Engine) async throws {
    try await withThings(engine) { database async throws in
      let error = await #expect(throws: DatabaseError.self) {
        try await database.write { connection in
          try connection.execute("INSERT INTO things (id, name) VALUES (1, 'a')")
          _ = try? connection.execute("INSERT INTO things (id, name) VALUES (1, 'b')")
          _ = try? connection.execute("INSERT INTO things (id, name) VALUES (2, 'c')")
        }
      }
      guard case .constraint = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      let rows = try await database.rows("SELECT id FROM things")
      #expect(rows == [])
    }
  }

  @Test(
    arguments: Engine.available,
    [
      "INSERT INTO things (id, name) VALUES (1, 'other')", "INSERT INTO things (id, name) VALUES (2, 'first')",
      "INSERT INTO things (id) VALUES (3)", "INSERT INTO parts (id, thing, size) VALUES (1, 99, 1)",
      "INSERT INTO parts (id, thing, size) VALUES (1, 1, 0)", "UPDATE things SET name = NULL",
    ])
  func constraintsHold(_ engine: Engine, _ sql: String) async throws {
    try await withThings(engine) { database async throws in
      try await database.write { try $0.execute("INSERT INTO things (id, name) VALUES (1, 'first')") }
      let error = await #expect(throws: DatabaseError.self) { try await database.write { try $0.execute(sql) } }
      guard case .constraint(let name) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(!name.isEmpty)
    }
  }

  @Test(arguments: Engine.available)
  func changesAreCountedAndClashesResolved(_ engine: Engine) async throws {
    try await withThings(engine) { database async throws in
      let counts = try await database.write { connection in
        let insert = "INSERT INTO things (id, name, note) VALUES ($1, $2, 'new')"
        return [
          try connection.execute(insert, [1, "a"]),
          try connection.execute(insert + " ON CONFLICT DO NOTHING", [1, "b"]),
          try connection.execute(insert + " ON CONFLICT (id) DO UPDATE SET note = 'again'", [1, "c"]),
          try connection.execute(insert + " ON CONFLICT (name) DO UPDATE SET note = excluded.note", [2, "b"]),
          try connection.execute("SELECT id FROM things"),
          try connection.execute("UPDATE things SET note = 'x'"),
          try connection.execute("CREATE TABLE more (id BIGINT PRIMARY KEY)"),
          try connection.execute(
            "WITH gone AS (SELECT id FROM things WHERE id = 2) DELETE FROM things WHERE id IN (SELECT id FROM gone)"),
          try connection.execute("DELETE FROM things WHERE id = 5"),
        ]
      }
      #expect(counts == [1, 0, 1, 1, 0, 2, 0, 1, 0])
    }
  }

  @Test(arguments: Engine.available)
  func aReadCannotWrite(_ engine: Engine) async throws {
    try await withThings(engine) { database async throws in
      let error = await #expect(throws: DatabaseError.self) {
        try await database.read { _ = try $0.execute("INSERT INTO things (id, name) VALUES (1, 'a')") }
      }
      guard case .statement = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test(arguments: Engine.available)
  func aReadSeesOneState(_ engine: Engine) async throws {
    try await withThings(engine) { database async throws in
      let counts = try await database.read { connection in
        let before = try connection.query("SELECT COUNT(*) FROM things")
        let written = Waiter()
        Task {
          try await database.write { try $0.execute("INSERT INTO things (id, name) VALUES (1, 'a')") }
          written.finish()
        }
        written.wait()
        return [before, try connection.query("SELECT COUNT(*) FROM things")]
      }
      #expect(counts[0] == counts[1])
      #expect(try await database.rows("SELECT COUNT(*) FROM things")[0].get(0) == 1)
    }
  }

  @Test(arguments: Engine.available)
  func aConnectionIsOfNoUseOutsideItsClosure(_ engine: Engine) async throws {
    try await engine.withDatabase { database in
      let kept = Kept()
      try await database.write { kept.connection = $0 }
      #expect(throws: DatabaseError.self) { try kept.connection?.query("SELECT 1") }
    }
  }

  @Test(arguments: Engine.available)
  func hooksRunAfterTheCommitOnly(_ engine: Engine) async throws {
    try await withThings(engine) { database async throws in
      let counter = Counter()
      try await database.write { connection in
        connection.afterCommit { counter.add() }
        #expect(counter.value == 0)
      }
      #expect(counter.value == 1)
      await #expect(throws: Abandoned.self) {
        try await database.write { connection in
          connection.afterCommit { counter.add() }
          throw Abandoned()
        }
      }
      #expect(counter.value == 1)
    }
  }

  // MARK: - What nobody waits for

  /// As many as an engine may write on a thread of its own.
  @Test(arguments: Engine.available)
  func manyEnqueuedRowsAreSeenAndUndoneTogether(_ engine: Engine) async throws {
    try await engine.withDatabase { database in
      try await database.write { try $0.execute("CREATE TABLE many (id BIGINT PRIMARY KEY)") }
      try await database.write { connection in
        try connection.enqueue(["id": .integers(Array(1...1_003))], into: "many")
        #expect(try connection.query("SELECT COUNT(*) FROM many")[0].get(0) == 1_003)
      }
      let error = await #expect(throws: DatabaseError.self) {
        try await database.write { connection in
          try connection.enqueue(["id": .integers(Array(2_000...2_999) + [7])], into: "many")
        }
      }
      guard case .constraint = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(try await database.rows("SELECT COUNT(*) FROM many")[0].get(0) == 1_003)
    }
  }

  /// More than wait at a time; wherever one fails, nothing of any is left, and nothing is written beside the transaction.
  @Test(arguments: Engine.available, [0, 3, 19])
  func oneOfManyEnqueuedThatFailsUndoesAll(_ engine: Engine, _ failing: Int) async throws {
    try await engine.withDatabase { database in
      try await database.write { try $0.execute("CREATE TABLE many (id BIGINT PRIMARY KEY)") }
      for isFailing in [true, false] {
        do {
          try await database.write { connection in
            for batch in 0..<20 {
              var ids = Array(Int64(batch * 1_000)..<Int64(batch * 1_000 + 500))
              if isFailing, batch == failing { ids.append(ids[0]) }
              try connection.enqueue(["id": .integers(ids)], into: "many")
            }
          }
          #expect(!isFailing)
        } catch DatabaseError.constraint {
          #expect(isFailing)
        }
        let count = try await database.rows("SELECT COUNT(*) FROM many")[0].get(0, as: Int.self)
        #expect(count == (isFailing ? 0 : 10_000))
      }
    }
  }

  @Test(arguments: Engine.available)
  func whatIsEnqueuedIsSeenByWhatFollows(_ engine: Engine) async throws {
    try await withThings(engine) { database async throws in
      let counts = try await database.write { connection in
        try connection.enqueue("INSERT INTO things (id, name) VALUES ($1, $2)", [1, "a"])
        try connection.enqueue(["id": .integers([2, 3]), "name": .texts(["b", "c"])], into: "things")
        let seen = try connection.query("SELECT COUNT(*) FROM things")[0].integer(0)
        try connection.enqueue("UPDATE things SET note = $1 WHERE id <= $2", ["x", 2])
        try connection.enqueue(["id": .integers([]), "name": .texts([])], into: "things")
        var notes: Int64 = 0
        try connection.forEach("SELECT note FROM things") { notes += $0.isNull(0) ? 0 : 1 }
        try connection.enqueue("DELETE FROM things WHERE id = $1", [3])
        return [seen, notes]
      }
      #expect(counts == [3, 2])
      #expect(try await database.rows("SELECT id FROM things ORDER BY id") == [Row([.integer(1)]), Row([.integer(2)])])
    }
  }

  /// Where the failure shows, at the next call or at the commit, is the engine's affair; that all is undone is not.
  @Test(arguments: Engine.available, [false, true])
  func anEnqueuedStatementThatFailsUndoesAll(_ engine: Engine, _ isWaitedFor: Bool) async throws {
    try await withThings(engine) { database async throws in
      let error = await #expect(throws: DatabaseError.self) {
        try await database.write { connection in
          try connection.execute("INSERT INTO things (id, name) VALUES (1, 'a')")
          try connection.enqueue(
            ["id": .integers([1, 1]), "thing": .integers([1, 1]), "size": .integers([1, 0])], into: "parts")
          try connection.enqueue("UPDATE things SET note = 'never'", [])
          if isWaitedFor { _ = try connection.query("SELECT 1") }
        }
      }
      guard case .constraint = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(try await database.rows("SELECT COUNT(*) FROM things")[0].get(0) == 0)
      // What was sent with it, and passed over, can be said again.
      try await database.write { try $0.enqueue("UPDATE things SET note = 'never'", []) }
    }
  }

  @Test(arguments: Engine.available)
  func whatIsEnqueuedGoesWithAnAbandonedTransaction(_ engine: Engine) async throws {
    try await withThings(engine) { database async throws in
      for isSent in [false, true] {
        await #expect(throws: Abandoned.self) {
          try await database.write { connection in
            try connection.enqueue("INSERT INTO things (id, name) VALUES (1, 'a')", [])
            if isSent { _ = try connection.query("SELECT 1") }
            throw Abandoned()
          }
        }
      }
      #expect(try await database.rows("SELECT COUNT(*) FROM things")[0].get(0) == 0)
    }
  }

  /// More than an engine keeps plans for.
  @Test(arguments: Engine.available)
  func manyDifferentStatementsAreEnqueued(_ engine: Engine) async throws {
    try await withThings(engine) { database async throws in
      for part in 0..<2 {
        try await database.write { connection in
          for id in part * 400..<part * 400 + 400 {
            try connection.enqueue("INSERT INTO things (id, name) VALUES (\(id), $1)", ["n\(id)"])
          }
        }
      }
      #expect(try await database.rows("SELECT COUNT(*) FROM things")[0].get(0) == 800)
    }
  }

  @Test(arguments: Engine.available)
  func othersSeeWhatIsVisibleBeforeItsWriterIsAnswered(_ engine: Engine) async throws {
    try await engine.withDatabases(count: 2, schemas: [Self.things]) { databases async throws in
      let (visible, seen, counter) = (Waiter(), Waiter(), Counter())
      async let count: Int = databases[1].read { connection in
        visible.wait()
        defer { seen.finish() }
        return try connection.query("SELECT COUNT(*) FROM things")[0].get(0)
      }
      try await databases[0].write { connection in
        try connection.enqueue("INSERT INTO things (id, name) VALUES (1, 'a')", [])
        connection.onceVisible {
          visible.finish()
          seen.wait()
          counter.add()
        }
        connection.afterCommit { if counter.value == 1 { counter.add() } }
      }
      #expect(counter.value == 2)
      #expect(try await count == 1)
      await #expect(throws: Abandoned.self) {
        try await databases[0].write { connection in
          connection.onceVisible { counter.add() }
          throw Abandoned()
        }
      }
      #expect(counter.value == 2)
    }
  }

  @Test(arguments: Engine.available)
  func afterCloseNothingIsAvailable(_ engine: Engine) async throws {
    try await engine.withDatabase { database in
      try await database.write { try $0.execute("CREATE TABLE a (id BIGINT PRIMARY KEY)") }
      await database.close()
      for writes in [true, false] {
        let error = await #expect(throws: DatabaseError.self) {
          if writes { try await database.write { _ in 1 } } else { _ = try await database.read { _ in 1 } }
        }
        guard case .unavailable = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
      }
      await database.close()
    }
  }

  // MARK: - Concurrency

  /// Two `Database` objects stand for two processes.
  @Test(arguments: Engine.available)
  func noUpdateIsLost(_ engine: Engine) async throws {
    try await engine.withDatabases(count: 2, schemas: [Self.things]) { databases async throws in
      try await databases[0].write { try $0.execute("INSERT INTO things (id, name, note) VALUES (1, 'counter', '0')") }
      try await withThrowingTaskGroup { group in
        for index in 0..<100 {
          group.addTask {
            try await databases[index % 2].write { connection in
              let row = try connection.query("SELECT note FROM things WHERE id = $1" + connection.forUpdate, [1])[0]
              let count = Int(try row.get(0, as: String.self)) ?? 0
              try connection.execute("UPDATE things SET note = $1 WHERE id = 1", [String(count + 1)])
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await databases[1].rows("SELECT note FROM things")[0].get(0) == "100")
    }
  }

  @Test(arguments: Engine.available)
  func aClosureThatFailsDoesNotDisturbItsNeighbours(_ engine: Engine) async throws {
    try await withThings(engine) { database async throws in
      let kept = await withTaskGroup(of: Int?.self) { group in
        for id in 0..<200 {
          group.addTask {
            try? await database.write { connection in
              try connection.execute("INSERT INTO things (id, name) VALUES ($1, $2)", [id, "n\(id)"])
              if id % 3 == 0 { throw Abandoned() }
              if id % 3 == 1 { try connection.execute("INSERT INTO things (id, name) VALUES ($1, 'x')", [id]) }
              return id
            }
          }
        }
        return await group.reduce(into: [Int]()) { if let id = $1 { $0.append(id) } }
      }
      let rows = try await database.read {
        try $0.query("SELECT id FROM things ORDER BY id").map { try $0.get(0, as: Int.self) }
      }
      #expect(rows == (0..<200).filter { $0 % 3 == 2 })
      #expect(kept.sorted() == rows)
    }
  }

  @Test(arguments: Engine.available)
  func skippingLockedRowsSharesAQueue(_ engine: Engine) async throws {
    try await engine.withDatabases(count: 2, schemas: [Self.things]) { databases async throws in
      try await databases[0].write { connection in
        for id in 0..<40 { try connection.execute("INSERT INTO things (id, name) VALUES ($1, $2)", [id, "n\(id)"]) }
      }
      let taken = try await withThrowingTaskGroup(of: [Int].self) { group in
        for index in 0..<8 {
          group.addTask {
            try await databases[index % 2].write { connection in
              let ids = try connection.query(
                "SELECT id FROM things ORDER BY id LIMIT 5" + connection.forUpdateSkippingLocked
              ).map { try $0.get(0, as: Int.self) }
              for id in ids { try connection.execute("DELETE FROM things WHERE id = $1", [id]) }
              return ids
            }
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(taken.count == Set(taken).count)
      let left = try await databases[0].read { try $0.query("SELECT COUNT(*) FROM things")[0].get(0, as: Int.self) }
      #expect(left + taken.count == 40)
    }
  }
}
