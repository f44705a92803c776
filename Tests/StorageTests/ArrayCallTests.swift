import Core
import DatabaseTesting
import Storage
import Testing

/// What `Database` promises of calls that carry many rows, on each engine.
@Suite struct ArrayCallTests {
  private static let accounts = Schema(
    room: "accounts",
    steps: [
      """
      CREATE TABLE accounts (id BIGINT PRIMARY KEY, name TEXT NOT NULL, note TEXT, key BYTEA, seal BYTEA,
        balance BIGINT NOT NULL CHECK (balance >= 0), seen BIGINT);
      CREATE UNIQUE INDEX accounts_name ON accounts (name);
      CREATE TABLE entries (account BIGINT NOT NULL, amount BIGINT NOT NULL);
      CREATE INDEX entries_account ON entries (account);
      """
    ])

  private func withAccounts(_ engine: Engine, _ body: (any Database) async throws -> Void) async throws {
    try await engine.withDatabase(schemas: [Self.accounts], body)
  }

  /// Accounts 0 up to `count`, with their number as the balance.
  private static func batch(_ count: Int) -> ColumnBatch {
    let ids = (0..<Int64(count)).map { $0 }
    return ["id": .integers(ids), "name": .texts(ids.map { "n\($0)" }), "balance": .integers(ids)]
  }

  private struct Abandoned: Error, Equatable {}

  // MARK: - Inserting

  @Test(arguments: Engine.available)
  func columnsComeBackAsTheyWent(_ engine: Engine) async throws {
    let texts = ["", "plain", "ünï — 漢字 🦀", "it's {a,\"b\"} \\ NULL", String(repeating: "long ", count: 5_000)]
    let blobs: [[UInt8]] = [[], [0], Array(0...255), [0xFF], [UInt8](repeating: 0, count: 300_000)]
    let seen: [Int64?] = [.min, nil, 0, -1, .max]
    let batch: ColumnBatch = [
      "id": .integers([.min, -1, 0, 4_294_967_296, .max]), "name": .texts(texts),
      "note": .optionalTexts([nil, "", texts[4], nil, "x"]), "key": .blobs(blobs),
      "seal": .optionalBlobs([[1, 2], nil, [], blobs[4], nil]), "balance": .integers([0, 1, 2, 3, 4]),
      "seen": .optionalIntegers(seen),
    ]
    try await withAccounts(engine) { database async throws in
      #expect(try await database.write { try $0.insert(batch, into: "accounts") } == 5)
      let rows = try await database.rows("SELECT id, name, note, key, seal, balance, seen FROM accounts ORDER BY id")
      #expect(rows.map { $0.values[0] } == [.min, -1, 0, 4_294_967_296, .max].map(SQLValue.integer))
      #expect(rows.map { $0.values[1] } == texts.map(SQLValue.text))
      #expect(rows.map { $0.values[2] } == [.null, .text(""), .text(texts[4]), .null, .text("x")])
      #expect(rows.map { $0.values[3] } == blobs.map(SQLValue.blob))
      #expect(rows.map { $0.values[4] } == [.blob([1, 2]), .null, .blob([]), .blob(blobs[4]), .null])
      #expect(rows.map { $0.values[5] } == [0, 1, 2, 3, 4].map(SQLValue.integer))
      #expect(rows.map { $0.values[6] } == seen.map(\.sqlValue))
    }
  }

  @Test(arguments: Engine.available, [0, 1, 2, 8_192])
  func allRowsAreInserted(_ engine: Engine, _ count: Int) async throws {
    try await withAccounts(engine) { database async throws in
      #expect(try await database.write { try $0.insert(Self.batch(count), into: "accounts") } == count)
      let row = try await database.rows("SELECT COUNT(*), COALESCE(SUM(balance), 0) FROM accounts")[0]
      #expect(row.values == [.integer(Int64(count)), .integer(Int64(count * (count - 1) / 2))])
    }
  }

