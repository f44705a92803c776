import CSQLite
import Core
import DatabaseTesting
import Foundation
import Storage
import Synchronization
import Testing

@testable import SQLiteStorage

@Suite struct SQLiteDatabaseTests {
  private func withFolder(_ body: (TemporaryFolder) async throws -> Void) async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    try await body(folder)
  }

  private static let table = "CREATE TABLE t (id BIGINT PRIMARY KEY, data BYTEA)"

  @Test func theFileIsItsOwnersAloneAndTheLogIsFoldedIn() async throws {
    try await withFolder { folder in
      let database = try SQLiteDatabase(at: folder.path)
      #expect(database.path == folder.path + "/ringback.sqlite")
      try await database.write { try $0.execute(Self.table) }
      for suffix in ["", "-wal", "-shm"] {
        var status = stat()
        #expect(stat(database.path + suffix, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600, "\(suffix)")
      }
      await database.close()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["ringback.sqlite"])
    }
  }

  /// Asked through the handle, as closures may not.
  @Test func theConnectionIsSetUp() async throws {
    try await withFolder { folder in
      let database = try SQLiteDatabase(at: folder.path)
      let handle = try SQLiteHandle(path: database.path, access: .writing, options: .init())
      let settings = [
        ("journal_mode", SQLValue.text("wal")), ("synchronous", .integer(2)), ("foreign_keys", .integer(1)),
        ("trusted_schema", .integer(0)), ("cell_size_check", .integer(1)), ("temp_store", .integer(2)),
      ]
      for (name, value) in settings {
        #expect(try handle.run("SELECT * FROM pragma_\(name)", []).rows == [Row([value])], "\(name)")
      }
      #expect(throws: DatabaseError.self) { try handle.run("DELETE FROM sqlite_master", []) }
      handle.close()
      await database.close()
    }
  }

  /// Twenty commits of some twenty pages each.
  @Test(arguments: [(40, 0..<100), (SQLiteDatabase.Options().logPages, 400..<1_000)])
  func theLogIsCopiedIntoTheFileWhenItIsThatLong(_ pages: Int, _ length: Range<Int>) async throws {
    try await withFolder { folder in
      var options = SQLiteDatabase.Options()
      options.logPages = pages
      let database = try SQLiteDatabase(at: folder.path, options: options)
      try await database.write { try $0.execute("CREATE TABLE parts (bytes BYTEA NOT NULL)") }
      for _ in 0..<20 {
        try await database.write {
          try $0.execute("INSERT INTO parts (bytes) VALUES ($1)", [[UInt8](repeating: 1, count: 20 * 4_096)])
        }
      }
      let log = try FileManager.default.attributesOfItem(atPath: database.path + "-wal")[.size] as? Int
      #expect(length.contains((log ?? 0) / 4_096))
      await database.close()
    }
  }

  @Test func closuresThatWaitAreCommittedTogether() async throws {
    try await withFolder { folder in
      let database = try SQLiteDatabase(at: folder.path)
      try await database.write { try $0.execute(Self.table) }
      let gate = DispatchSemaphore(value: 0)
      let (started, start) = AsyncStream.makeStream(of: Void.self)
      async let held: Void = database.write { _ in
        start.yield()
        gate.wait()
      }
      for await _ in started { break }
      let versions = try await withThrowingTaskGroup(of: Int64.self) { group in
        for id in 0..<200 {
          group.addTask {
            try await database.write { connection in
              try connection.execute("INSERT INTO t (id) VALUES ($1)", [id])
              return try connection.query("SELECT COUNT(*) FROM t")[0].get(0)
            }
          }
        }
        while database.waitingWrites < 200 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(try await database.read { try $0.query("SELECT COUNT(*) FROM t")[0].get(0) } == 0)
        gate.signal()
        return try await group.reduce(into: []) { $0.append($1) }
      }
      try await held
      #expect(versions.sorted() == Array(1...200))
      #expect(database.groupCount == 3)
      await database.close()
    }
  }

  /// Three groups in which some fail: the first is undone and runs again with savepoints, as those after it do.
  @Test func whatFailsInAGroupIsUndoneAlone() async throws {
    struct Refused: Error {}
    final class Hooks: Sendable { let count = Mutex(0) }
    try await withFolder { folder in
      let database = try SQLiteDatabase(at: folder.path)
      try await database.write { try $0.execute(Self.table) }
      let gate = DispatchSemaphore(value: 0)
      let (started, start) = AsyncStream.makeStream(of: Void.self)
      async let held: Void = database.write { _ in
        start.yield()
        gate.wait()
      }
      for await _ in started { break }
      let hooks = Hooks()
      let written = await withTaskGroup(of: Int.self) { group in
        for id in 0..<300 {
          group.addTask {
            let written: Void? = try? await database.write { connection in
              connection.afterCommit { hooks.count.withLock { $0 += 1 } }
              try connection.execute("INSERT INTO t (id) VALUES ($1)", [id])
              if id % 7 == 1 { throw Refused() }
              if id % 7 == 2 { _ = try? connection.execute("INSERT INTO t (id) VALUES ($1)", [id]) }
            }
            return written == nil ? 0 : 1
          }
        }
        while database.waitingWrites < 300 { try? await Task.sleep(for: .milliseconds(1)) }
        gate.signal()
        return await group.reduce(0, +)
      }
      try await held
      let ids: [Int] = try await database.read { try $0.query("SELECT id FROM t ORDER BY id").map { try $0.get(0) } }
      #expect(ids == (0..<300).filter { $0 % 7 != 1 && $0 % 7 != 2 })
      #expect(written == ids.count)
      #expect(hooks.count.withLock { $0 } == ids.count)
      await database.close()
    }
  }

  @Test func aFullQueueIsUnavailable() async throws {
    try await withFolder { folder in
      var options = SQLiteDatabase.Options()
      options.queueCapacity = 2
      let database = try SQLiteDatabase(at: folder.path, options: options)
      let gate = DispatchSemaphore(value: 0)
      let (started, start) = AsyncStream.makeStream(of: Void.self)
      async let first: Void = database.write { _ in
        start.yield()
        gate.wait()
      }
      for await _ in started { break }
      async let second: Void = database.write { _ in }
      async let third: Void = database.write { _ in }
      while database.waitingWrites < 2 { try await Task.sleep(for: .milliseconds(1)) }
      await #expect(throws: DatabaseError.queueIsFull) { try await database.write { _ in } }
      gate.signal()
      _ = try await (first, second, third)
      await database.close()
    }
  }

  @Test func aFullDiskIsSaidAndWritingGoesOnOnceThereIsRoom() async throws {
    try await withFolder { folder in
      var options = SQLiteDatabase.Options()
      options.maximumPages = 40
      let database = try SQLiteDatabase(at: folder.path, options: options)
      try await database.write { try $0.execute(Self.table) }
      try await database.write {
        try $0.execute("INSERT INTO t (id, data) VALUES (1, $1)", [[UInt8](repeating: 1, count: 100_000)])
      }
      for _ in 0..<3 {
        let error = await #expect(throws: DatabaseError.self) {
          try await database.write {
            try $0.execute("INSERT INTO t (id, data) VALUES (2, $1)", [[UInt8](repeating: 2, count: 200_000)])
          }
        }
        guard case .unavailable(let text) = error, text.contains("full") else {
          Issue.record("\(String(describing: error))")
          return
        }
      }
      try await database.write { try $0.execute("DELETE FROM t WHERE id = 1") }
      try await database.write { try $0.execute("INSERT INTO t (id) VALUES (3)") }
      #expect(try await database.rows("SELECT id FROM t") == [Row([.integer(3)])])
      await database.close()
    }
  }

  /// SQLite may end a transaction by itself then: what else is enqueued must not be written without it.
  @Test func aDiskThatFillsUnderEnqueuedRowsLeavesNoneOfThem() async throws {
    try await withFolder { folder in
      var options = SQLiteDatabase.Options()
      options.maximumPages = 40
      let database = try SQLiteDatabase(at: folder.path, options: options)
      try await database.write { try $0.execute(Self.table) }
      for _ in 0..<3 {
        await #expect(throws: DatabaseError.self) {
          try await database.write { connection in
            for batch in 0..<12 {
              let ids = Array(Int64(batch * 300)..<Int64(batch * 300 + 300))
              // Much, then little, for which there would be room alone.
              let size = batch == 0 ? 1_000 : 1
              try connection.enqueue(
                ["id": .integers(ids), "data": .blobs(ids.map { _ in [UInt8](repeating: 1, count: size) })], into: "t")
            }
          }
        }
        #expect(try await database.rows("SELECT COUNT(*) FROM t") == [Row([.integer(0)])])
      }
      try await database.write { try $0.execute("INSERT INTO t (id) VALUES (1)") }
      await database.close()
    }
  }

  @Test func aLockHeldByAnotherIsWaitedForAndThenSaid() async throws {
    try await withFolder { folder in
      var options = SQLiteDatabase.Options()
      options.lockTimeout = .milliseconds(50)
      let database = try SQLiteDatabase(at: folder.path, options: options)
      try await database.write { try $0.execute(Self.table) }
      let other = try SQLiteHandle(path: database.path, access: .writing, options: options)
      try other.control("BEGIN IMMEDIATE")
      let error = await #expect(throws: DatabaseError.self) {
        try await database.write { try $0.execute("INSERT INTO t (id) VALUES (1)") }
      }
      guard case .unavailable(let text) = error, text.contains("Another process") else {
        Issue.record("\(String(describing: error))")
        return
      }
      try other.control("ROLLBACK")
      other.close()
      try await database.write { try $0.execute("INSERT INTO t (id) VALUES (1)") }
      await database.close()
    }
  }

  @Test func whatIsNoDatabaseIsNotTouched() async throws {
    try await withFolder { folder in
      let path = folder.path + "/notes.txt"
      let text = String(repeating: "not a database\n", count: 100)
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      let error = #expect(throws: DatabaseError.self) { try SQLiteDatabase(at: path) }
      guard case .unavailable(let sentence) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(sentence.contains("no database"))
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
      #expect(throws: DatabaseError.self) { try SQLiteDatabase(at: folder.path + "/nowhere/ringback.sqlite") }
    }
  }

  /// What a power cut leaves: the file and its log as they are at some moment while writers run. Every row that was answered
  /// before that moment is there, whole.
  @Test func whatWasAnsweredSurvivesACut() async throws {
    try await withFolder { folder in
      let database = try SQLiteDatabase(at: folder.path)
      try await database.write { try $0.execute(Self.table) }
      let progress = Progress()
      let random = SeededRandom(seed: 11)
      try await withThrowingTaskGroup { group in
        for writer in 0..<8 { group.addTask { try await Self.write(to: database, from: writer, progress) } }
        for cut in 0..<12 {
          try await Task.sleep(for: .milliseconds(Int(random.number(below: 40)) + 5))
          let answered = progress.acknowledged.withLock { $0 }
          let copy = folder.path + "/cut\(cut).sqlite"
          // The log last: what is in the file already was folded in from a log that was durable before.
          for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: database.path + suffix, toPath: copy + suffix)
          }
          try await check(copy, holds: answered)
        }
        progress.stopped.withLock { $0 = true }
        try await group.waitForAll()
      }
      await database.close()
    }
  }

  private final class Progress: Sendable {
    let acknowledged = Mutex<Set<Int>>([])
    let stopped = Mutex(false)
  }

  private static func write(to database: SQLiteDatabase, from first: Int, _ progress: Progress) async throws {
    for id in stride(from: first, to: .max, by: 8) {
      if progress.stopped.withLock({ $0 }) { return }
      try await database.write {
        try $0.execute(
          "INSERT INTO t (id, data) VALUES ($1, $2)", [id, [UInt8](repeating: UInt8(id & 255), count: 500)])
      }
      progress.acknowledged.withLock { _ = $0.insert(id) }
    }
  }

  private func check(_ path: String, holds answered: Set<Int>) async throws {
    let copy = try SQLiteDatabase(at: path)
    let rows = try await copy.rows("SELECT id FROM t")
    let present = Set(try rows.map { try $0.get(0, as: Int.self) })
    #expect(answered.subtracting(present) == [])
    #expect(try await copy.rows("SELECT integrity_check FROM pragma_integrity_check") == [Row([.text("ok")])])
    await copy.close()
  }
}
