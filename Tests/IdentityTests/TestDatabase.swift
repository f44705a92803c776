import Core
import FoundationEssentials
import SQLiteStorage
import Storage
import Synchronization
import Testing

@testable import Identity

/// SQLite files for tests, each in a folder of its own; closed and removed when the test case ends.
final class TestDatabases: Sendable {
  @TaskLocal static var current: TestDatabases?

  private let opened: Mutex<[(database: SQLiteDatabase, folder: URL)]> = Mutex([])

  /// With the tables of this room.
  static func open() async throws -> any Database {
    let databases = try #require(current, "the suite needs .closesDatabases")
    let folder = FileManager.default.temporaryDirectory.appending(path: "ringback-identity-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let database = try SQLiteDatabase(at: folder.path)
    databases.opened.withLock { $0.append((database, folder)) }
    _ = try await Migrator([IdentitySchema.schema], time: SystemTime()).migrate(database)
    return database
  }

  func close() async {
    for (database, folder) in opened.withLock({ $0 }) {
      await database.close()
      try? FileManager.default.removeItem(at: folder)
    }
  }
}

struct ClosesDatabases: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let databases = TestDatabases()
    let result = await Result.catching { try await TestDatabases.$current.withValue(databases, operation: function) }
    await databases.close()
    try result.get()
  }
}

extension Trait where Self == ClosesDatabases {
  static var closesDatabases: ClosesDatabases { ClosesDatabases() }
}

extension Result where Success == Void, Failure == any Error {
  fileprivate static func catching(_ body: () async throws -> Void) async -> Self {
    do { return .success(try await body()) } catch { return .failure(error) }
  }
}