  @Test(
    arguments: Engine.available,
    [
      ("ON CONFLICT DO NOTHING", 6, 6), ("ON CONFLICT (id) DO NOTHING", 6, 6),
      ("ON CONFLICT (id) DO UPDATE SET balance = accounts.balance + excluded.balance", 10, 12),
      ("ON CONFLICT (id) DO UPDATE SET balance = excluded.balance WHERE excluded.balance > 2", 7, 6),
    ])
  func theSuffixSaysWhatAClashDoes(
    _ engine: Engine, _ clash: (suffix: String, changes: Int, sumOfFirst: Int64)
  ) async throws {
    try await withAccounts(engine) { database async throws in
      let changes = try await database.write { connection in
        try connection.insert(Self.batch(4), into: "accounts")
        return try connection.insert(Self.batch(10), into: "accounts", clash.suffix)
      }
      #expect(changes == clash.changes)
      #expect(
        try await database.rows("SELECT SUM(balance) FROM accounts WHERE id < 4")[0].get(0) == clash.sumOfFirst)
    }
  }

  @Test(arguments: Engine.available)
  func aRowThatIsRefusedRefusesAll(_ engine: Engine) async throws {
    let refused: [ColumnBatch] = [
      ["id": .integers([1, 1]), "name": .texts(["a", "b"]), "balance": .integers([0, 0])],
      ["id": .integers([1, 2]), "name": .texts(["a", "b"]), "balance": .integers([0, -1])],
      ["id": .integers([1, 2]), "name": .optionalTexts(["a", nil]), "balance": .integers([0, 0])],
    ]
    try await withAccounts(engine) { database async throws in
      for batch in refused {
        let error = await #expect(throws: DatabaseError.self) {
          try await database.write { _ = try? $0.insert(batch, into: "accounts") }
        }
        guard case .constraint = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
      }
      #expect(try await database.rows("SELECT id FROM accounts").isEmpty)
    }
  }

  @Test(
    arguments: Engine.available,
    [
      (["id": .integers([1]), "name": .texts(["NUL \u{0} inside"]), "balance": .integers([0])], ""),
      (["id": .texts(["no number"]), "name": .texts(["a"]), "balance": .integers([0])], ""),
      (["id": .integers([1]), "no_such_column": .texts(["a"])], ""),
      (Self.batch(1), "; DELETE FROM accounts"), (Self.batch(1), "ON CONFLICT (id) DO UPDATE SET balance = $4"),
    ] as [(ColumnBatch, String)])
  func mistakesAreStatementErrors(_ engine: Engine, _ mistake: (batch: ColumnBatch, suffix: String)) async throws {
    try await withAccounts(engine) { database async throws in
      let error = await #expect(throws: DatabaseError.self) {
        try await database.write { _ = try $0.insert(mistake.batch, into: "accounts", mistake.suffix) }
      }
      guard case .statement = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      // The statement is not left in pieces.
      #expect(try await database.write { try $0.insert(Self.batch(1), into: "accounts") } == 1)
    }
  }

  // MARK: - Looking up

  @Test(
    arguments: Engine.available,
    [
      ("id", .integers([7, 3, 99, 3, 0]), [0, 3, 7]), ("id", .integers([]), []), ("id", .integers([3, 7]), [3, 7]),
      ("id", .optionalIntegers([nil, 5, nil]), [5]), ("name", .texts(["n9", "n10", "no", "n9"]), [10, 9]),
      ("name", .optionalTexts([nil, "n1", ""]), [1]), ("key", .blobs([[8], [2, 0], [2], [], [2]]), [2, 8]),
      ("key", .optionalBlobs([nil, [4]]), [4]),
    ] as [(String, SQLColumn, [Int64])])
  func rowsAreFoundOnceAndInOrder(
    _ engine: Engine, _ lookUp: (column: String, values: SQLColumn, found: [Int64])
  ) async throws {
    try await withAccounts(engine) { database async throws in
      try await database.write { connection in
        try connection.insert(Self.batch(20), into: "accounts")
        for id in 0..<10 {
          try connection.execute("UPDATE accounts SET key = $1 WHERE id = $2", [[UInt8(id)], id])
        }
      }
      for locking in [false, true] {
        let found = try await database.write { connection in
          try connection.select(
            "id", from: "accounts", where: lookUp.column, isIn: lookUp.values, locking: locking
          ).map { try $0.get(0, as: Int64.self) }
        }
        #expect(found == lookUp.found)
      }
    }
  }

  /// Texts that Swift holds to be equal and a database does not.
  @Test(arguments: Engine.available)
  func textsAreComparedByTheirBytes(_ engine: Engine) async throws {
    let names = ["\u{E9}", "e\u{301}"]
    try await withAccounts(engine) { database async throws in
      let found = try await database.write { connection in
        try connection.insert(
          ["id": .integers([1, 2]), "name": .texts(names), "balance": .integers([0, 0])], into: "accounts")
        return try connection.select("id", from: "accounts", where: "name", isIn: .texts(names))
      }
      #expect(found == [Row([.integer(2)]), Row([.integer(1)])])
    }
  }

  @Test(arguments: Engine.available)
  func allRowsOfAValueAreFound(_ engine: Engine) async throws {
    let accounts = (0..<9_000).map { Int64($0 % 3_000) }
    try await withAccounts(engine) { database async throws in
      let sum = try await database.write { connection in
        try connection.insert(
          ["account": .integers(accounts), "amount": .integers(accounts.map { $0 * 2 })], into: "entries")
        return try connection.select("account, amount", from: "entries", where: "account", isIn: .integers(accounts))
          .reduce(0) { try $0 + $1.get(1, as: Int.self) }
      }
      #expect(sum == 3 * 2_999 * 3_000)
    }
  }

  @Test(arguments: Engine.available)
  func lockedRowsWaitForEachOther(_ engine: Engine) async throws {
    try await engine.withDatabases(count: 2, schemas: [Self.accounts]) { databases in
      try await databases[0].write { try $0.insert(Self.batch(20), into: "accounts") }
      try await withThrowingTaskGroup { group in
        for index in 0..<40 {
          group.addTask {
            // From both ends, which deadlocks unless rows are locked in their own order.
            let ids = (0..<Int64(20)).sorted { index % 2 == 0 ? $0 < $1 : $0 > $1 }
            try await databases[index % 2].write { connection in
              let rows = try connection.select(
                "id, name, balance", from: "accounts", where: "id", isIn: .integers(ids), locking: true)
              try connection.insert(
                [
                  "id": .integers(try rows.map { try $0.get(0) }), "name": .texts(try rows.map { try $0.get(1) }),
                  "balance": .integers(try rows.map { try $0.get(2) + 1 }),
                ], into: "accounts", "ON CONFLICT (id) DO UPDATE SET balance = excluded.balance")
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await databases[0].rows("SELECT SUM(balance - id) FROM accounts")[0].get(0) == 40 * 20)
    }
  }

  // MARK: - Reading on and on

  @Test(arguments: Engine.available, [0, 1, 1_999, 2_000, 2_001, 8_192])
  func eachRowIsReadOnce(_ engine: Engine, _ count: Int) async throws {
    try await withAccounts(engine) { database async throws in
      try await database.write { try $0.insert(Self.batch(count), into: "accounts") }
      let ids = try await database.read { connection in
        var ids: [Int] = []
        try connection.forEach("SELECT id, name FROM accounts WHERE id >= $1 ORDER BY id", [0]) { row in
          ids.append(Int(try row.integer(0)))
        }
        return ids
      }
      #expect(ids == Array(0..<count))
    }
  }

  @Test(arguments: Engine.available)
  func aRowIsReadWhereItLies(_ engine: Engine) async throws {
    let text = "ünï — 漢字 🦀"
    let batch: ColumnBatch = [
      "id": .integers([.min, 1, .max]), "name": .texts([text, "", "x"]), "balance": .integers([0, 1, 2]),
      "key": .optionalBlobs([[0, 255], [], nil]), "note": .optionalTexts([nil, "", text]),
    ]
    try await withAccounts(engine) { database async throws in
      let rows = try await database.write { connection in
        try connection.insert(batch, into: "accounts")
        var rows: [[SQLValue]] = []
        try connection.forEach("SELECT id, name, key, note, COUNT(*) OVER () FROM accounts ORDER BY id") { row in
          rows.append([
            .integer(try row.integer(0)), .text(try row.string(1)),
            row.isNull(2) ? .null : .blob(Array(try row.bytes(2))), row.isNull(3) ? .null : .text(try row.string(3)),
            try row.optionalInteger(4).sqlValue,
          ])
        }
        return rows
      }
      #expect(
        rows == [
          [.integer(.min), .text(text), .blob([0, 255]), .null, .integer(3)],
          [.integer(1), .text(""), .blob([]), .text(""), .integer(3)],
          [.integer(.max), .text("x"), .null, .text(text), .integer(3)],
        ])
    }
  }

  struct WrongReading: Sendable, CustomStringConvertible {
    let description: String
    let read: @Sendable (any RowCursor) throws -> Void
  }

  @Test(
    arguments: Engine.available,
    [
      WrongReading(description: "column 0 is no String") { _ = try $0.text(0) },
      WrongReading(description: "column 0 is no Array<UInt8>") { _ = try $0.bytes(0) },
      WrongReading(description: "column 1 is no Int64") { _ = try $0.integer(1) },
      WrongReading(description: "column 1 is no Array<UInt8>") { _ = try $0.bytes(1) },
      WrongReading(description: "column 2 is no String") { _ = try $0.text(2) },
      WrongReading(description: "column 3 is no Int64") { _ = try $0.integer(3) },
      WrongReading(description: "column 4 is no String") { _ = try $0.string(4) },
    ])
  func aColumnOfAnotherTypeIsNotRead(_ engine: Engine, _ wrong: WrongReading) async throws {
    let batch: ColumnBatch = [
      "id": .integers([1]), "name": .texts(["1"]), "balance": .integers([1]), "key": .blobs([[1]]),
    ]
    try await withAccounts(engine) { database async throws in
      try await database.write { connection in
        try connection.insert(batch, into: "accounts")
        #expect(throws: DatabaseError.shape(wrong.description)) {
          try connection.forEach("SELECT id, name, key, note FROM accounts", wrong.read)
        }
        // What was read wrongly does not end the transaction.
        #expect(try connection.query("SELECT id FROM accounts").count == 1)
      }
    }
  }

  @Test(arguments: Engine.available)
  func theConnectionIsFreeWhileReading(_ engine: Engine) async throws {
    let sql = "SELECT id FROM accounts WHERE id < $1 ORDER BY id"
    try await withAccounts(engine) { database async throws in
      let pairs = try await database.write { connection in
        try connection.insert(Self.batch(3), into: "accounts")
        var pairs: [[Int64]] = []
        try connection.forEach(sql, [3]) { outer in
          try connection.forEach(sql, [2]) { inner in pairs.append([try outer.integer(0), try inner.integer(0)]) }
          try connection.execute("INSERT INTO entries (account, amount) VALUES ($1, 1)", [try outer.integer(0)])
          #expect(try connection.query(sql, [1]).count == 1)
        }
        return pairs
      }
      #expect(pairs == [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]])
      #expect(try await database.rows("SELECT COUNT(*) FROM entries")[0].get(0) == 3)
    }
  }

  @Test(arguments: Engine.available)
  func whatTheClosureThrowsEndsTheReadingAlone(_ engine: Engine) async throws {
    let sql = "SELECT id FROM accounts ORDER BY id"
    try await withAccounts(engine) { database async throws in
      let read = try await database.write { connection in
        try connection.insert(Self.batch(5_000), into: "accounts")
        var read = 0
        for _ in 0..<2 {
          #expect(throws: Abandoned.self) {
            try connection.forEach(sql) { row in
              read += 1
              if try row.integer(0) == 2 { throw Abandoned() }
            }
          }
        }
        try connection.forEach(sql) { _ in read += 1 }
        return read
      }
      #expect(read == 5_006)
    }
  }

  @Test(arguments: Engine.available)
  func aStatementThatFailsInTheClosureEndsTheTransaction(_ engine: Engine) async throws {
    try await withAccounts(engine) { database async throws in
      let error = await #expect(throws: DatabaseError.self) {
        try await database.write { connection in
          try connection.insert(Self.batch(3), into: "accounts")
          try connection.forEach("SELECT id FROM accounts") { _ in
            _ = try? connection.execute("SELECT no_such_column FROM accounts")
          }
        }
      }
      guard case .statement = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(try await database.rows("SELECT id FROM accounts").isEmpty)
    }
  }

  @Test(
    arguments: Engine.available,
    [
      "SELECT no_such_column FROM accounts", "", "SELECT 1; SELECT 2", "COMMIT", "SELECT $1 + 1",
      "INSERT INTO entries (account, amount) VALUES (1, 1) RETURNING account", "DELETE FROM entries",
    ])
  func onlyASelectIsRead(_ engine: Engine, _ sql: String) async throws {
    try await withAccounts(engine) { database async throws in
      let error = await #expect(throws: DatabaseError.self) {
        try await database.write { try $0.forEach(sql) { _ in } }
      }
      guard case .statement = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }
}
