import Core
import DatabaseTesting
import Foundation
import Loyalty
import Storage
import Synchronization
import Testing

struct ImportLedgerTests {
  private static func importing(
    _ text: String, as name: String = "points.csv", _ fixture: LedgerFixture,
    options: ImportLedger.Options = ImportLedger.Options()
  ) async throws -> (ImportLedger.Report, [ImportFault]) {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = folder.path + "/" + name
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let faults = Mutex<[ImportFault]>([])
    let report = try await ImportLedger(
      fixture.ledger, keys: LedgerFixture.keys, folder: folder.path, options: options)(
        path, faults: { fault in faults.withLock { $0.append(fault) } })
    return (report, faults.withLock { $0 })
  }

  private static func account(_ id: String, _ fixture: LedgerFixture) async throws -> LedgerAccount? {
    try await fixture.ledger.transact { try $0.account(for: LedgerFixture.customer(id)) }
  }

  private static let csv = """
    customer_id,points,type,expires_at,reason,reference,occurred_at
    u-1,500,,2030-01-01T00:00:00Z,,,
    u-2,300,accrual,,"said ""so"", twice",old-7,2026-11-01\r
    u-1,200,,2030-01-01T00:00:00Z,,,

    u-1,100,redemption,,spent before,,
    u-3,-5,adjustment,,,,
    u-4,much,,,,,
    u-4,7,,never,,,
    ,7,,,,,
    u-4,7
    u-2,-20,adjustment,,,,
    """

