import Core
import EventLoop
import FoundationEssentials
import HTTPClient
import Security
import SQLiteStorage
import PostgresStorage
import Storage
import Telemetry

/// The machine's clock and randomness, the database, the keys: what every feature and every administrative verb stands on.
struct Platform: Sendable {
  let time: any TimeSource
  let random: any RandomSource
  let database: any Database
  let sealer: Sealer
  /// Runs scrypt and makes keys.
  let pool: BlockingPool
  let logger: Logger

  /// Opens what the configuration names and creates what is missing in the data folder.
  ///
  /// - Throws: `CommandFailure`.
  static func open(_ configuration: Configuration, logger: Logger) async throws -> Platform {
    let (time, random) = (SystemTime(), SystemRandom())
    try createFolder(configuration.data)
    let keys: KeyRing
    do {
      keys = try KeyRing.load(path: configuration.data + "/keys/master.keys", random: random)
    } catch {
      throw CommandFailure(.configuration, "\(error)")
    }
    return Platform(
      time: time, random: random, database: try await openDatabase(configuration, time: time),
      sealer: keys.sealer(random: random), pool: try BlockingPool(name: "scrypt", threads: 2, capacity: 64), logger: logger)
  }

  func close() async {
    await database.close()
    pool.stop()
  }

  private static func createFolder(_ path: String) throws {
    do {
      for folder in [path, path + "/keys"] {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      }
    } catch {
      throw CommandFailure(
        .configuration, "The data folder \(path) cannot be made: \(error.localizedDescription).",
        "Choose another with --data DIR, or make it and give this user the right to write there.")
    }
  }
}
