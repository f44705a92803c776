import Core
import EventLoop
import Events
import FoundationEssentials
import Idempotency
import Identity
import Jobs
import Loyalty
import Orders
import PostgresStorage
import Recording
import SQLiteStorage
import Security
import Storage
import Telemetry
import Webhooks

/// The machine's clock and randomness, the database, the keys: what every feature and every administrative verb stands on.
struct Platform: Sendable {
  let time: any TimeSource
  let random: any RandomSource
  let database: any Database
  /// The path of the data folder.
  let data: String
  let sealer: Sealer
  /// For hashes of personal data that have to stay comparable.
  let hashKey: Redacted<[UInt8]>
  private let keys: KeyRing
  /// Runs scrypt and makes keys.
  let pool: BlockingPool
  /// Where the ledger's line is served, so that the database never waits for answers that are being written.
  let ledgerThread: BlockingPool
  let logger: Logger

  /// Every room's tables, in the order in which they are made.
  static let schemas = [
    IdentitySchema.schema, JobsSchema.schema, IdempotencySchema.schema, EventsFeature.schema, WebhookInbox.schema,
    OrdersFeature.schema, RecordingFeature.schema, LoyaltySchema.schema,
  ]

  /// Opens what the configuration names and creates what is missing in the data folder.
  ///
  /// - Parameter databasePassword: asked at each sign-in, where it may change; else that of `configuration`.
  /// - Throws: `CommandFailure`; `DatabaseError` when the database cannot be opened.
  static func open(
    _ configuration: Configuration, databasePassword: (@Sendable () -> Redacted<String>?)? = nil,
    sqlite: SQLiteDatabase.Options = SQLiteDatabase.Options(), logger: Logger
  ) async throws -> Platform {
    let (time, random) = (SystemTime(), SystemRandom())
    try createFolder(configuration.data)
    let keys: KeyRing
    do {
      keys = try KeyRing.load(path: configuration.data + "/keys/master", random: random)
    } catch {
      throw CommandFailure(.configuration, error.description)
    }
    return Platform(
      time: time, random: random,
      database: try openDatabase(
        configuration, password: databasePassword ?? { configuration.database.password }, sqlite: sqlite, time: time,
        random: random),
      data: configuration.data, sealer: keys.sealer(random: random),
      hashKey: keys.derivedKey(for: "hashes of personal data"), keys: keys,
      pool: try BlockingPool(name: "scrypt", threads: 2, capacity: 64),
      ledgerThread: try BlockingPool(name: "ledger", threads: 1), logger: logger)
  }

  /// SQLite is for one process that serves.
  var ledgerOptions: Ledger.Options { database is SQLiteDatabase ? .oneProcess : Ledger.Options() }

  /// The keys that customers of the loyalty programme are hashed with: a version for each of the master key's.
  func customerKeys(programme: String) -> CustomerKeys {
    CustomerKeys(
      keys.derivedKeys(for: "customers of the loyalty programme").map {
        CustomerKeys.Key(version: $0.version, bytes: $0.bytes)
      }, programme: programme)
  }

  /// Signs checkpoints of the ledger. It comes from the first master key: all instances have it, and it does not change.
  ///
  /// - Throws: `CryptographyError`.
  func checkpointKey() throws(CryptographyError) -> PrivateKey {
    try PrivateKey(ed25519Seed: keys.derivedKey(for: "checkpoints of the loyalty ledger"))
  }

  /// - Returns: what was applied, each as `room step`.
  /// - Throws: `DatabaseError`.
  @discardableResult
  func migrate() async throws -> [String] {
    try await Migrator(Self.schemas, time: time).migrate(database).map { "\($0.room) \($0.number)" }
  }

  /// - Throws: `DatabaseError`.
  func plannedMigrations() async throws -> [String] {
    try await Migrator(Self.schemas, time: time).plan(for: database).map { "\($0.room) \($0.number)" }
  }

  func close() async {
    await database.close()
    pool.stop()
    ledgerThread.stop()
  }

  private static func openDatabase(
    _ configuration: Configuration, password: @escaping @Sendable () -> Redacted<String>?,
    sqlite: SQLiteDatabase.Options, time: any TimeSource, random: any RandomSource
  ) throws -> any Database {
    guard let url = configuration.database.url else {
      return try SQLiteDatabase(at: configuration.data + "/ringback.sqlite", options: sqlite)
    }
    var options = PostgresDatabase.Options()
    options.connections = configuration.database.connections
    return try PostgresDatabase(
      conninfo: Redacted(url), password: password, options: options, time: time, random: random)
  }

  private static func createFolder(_ path: String) throws {
    do {
      for folder in [path, path + "/keys"] {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      }
    } catch {
      throw CommandFailure(
        .configuration, "The data folder \(path) cannot be made.",
        "Choose another with --data DIR, or make it and give this user the right to write there.")
    }
  }
}

extension Readiness.Check {
  static func database(_ database: any Database) -> Readiness.Check {
    Readiness.Check(name: "database") {
      do {
        _ = try await database.read { try $0.query("SELECT 1") }
        return nil
      } catch {
        return "the database cannot be reached"
      }
    }
  }
}
