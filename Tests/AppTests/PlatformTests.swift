import Core
import FoundationEssentials
import Storage
import Synchronization
import Telemetry
import Testing
import YAML

@testable import App

@Suite struct PlatformTests {
  @Test func thePasswordOfTheDatabaseIsReadWhereItIsUsed() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ringback-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let loaded = try LoadedConfiguration.load(
      nil, path: "ringback.yaml", environment: [:],
      options: [("data", folder, "--data"), ("database.url", "host=/nonexistent user=a dbname=a", "--set")])
    let asked = Mutex(0)
    let platform = try await Platform.open(
      loaded.configuration,
      databasePassword: {
        asked.withLock { $0 += 1 }
        return nil
      }, logger: .none)
    #expect(asked.withLock { $0 } == 0, "not before the first sign-in")
    await #expect(throws: DatabaseError.self) { try await platform.database.read { _ in } }
    #expect(asked.withLock { $0 } == 1)
    await platform.close()
  }
}