  @Test(arguments: Engine.available)
  func eachLineIsATransaction(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      let (report, faults) = try await Self.importing(Self.csv, fixture)
      #expect(report.applied == 5 && report.points == 880)
      #expect(faults.map(\.line).sorted() == [7, 8, 9, 10, 11])
      #expect(Set(faults.map(\.code)) == ["insufficient_points", "points", "expires_at", "customer_id", "line"])
      let first = try await Self.account("u-1", fixture)
      #expect(first?.available == 600 && first?.version == 3 && first?.lots.count == 1)
      // What is no day of counts for no tier.
      #expect(first?.earned == [])
      let second = try await Self.account("u-2", fixture)
      #expect(second?.available == 280 && second?.earned.map(\.points) == [300])
      let third = try await Self.account("u-3", fixture)
      #expect(third == nil)
      let proof = try await VerifyLedger(fixture.database)()
      #expect(proof.transactions == 5 && proof.keys == 0)
    }
  }

  /// What a line of `customer_id,points,type,reason` comes to: points, or the fault.
  static let lines: [(line: String, points: Int64?, fault: String?)] = [
    ("u,5,,", 5, nil), ("u,+5,,", 5, nil), ("u,-5,,", nil, "points"), ("u,005,,", 5, nil), ("u,0,,", nil, "points"),
    ("u,,,", nil, "points"), ("u,+,,", nil, "points"), ("u, 5,,", nil, "points"), ("u,5.0,,", nil, "points"),
    ("u,٣,,", nil, "points"), ("u,9007199254740992,,", 9_007_199_254_740_992, nil),
    ("u,9007199254740993,,", nil, "points"), ("u,-9223372036854775808,adjustment,", nil, "points"),
    ("u,9223372036854775808,,", nil, "points"), ("u,99999999999999999999999,,", nil, "points"),
    ("u,5,accrual,", 5, nil), ("u,5,accruals,", nil, "type"), ("u,5,Accrual,", nil, "type"),
    ("u,-5,accrual,", nil, "points"), ("u,-5,redemption,", nil, "points"),
    ("u,5,redemption,", nil, "insufficient_points"),
    ("u,5,adjustment,", 5, nil), ("\"u\",\"5\",,\"a \"\"b\"\", c\"", 5, nil), ("u,5,,\"open", nil, "line"),
    ("u,5,,\"a\"b", nil, "line"), ("u,5,,a\"b", nil, "line"), ("u,5,", nil, "line"), ("u,5,,,", nil, "line"),
    ("u,5,,ünï", 5, nil), ("u,5,,\u{0}", nil, "reason"), ("u,5,,\(String(repeating: "a", count: 200))", 5, nil),
    ("u,5,,\(String(repeating: "a", count: 201))", nil, "reason"),
    ("u,5,,\(String(repeating: "ü", count: 200))", 5, nil),
    ("u,5,,\(String(repeating: "ü", count: 201))", nil, "reason"),
    ("\(String(repeating: "u", count: 200)),5,,", 5, nil),
    ("\(String(repeating: "u", count: 201)),5,,", nil, "customer_id"),
    (",5,,", nil, "customer_id"), ("u,5,,\r", 5, nil), ("\r", nil, nil),
  ]

  @Test func aLineIsReadInOneWay() async throws {
    for (line, points, fault) in Self.lines {
      try await LedgerFixture.on(.sqlite) { fixture in
        let (report, faults) = try await Self.importing("customer_id,points,type,reason\n" + line, fixture)
        #expect(report.points == points ?? 0 && faults.map(\.code) == (fault.map { [$0] } ?? []), "\(line)")
        #expect(faults.allSatisfy { $0.line == 2 })
      }
    }
  }

  /// Blocks and parts end in the middle of lines, which are of any length; one is no UTF-8.
  @Test(arguments: [100_000, 1 << 24])
  func linesAreFoundWhereverBlocksEnd(_ partitionBytes: Int64) async throws {
    try await LedgerFixture.on(.sqlite) { fixture in
      let folder = try TemporaryFolder()
      defer { folder.remove() }
      var data = Data("points,reason,customer_id\n".utf8)
      for index in 0..<30 {
        data += Data("\(index + 1),\(String(repeating: "x", count: index.isMultiple(of: 3) ? 90_000 : 9)),u\n".utf8)
      }
      data += [UInt8(ascii: "5"), UInt8(ascii: ","), 0xFF, UInt8(ascii: ","), UInt8(ascii: "u")]
      try data.write(to: URL(fileURLWithPath: folder.path + "/points.csv"))
      let faults = Mutex<[ImportFault]>([])
      var options = ImportLedger.Options()
      options.partitionBytes = partitionBytes
      let report = try await ImportLedger(
        fixture.ledger, keys: LedgerFixture.keys, folder: folder.path, options: options)(
          folder.path + "/points.csv", faults: { fault in faults.withLock { $0.append(fault) } })
      #expect(report.lines == 31 && report.applied == 20)
      #expect(report.points == Int64((0..<30).filter { !$0.isMultiple(of: 3) }.map { $0 + 1 }.reduce(0, +)))
      let found = faults.withLock { $0 }
      #expect(found.map(\.line) == (0..<30).filter { $0.isMultiple(of: 3) }.map { $0 + 2 } + [32])
      #expect(found.last?.code == "line" && Set(found.dropLast().map(\.code)) == ["reason"])
    }
  }

  @Test(arguments: ["points.ndjson", "points.jsonl"])
  func objectsAreReadAsWell(_ name: String) async throws {
    try await LedgerFixture.on(.sqlite) { fixture in
      let handle = LedgerFixture.keys.hash("u-9").handle
      let (report, faults) = try await Self.importing(
        """
        {"customer_id": "u-1", "points": 10}
        {"customer_hash": "\(handle)", "points": "20", "reason": null}
        {"customer_id": "u-1", "points": 1.5}
        {"customer_id": "u-1", "points": 5, "colour": "red"}
        [1]
        """, as: name, fixture)
      #expect(report.applied == 2)
      #expect(faults.map(\.line) == [3, 4, 5])
      let ninth = try await Self.account("u-9", fixture)
      #expect(ninth?.available == 20)
    }
  }

  @Test(arguments: Engine.available)
  func theSameFileIsAppliedOnce(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      let first = try await Self.importing(Self.csv, fixture).0
      let again = try await Self.importing(Self.csv, as: "other.csv", fixture)
      #expect(again.0.applied == first.applied && again.0.earlier == first.applied && again.1.isEmpty)
      #expect(try await VerifyLedger(fixture.database)().transactions == 5)
      let other = try await Self.importing(Self.csv + "\n", fixture).0
      #expect(other.earlier == 0)
    }
  }

  /// By the hash of the customer, and the lines of one as they stand in the file, however many partitions there are and
  /// wherever a commit ends.
  @Test(arguments: [1, 100, 1 << 24], [3, 32_768])
  func customersAreAppliedInOrder(_ partitionBytes: Int64, _ group: Int) async throws {
    try await LedgerFixture.on(.sqlite) { fixture in
      let lines = (0..<500).map { "u-\($0 * 7_919 % 150),\($0 + 1)" }
      var options = ImportLedger.Options()
      (options.partitionBytes, options.group) = (partitionBytes, group)
      let (report, _) = try await Self.importing(
        (["customer_id,points"] + lines).joined(separator: "\n"), fixture, options: options)
      #expect(report.applied == 500)
      let rows = try await fixture.database.rows(
        """
        SELECT c.customer, t.points, t.account FROM loyalty_transactions t
          JOIN loyalty_customers c ON c.account = t.account ORDER BY t.sequence
        """)
      let all = try rows.map { row in (try row.get(0, as: [UInt8].self), try row.get(1, as: Int64.self)) }
      #expect(Set(all.map(\.1)) == Set(1...500))
      for (one, next) in zip(all, all.dropFirst()) {
        #expect(one.0 == next.0 ? one.1 < next.1 : one.0.lexicographicallyPrecedes(next.0))
      }
      // Accounts are numbered in the order in which they come, and each is one.
      #expect(try Set(rows.map { try $0.get(2, as: Int64.self) }) == Set(1_000..<1_150))
      let proof = try await VerifyLedger(fixture.database)()
      #expect(proof.transactions == 500)
    }
  }

  /// A hash may be anything that looks like one: these begin alike, and some are the same under another key.
  @Test func hashesThatBeginAlikeAreKeptApart() async throws {
    try await LedgerFixture.on(.sqlite) { fixture in
      let hashes = (0..<6).map { index in
        "cus_\(1 + index % 2)_" + String(repeating: "a", count: 62) + (index < 4 ? "0" : "1") + "\(index / 2)"
      }
      let lines = (0..<60).map { "\(hashes[$0 * 7 % 6]),\($0 + 1)" }
      let (report, _) = try await Self.importing(
        (["customer_hash,points"] + lines).joined(separator: "\n"), fixture)
      #expect(report.applied == 60)
      #expect(try await VerifyLedger(fixture.database)().accounts == 6)
    }
  }

  /// The customers of a file may be those of the ledger: in memory, with a row alone, and under an older key.
  @Test(arguments: Engine.available)
  func customersOfTheLedgerKeepTheirAccounts(_ engine: Engine) async throws {
    try await LedgerFixture.on(engine) { fixture in
      for id in ["u-1", "u-2", "u-3"] { try await fixture.post(.accrue(points: 10, expiresAt: nil), id) }
      let process = LedgerFixture(fixture.database, time: fixture.time, seed: 7)
      _ = try await Self.account("u-2", process)
      let text = "customer_id,points,type\nu-1,5,\nu-2,3,redemption\nu-4,9,\nu-2,100,redemption\nu-4,4,redemption"
      let (report, faults) = try await Self.importing(text, process)
      #expect(report.applied == 4 && report.refused == 1 && faults.map(\.line) == [5])
      var balances: [Int64?] = []
      for id in ["u-1", "u-2", "u-3", "u-4"] { balances.append(try await Self.account(id, process)?.available) }
      #expect(balances == [15, 7, 10, 5])
      let proof = try await VerifyLedger(fixture.database)()
      #expect(proof.accounts == 4 && proof.transactions == 7)
    }
  }

  /// Whose first line is known under the newer hash alone, and whose next by the older.
  @Test func aCustomerWhoComesUnderTwoHashesIsOneAccount() async throws {
    try await LedgerFixture.on(.sqlite) { fixture in
      let old = CustomerKeys.Key(version: 1, bytes: Redacted([UInt8](repeating: 1, count: 32)))
      let new = CustomerKeys.Key(version: 2, bytes: Redacted([UInt8](repeating: 2, count: 32)))
      let (before, now) = (CustomerKeys([old], programme: "p"), CustomerKeys([old, new], programme: "p"))
      // The order of hashes says which comes first: of many customers, it is either.
      let ids = (0..<20).map { "u-\($0)" }
      let lines = ids.map { "\(before.hash($0).handle),,1" } + ids.map { ",\($0),2" }
      let folder = try TemporaryFolder()
      defer { folder.remove() }
      let path = folder.path + "/points.csv"
      try Data((["customer_hash,customer_id,points"] + lines).joined(separator: "\n").utf8).write(
        to: URL(fileURLWithPath: path))
      let report = try await ImportLedger(fixture.ledger, keys: now, folder: folder.path)(path)
      #expect(report.applied == 40)
      for id in ids {
        let account = try await fixture.ledger.transact { try $0.account(for: now.customer(id)) }
        let isFirst = before.hash(id).bytes < now.hash(id).bytes
        #expect(account?.available == (isFirst ? 3 : 2), "\(id)")
      }
      _ = try await VerifyLedger(fixture.database)()
    }
  }

  /// An account that is made and asked for again in one commit goes with it, and its number is given to another.
  @Test func whatACommitHasMadeGoesWithIt() async throws {
    try await LedgerFixture.on(.sqlite) { fixture async throws in
      let old = CustomerKeys.Key(version: 1, bytes: Redacted([UInt8](repeating: 1, count: 32)))
      let new = CustomerKeys.Key(version: 2, bytes: Redacted([UInt8](repeating: 2, count: 32)))
      let (before, now) = (CustomerKeys([old], programme: "p"), CustomerKeys([old, new], programme: "p"))
      let id = try #require((0..<50).map { "u-\($0)" }.first { before.hash($0).bytes < now.hash($0).bytes })
      let folder = try TemporaryFolder()
      defer { folder.remove() }
      let path = folder.path + "/points.csv"
      let lines = [
        "customer_hash,customer_id,points,type", "\(before.hash(id).handle),,1,", ",\(id),2,", ",\(id),9,redemption",
      ]
      try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
      var options = ImportLedger.Options()
      options.stopsAtFault = true
      let stopping = ImportLedger(fixture.ledger, keys: now, folder: folder.path, options: options)
      await #expect(throws: ImportLedger.Failure.self) { try await stopping(path) }
      let other = try await fixture.post(.accrue(points: 5, expiresAt: nil), "somebody")
      #expect(other.account.number == 1_000)
      for customer in [now.customer(id), before.customer(id)] {
        let account = try await fixture.ledger.transact { try $0.account(for: customer) }
        #expect(account == nil)
      }
      let report = try await ImportLedger(fixture.ledger, keys: now, folder: folder.path)(path)
      #expect(report.applied == 2 && report.refused == 1)
      #expect(try await VerifyLedger(fixture.database)().accounts == 2)
    }
  }

  /// Ends after each group in turn, with a new process every time, until all is done.
  @Test(arguments: Engine.available, [1, 3, 50])
  func whatEndedHalfWayGoesOnWhereItWas(_ engine: Engine, _ group: Int) async throws {
    try await LedgerFixture.on(engine) { fixture in
      let lines = (0..<40).map { "u-\($0 % 7),\($0 + 1)" + ($0 == 20 ? "x" : "") }
      let text = (["customer_id,points"] + lines).joined(separator: "\n")
      let folder = try TemporaryFolder()
      defer { folder.remove() }
      let path = folder.path + "/points.csv"
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      var options = ImportLedger.Options()
      (options.group, options.partitionBytes) = (group, 50)
      var runs = 0
      while runs < 100 {
        runs += 1
        let process = LedgerFixture(FailingAfterOne(fixture.database), time: fixture.time, seed: UInt64(runs))
        do {
          let report = try await ImportLedger(
            process.ledger, keys: LedgerFixture.keys, folder: folder.path, options: options)(path)
          #expect(report.applied == 39 && report.refused == 1 && report.lines == 40)
          break
        } catch DatabaseError.unavailable {}
      }
      #expect(runs > 1 && runs < 100)
      let proof = try await VerifyLedger(fixture.database)()
      let points = (1...40).reduce(0, +) - 21
      #expect(proof.transactions == 39 && proof.owned == Int64(points))
    }
  }

  /// What cannot be kept for want of room, or of rights, is said before anything is applied.
  @Test func aFolderThatTakesNothingIsNamed() async throws {
    try await LedgerFixture.on(.sqlite) { fixture in
      let folder = try TemporaryFolder()
      defer { folder.remove() }
      let path = folder.path + "/points.csv"
      try Data(Self.csv.utf8).write(to: URL(fileURLWithPath: path))
      let missing = folder.path + "/none"
      await #expect(throws: ImportLedger.Failure.spool(folder: missing, "No such file or directory")) {
        try await ImportLedger(fixture.ledger, keys: LedgerFixture.keys, folder: missing)(path)
      }
      #expect(try await VerifyLedger(fixture.database)().transactions == 0)
    }
  }

  /// Another Ringback has begun it, in the order of another time: which lines are done is not known by rows.
  @Test func anImportOfAnEarlierOrderIsNotGoneOnWith() async throws {
    try await LedgerFixture.on(.sqlite) { fixture in
      _ = try await Self.importing(Self.csv, fixture)
      try await fixture.database.write {
        _ = try $0.execute("UPDATE loyalty_imports SET finished_at = NULL, partitions = 0")
      }
      await #expect(throws: ImportLedger.Failure.begunOtherwise) { try await Self.importing(Self.csv, fixture) }
    }
  }

  @Test func aTrialAppliesNothing() async throws {
    try await LedgerFixture.on(.sqlite) { fixture in
      var options = ImportLedger.Options()
      options.isTrial = true
      let (report, faults) = try await Self.importing(Self.csv, fixture, options: options)
      #expect(report.applied == 6 && faults.count == 4)
      #expect(try await VerifyLedger(fixture.database)().transactions == 0)
    }
  }

  @Test func theFirstFaultEndsItWhereThatIsAsked() async throws {
    var options = ImportLedger.Options()
    options.stopsAtFault = true
    try await LedgerFixture.on(.sqlite) { [options] fixture in
      let error = await #expect(throws: ImportLedger.Failure.self) {
        try await Self.importing(Self.csv, fixture, options: options)
      }
      guard case .fault(let fault, applied: 0) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(fault.line == 8 && fault.code == "points")
      let proof = try await VerifyLedger(fixture.database)()
      #expect(proof.transactions == 0)
    }
  }

  /// What the ledger refuses ends it by groups: what went before is applied, and said.
  @Test func aRefusalEndsItWhereThatIsAsked() async throws {
    var options = ImportLedger.Options()
    (options.stopsAtFault, options.group) = (true, 1)
    try await LedgerFixture.on(.sqlite) { [options] fixture in
      let lines = (0..<20).map { "u-\($0),5," } + ["u-7,100,redemption"]
      let text = (["customer_id,points,type"] + lines).joined(separator: "\n")
      let error = await #expect(throws: ImportLedger.Failure.self) {
        try await Self.importing(text, fixture, options: options)
      }
      let proof = try await VerifyLedger(fixture.database)()
      guard case .fault(let fault, let applied) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(fault.line == 22 && fault.code == "insufficient_points")
      #expect(applied > 0 && Int64(proof.transactions) == applied)
      // Without it, it goes on.
      let (report, faults) = try await Self.importing(text, fixture)
      #expect(report.applied == 20 && report.refused == 1 && report.earlier == applied && faults.map(\.line) == [22])
    }
  }

  @Test(arguments: [
    "", "customer_id\nu-1", "points\n5", "customer_id,points,colour\nu-1,5,red", "customer_id,points,points\nu-1,5,5",
    "\"customer_id,points\nu-1,5",
  ])
  func aFileWithoutTheColumnsIsRefused(_ text: String) async throws {
    try await LedgerFixture.on(.sqlite) { fixture in
      await #expect(throws: ImportLedger.Failure.self) { try await Self.importing(text, fixture) }
    }
  }
}

/// A database whose second writing fails, as when the process ends there.
private final class FailingAfterOne: Database {
  private let database: any Database
  private let left = Mutex(1)

  init(_ database: any Database) {
    self.database = database
  }

  func read<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Result
  ) async throws -> Result { try await database.read(body) }

  func write<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Result
  ) async throws -> Result {
    let isAllowed = left.withLock { left in
      defer { left -= 1 }
      return left > 0
    }
    guard isAllowed else { throw DatabaseError.unavailable("the process has ended") }
    return try await database.write(body)
  }

  func close() async {}
}
