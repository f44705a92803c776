import Core
import DatabaseTesting
import Loyalty
import Storage
import Testing

struct VerifyLedgerTests {
  @Test(arguments: Engine.available)
  func aLedgerThatNobodyTouchedIsWhole(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      #expect(try await VerifyLedger(fixture.database)().transactions == 0)
      try await fixture.fill()
      let proof = try await VerifyLedger(fixture.database)()
      #expect(proof.accounts == 3 && proof.customers == 3 && proof.transactions > 270)
      #expect(proof.owned + proof.books.filter { $0.key != .held }.values.reduce(0, +) == 0)
      for (name, count) in [("anna", 262), ("ben", 9), ("carl", 2)] as [(String, Int64)] {
        #expect(try await fixture.proved(name) == count)
      }
    }
  }

  /// Each column of the first row of each table, of one in the middle and of the last.
  @Test(arguments: Engine.available)
  func aColumnThatSomebodyChangedIsFound(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      try await fixture.fill()
      let tables = try await LedgerTables(of: fixture.database)
      for table in LedgerTables.all {
        for column in table.columns where !table.unproved.contains(column) {
          for row in tables.samples(table) {
            try await LedgerTables.change(column, of: row, in: table, fixture.database)
            await #expect(throws: LedgerBreak.self, "\(table.name).\(column) of \(row.values[0])") {
              try await VerifyLedger(fixture.database)()
            }
            try await tables.restore(fixture.database)
          }
        }
      }
      _ = try await VerifyLedger(fixture.database)()
    }
  }

  struct Tampering: Sendable, CustomStringConvertible {
    let description: String
    let statements: [String]
    /// Where it is found first.
    let table: String
  }

  static let tamperings = [
    Tampering(
      description: "the last transaction deleted",
      statements: [
        "DELETE FROM loyalty_transactions WHERE sequence = (SELECT MAX(sequence) FROM loyalty_transactions)"
      ],
      table: "loyalty_transactions"),
    Tampering(
      description: "one in the middle deleted", statements: ["DELETE FROM loyalty_transactions WHERE sequence = 100"],
      table: "loyalty_transactions"),
    Tampering(
      description: "all deleted", statements: ["DELETE FROM loyalty_transactions"], table: "loyalty_transactions"),
    Tampering(
      description: "two rows swapped",
      statements: [
        "UPDATE loyalty_transactions SET sequence = 0 WHERE sequence = 100",
        "UPDATE loyalty_transactions SET sequence = 100 WHERE sequence = 101",
        "UPDATE loyalty_transactions SET sequence = 101 WHERE sequence = 0",
      ], table: "loyalty_transactions"),
    Tampering(
      description: "a transaction before the first", statements: [copy(to: "0")], table: "loyalty_transactions"),
    Tampering(
      description: "a transaction far before the first", statements: [copy(to: "-5000000")],
      table: "loyalty_transactions"),
    Tampering(
      description: "a transaction after the last", statements: [copy(to: "(SELECT sequence + 1 FROM loyalty_head)")],
      table: "loyalty_journal"),
    Tampering(
      description: "a commit after the last",
      statements: [
        """
        INSERT INTO loyalty_journal (number, last_sequence, root, at)
          SELECT number + 1, last_sequence, root, at FROM loyalty_journal ORDER BY number DESC LIMIT 1
        """
      ], table: "loyalty_journal"),
    Tampering(
      description: "a commit deleted", statements: ["DELETE FROM loyalty_journal WHERE number = 3"],
      table: "loyalty_journal"),
    Tampering(
      description: "the last commit deleted",
      statements: ["DELETE FROM loyalty_journal WHERE number = (SELECT MAX(number) FROM loyalty_journal)"],
      table: "loyalty_journal"),
    Tampering(
      description: "the head put back",
      statements: ["UPDATE loyalty_head SET sequence = sequence - 1, journal = journal - 1"], table: "loyalty_head"),
    Tampering(
      description: "points moved between two customers",
      statements: [
        "UPDATE loyalty_accounts SET available = available + 10 WHERE id = 1000",
        "UPDATE loyalty_accounts SET available = available - 10 WHERE id = 1001",
      ], table: "loyalty_accounts"),
    Tampering(
      description: "two customers swapped",
      statements: ["UPDATE loyalty_customers SET account = 2001 - account WHERE account IN (1000, 1001)"],
      table: "loyalty_customers"),
    Tampering(
      description: "two customers and the tags of their accounts swapped",
      statements: [
        "UPDATE loyalty_customers SET account = 2001 - account WHERE account IN (1000, 1001)",
        """
        UPDATE loyalty_accounts SET tag = (SELECT SUM(tag) FROM loyalty_accounts WHERE id IN (1000, 1001)) - tag
          WHERE id IN (1000, 1001)
        """,
      ], table: "loyalty_customers"),
    Tampering(
      description: "an account deleted", statements: ["DELETE FROM loyalty_accounts WHERE id = 1001"],
      table: "loyalty_accounts"),
    Tampering(
      description: "the last account deleted", statements: ["DELETE FROM loyalty_accounts WHERE id = 1002"],
      table: "loyalty_accounts"),
    Tampering(
      description: "an account made", statements: [account(1_003)], table: "loyalty_accounts"),
    Tampering(
      description: "an account before the first", statements: [account(-7)], table: "loyalty_accounts"),
    Tampering(
      description: "books changed so that their sum is still zero",
      statements: [
        "UPDATE loyalty_books SET balance = balance + 10 WHERE account = 3",
        "UPDATE loyalty_books SET balance = balance - 10 WHERE account = 4",
      ], table: "loyalty_books"),
    Tampering(
      description: "a book too many", statements: ["INSERT INTO loyalty_books (account, balance) VALUES (6, 0)"],
      table: "loyalty_books"),
    Tampering(
      description: "a milestone deleted", statements: ["DELETE FROM loyalty_milestones"], table: "loyalty_milestones"),
    Tampering(
      description: "a milestone too many",
      statements: ["INSERT INTO loyalty_milestones (account, number, sequence, at) VALUES (1001, 256, 5, 5)"],
      table: "loyalty_milestones"),
    Tampering(
      description: "the key of a reversal forgotten",
      statements: ["DELETE FROM loyalty_processed_events WHERE key LIKE 'reversal/%'"],
      table: "loyalty_processed_events"),
    Tampering(
      description: "a key that leads to another's transaction",
      statements: ["UPDATE loyalty_processed_events SET sequence = 5, last_sequence = 5 WHERE key = 'c/2'"],
      table: "loyalty_processed_events"),
    Tampering(
      description: "a refusal turned into a transaction",
      statements: ["UPDATE loyalty_processed_events SET outcome = 'member' WHERE key = 'c/7'"],
      table: "loyalty_processed_events"),
  ]

  private static func copy(to sequence: String) -> String {
    """
    INSERT INTO loyalty_transactions (sequence, account, number, type, points, source, target, at, available, held,
        previous, key, detail, hash)
      SELECT \(sequence), account, number, type, points, source, target, at, available, held, previous, key, detail, hash
      FROM loyalty_transactions WHERE sequence = 1
    """
  }

  private static func account(_ id: Int64) -> String {
    """
    INSERT INTO loyalty_accounts (id, tag, status, tier, available, held, balance_version, last_sequence, head, state,
        created_at)
      SELECT \(id), tag, status, tier, available, held, balance_version, last_sequence, head, state, created_at
      FROM loyalty_accounts WHERE id = 1000
    """
  }

  @Test(arguments: Engine.available)
  func whatSomebodyDidBehindTheLedgersBackIsFound(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      try await fixture.fill()
      let tables = try await LedgerTables(of: fixture.database)
      for tampering in Self.tamperings {
        try await fixture.database.write { connection in
          for statement in tampering.statements { try connection.execute(statement) }
        }
        let found = await #expect(throws: LedgerBreak.self, "\(tampering)") {
          try await VerifyLedger(fixture.database)()
        }
        #expect(found?.table == tampering.table, "\(tampering): \(found?.description ?? "")")
        try await tables.restore(fixture.database)
      }
    }
  }

  @Test(arguments: Engine.available)
  func aTailThatWasCutOffIsFoundByACheckpoint(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      try await fixture.fill()
      let proof = try await VerifyLedger(fixture.database)()
      let before = try await LedgerTables(of: fixture.database)
      let checkpoint = LedgerCheckpoint(
        sequence: proof.transactions, journal: proof.commits, root: proof.root, at: proof.at, programme: "test")
      try await fixture.post(.accrue(points: 1, expiresAt: nil))
      let later = try await VerifyLedger(fixture.database)(against: [checkpoint])
      let next = LedgerCheckpoint(
        sequence: later.transactions, journal: later.commits, root: later.root, at: later.at, programme: "test")
      // As from a back-up: whole in itself.
      try await before.restore(fixture.database)
      _ = try await VerifyLedger(fixture.database)(against: [checkpoint])
      let found = await #expect(throws: LedgerBreak.self) { try await VerifyLedger(fixture.database)(against: [next]) }
      #expect(found?.what == "the end")
      // Another history since, as whole in itself.
      try await LedgerFixture(fixture.database, time: fixture.time).post(.accrue(points: 2, expiresAt: nil))
      _ = try await VerifyLedger(fixture.database)()
      let other = await #expect(throws: LedgerBreak.self) { try await VerifyLedger(fixture.database)(against: [next]) }
      #expect(other?.what == "root")
    }
  }

  @Test(arguments: Engine.available)
  func oneAccountAloneIsProvedAsWell(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      try await fixture.fill()
      try await fixture.database.write {
        try $0.execute("UPDATE loyalty_transactions SET points = points + 1 WHERE sequence = 50")
      }
      await #expect(throws: LedgerBreak.self) { try await fixture.proved("anna") }
      #expect(try await fixture.proved("ben") == 9)
    }
  }

  /// The proof reads while others post.
  @Test(arguments: Engine.available)
  func aLedgerIsProvedWhileOthersPost(_ engine: Engine) async throws {
    try await engine.withDatabases(count: 2, schemas: [LoyaltySchema.schema]) { databases in
      let fixture = LedgerFixture(databases[0])
      try await fixture.fill()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<4 {
          group.addTask {
            for round in 0..<50 {
              try await fixture.post(
                .accrue(points: 1, expiresAt: nil), "c\(index) \(round % 20)", key: "w/\(index)/\(round)")
            }
          }
        }
        group.addTask { for _ in 0..<10 { _ = try await VerifyLedger(databases[1])() } }
        try await group.waitForAll()
      }
      #expect(try await VerifyLedger(databases[1])().accounts == 83)
    }
  }
}
