import Core
import EventLoop
import Foundation
import PostgresStorage
import SQLiteStorage
import Storage

/// The engines that a test of what both must do runs on.
package enum Engine: String, Sendable, CaseIterable, CustomStringConvertible {
  case sqlite = "SQLite"
  case postgres = "PostgreSQL"

  package var description: String { rawValue }

  /// PostgreSQL is left out, and that said, only where it is not installed.
  package static let available: [Engine] = {
    if PostgresServer.binaries != nil { return allCases }
    FileHandle.standardError.write(
      Data("PostgreSQL is not installed: its half of the contract is NOT tested (apt-get install postgresql)\n".utf8))
    return [.sqlite]
  }()

  /// Runs `body` on an empty database of its own, closed and removed afterwards.
  package func withDatabase<Result: Sendable>(
    schemas: [Schema] = [], _ body: (any Database) async throws -> Result
  ) async throws -> Result {
    try await withDatabases(count: 1, schemas: schemas) { try await body($0[0]) }
  }

  /// The same with several `Database` objects over one database, as several processes would have.
  package func withDatabases<Result: Sendable>(
    count: Int, schemas: [Schema] = [], _ body: ([any Database]) async throws -> Result
  ) async throws -> Result {
    let place = try await blocking { try Place(self) }
    var databases: [any Database] = []
    do {
      for _ in 0..<count { databases.append(try await blocking { try place.open() }) }
      if !schemas.isEmpty { try await Migrator(schemas, time: SystemTime()).migrate(databases[0]) }
      let result = try await body(databases)
      for database in databases { await database.close() }
      try await blocking { try place.remove() }
      return result
    } catch {
      for database in databases { await database.close() }
      try? await blocking { try place.remove() }
      throw error
    }
  }

  private enum Place: Sendable {
    case folder(TemporaryFolder)
    case server(PostgresServer, name: String)

    init(_ engine: Engine) throws {
      switch engine {
      case .sqlite: self = .folder(try TemporaryFolder())
      case .postgres:
        let server = try PostgresServer.shared.get()
        self = .server(server, name: try server.makeDatabase())
      }
    }

    func open() throws -> any Database {
      switch self {
      case .folder(let folder): return try SQLiteDatabase(at: folder.path)
      case .server(let server, let name):
        var options = PostgresDatabase.Options()
        options.connections = 4
        return try PostgresDatabase(conninfo: server.conninfo(database: name), options: options)
      }
    }

    func remove() throws {
      switch self {
      case .folder(let folder): folder.remove()
      case .server(let server, let name): try server.dropDatabase(name)
      }
    }
  }
}

/// What waits for a server or a disk, on threads for that: tests share a pool with one thread for each core.
package func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
  try await blockingThreads.get().run(body)
}

private let blockingThreads = Result { try BlockingPool(name: "engine", threads: 4) }

/// A folder of one test.
package struct TemporaryFolder: Sendable {
  package let path: String

  package init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "ringback-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  package func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }
}
