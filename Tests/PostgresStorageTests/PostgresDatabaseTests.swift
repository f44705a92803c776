import Core
import DatabaseTesting
import Foundation
import PostgresStorage
import Storage
import Synchronization
import Testing

@Suite(.enabled(if: Engine.available.contains(.postgres), "PostgreSQL is not installed")) struct PostgresDatabaseTests {
  private func open(
    _ server: PostgresServer, _ name: String, configure: (inout PostgresDatabase.Options) -> Void = { _ in }
  ) throws -> PostgresDatabase {
    var options = PostgresDatabase.Options()
    options.connections = 4
    configure(&options)
    return try PostgresDatabase(conninfo: server.conninfo(database: name), options: options)
  }

  private func isUnavailable(_ error: DatabaseError?) -> Bool {
    if case .unavailable = error { true } else { false }
  }

  /// The same object all along: no restart of ours is needed.
  @Test func aServerThatWasKilledComesBack() async throws {
    let server = try await blocking { try PostgresServer() }
    defer { server.stop() }
    let database = try open(server, "postgres")
    try await database.write { try $0.execute("CREATE TABLE t (id BIGINT PRIMARY KEY)") }
    // Several connections, so that several are stale afterwards.
    try await withThrowingTaskGroup { group in
      for _ in 0..<8 { group.addTask { try await database.read { _ = try $0.query("SELECT pg_sleep(0.05) IS NULL") } } }
      try await group.waitForAll()
    }
    try await blocking { server.kill() }
    for _ in 0..<10 {
      let error = await #expect(throws: DatabaseError.self) {
        try await database.write { try $0.execute("INSERT INTO t (id) VALUES (1)") }
      }
      #expect(isUnavailable(error))
    }
    try await blocking { try server.start() }
    #expect(try await isWritten(2, to: database))
    #expect(try await database.rows("SELECT id FROM t") == [Row([.integer(2)])])

    // A restart in between calls costs nobody an error: the closure runs again on a new connection.
    try await blocking { server.kill() }
    try await blocking { try server.start() }
    try await database.write { try $0.execute("INSERT INTO t (id) VALUES (3)") }
    try await blocking { server.kill() }
    try await blocking { try server.start() }
    try await database.write { try $0.enqueue("INSERT INTO t (id) VALUES (4)", []) }
    #expect(try await database.rows("SELECT COUNT(*) FROM t")[0].get(0) == 3)
    await database.close()
  }

  /// Tries again until the server is back.
  private func isWritten(_ id: Int, to database: PostgresDatabase) async throws -> Bool {
    let deadline = SystemTime().uptime + .seconds(20)
    while SystemTime().uptime < deadline {
      if (try? await database.write { try $0.execute("INSERT INTO t (id) VALUES ($1)", [id]) }) != nil { return true }
      try await Task.sleep(for: .milliseconds(20))
    }
    return false
  }

  /// The server is killed when the change is visible and has not been waited for; it may be there afterwards or not.
  @Test func aCrashBeforeTheDiskIsSaidToTheWriter() async throws {
    let server = try await blocking { try PostgresServer() }
    defer { server.stop() }
    let database = try open(server, "postgres")
    try await database.write { try $0.execute("CREATE TABLE t (id BIGINT PRIMARY KEY)") }
    let error = await #expect(throws: DatabaseError.self) {
      try await database.write { connection in
        try connection.enqueue("INSERT INTO t (id) VALUES (1)", [])
        connection.onceVisible { server.kill() }
        connection.afterCommit { Issue.record("it is not known whether it was committed") }
      }
    }
    #expect(isUnavailable(error))
    try await blocking { try server.start() }
    #expect(try await isWritten(2, to: database))
    await database.close()
  }

  @Test func aDeadlockIsRunAgain() async throws {
    let server = try await blocking { try PostgresServer.shared.get() }
    let name = try await blocking { try server.makeDatabase() }
    let database = try open(server, name)
    try await database.write { connection in
      try connection.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)")
      try connection.execute("INSERT INTO t (id, n) VALUES (1, 0), (2, 0)")
    }
    let meet = Rendezvous()
    try await withThrowingTaskGroup { group in
      for (first, second) in [(1, 2), (2, 1)] {
        group.addTask {
          try await database.write { connection in
            try connection.execute("UPDATE t SET n = n + 1 WHERE id = $1", [first])
            meet.arriveAndWait()
            try connection.execute("UPDATE t SET n = n + 1 WHERE id = $1", [second])
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(meet.count == 3)
    #expect(try await database.rows("SELECT n FROM t") == [Row([.integer(2)]), Row([.integer(2)])])
    await database.close()
    try await blocking { try server.dropDatabase(name) }
  }

  @Test func aSlowStatementIsGivenUp() async throws {
    let server = try await blocking { try PostgresServer.shared.get() }
    let name = try await blocking { try server.makeDatabase() }
    let database = try open(server, name) { $0.statementTimeout = .milliseconds(200) }
    let error = await #expect(throws: DatabaseError.self) {
      _ = try await database.read { try $0.query("SELECT pg_sleep(30) IS NULL") }
    }
    #expect(isUnavailable(error))
    #expect(try await database.rows("SELECT 1") == [Row([.integer(1)])])
    await database.close()
    try await blocking { try server.dropDatabase(name) }
  }

  /// Tables changed by another instance while plans for them are kept here.
  @Test func aPlanThatNoLongerFitsIsMadeAgain() async throws {
    let server = try await blocking { try PostgresServer.shared.get() }
    let name = try await blocking { try server.makeDatabase() }
    let database = try open(server, name) { $0.connections = 1 }
    let other = try open(server, name)
    try await database.write { try $0.execute("CREATE TABLE t (id BIGINT PRIMARY KEY)") }
    _ = try await database.rows("SELECT * FROM t")
    try await other.write { try $0.execute("ALTER TABLE t ADD COLUMN note TEXT") }
    try await other.write { try $0.execute("INSERT INTO t (id, note) VALUES (1, 'a')") }
    #expect(try await database.rows("SELECT * FROM t") == [Row([.integer(1), .text("a")])])
    await other.close()
    await database.close()
    try await blocking { try server.dropDatabase(name) }
  }

  @Test func aServerThatIsNotThereIsSaidAtOnceAndWithoutThePassword() async throws {
    let asked = Mutex(0)
    let time = ManualTime()
    let database = try PostgresDatabase(
      conninfo: Redacted("host=/nonexistent user=test dbname=none"),
      password: {
        asked.withLock { $0 += 1 }
        return Redacted("s3cret")
      }, time: time, random: SeededRandom(seed: 1))
    for _ in 0..<5 {
      let error = await #expect(throws: DatabaseError.self) { try await database.write { _ in } }
      guard case .unavailable(let text) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(!text.contains("s3cret"))
      #expect(text.contains("/nonexistent"))
    }
    // Once; the others were refused without asking, until the pause is over.
    #expect(asked.withLock { $0 } == 1)
    time.advance(by: .milliseconds(100))
    await #expect(throws: DatabaseError.self) { try await database.write { _ in } }
    #expect(asked.withLock { $0 } == 2)
    await database.close()
  }
}

/// Two threads that go on together; later ones pass.
private final class Rendezvous: Sendable {
  private let arrived = Mutex(0)
  private let gate = DispatchSemaphore(value: 0)

  var count: Int { arrived.withLock { $0 } }

  func arriveAndWait() {
    let place = arrived.withLock { arrived in
      arrived += 1
      return arrived
    }
    if place == 1 { gate.wait() }
    if place == 2 { gate.signal() }
  }
}
