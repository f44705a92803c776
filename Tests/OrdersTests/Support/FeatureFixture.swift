import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Jobs
import SQLiteStorage
import Security
import Storage
import Synchronization
import Telemetry

@testable import Orders

/// The whole feature on a database of its own, asked through the router.
struct FeatureFixture: Sendable {
  let time = ManualTime(now: Timestamp("2026-11-21T12:00:00Z")!)
  let platform: ScriptedPlatform
  let contactCentre = ScriptedContactCentre()
  let database: any Database
  let jobs: JobQueue
  let feature: OrdersFeature
  let log = EventLog()
  let written = Written()
  let logger: Logger
  private let router: Router
  private let scratch: ScratchDatabase

  final class Written: Sendable {
    let bytes = Mutex<[UInt8]>([])
    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
  }

  init(_ change: (inout OrdersConfiguration) -> Void = { _ in }) async throws {
    var configuration = OrdersConfiguration(idFormat: try OrderIDFormat(prefix: "ORD-"))
    configuration.utcOffset = { _ in .zero }
    change(&configuration)
    platform = ScriptedPlatform(time: time)
    scratch = try await ScratchDatabase(schemas: [JobsSchema.schema, OrdersFeature.schema], time: time)
    jobs = JobQueue(
      time: time, random: SeededRandom(seed: 6),
      sealer: Sealer(
        current: Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 7, count: 32))), random: SeededRandom(seed: 5)))
    database = scratch.database
    let output = LogOutput(level: .debug, time: time) { [written] line in written.bytes.withLock { $0 += line } }
    logger = Logger(output)
    feature = OrdersFeature(
      configuration, platform: platform, contactCentre: contactCentre,
      services: OrdersFeature.Services(
        database: database, jobs: jobs,
        answerOnce: { [database] _, effect in try await database.write(effect) },
        sealer: Sealer(
          current: Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 7, count: 32))), random: SeededRandom(seed: 7)),
        hashKey: Redacted([UInt8](repeating: 9, count: 32)), time: time, random: SeededRandom(seed: 8),
        logger: logger, observer: log.observer))
    router = Router(feature.routes, access: EverybodyMay()) { error, _ in preconditionFailure("\(error)") }
  }

  func get(_ path: String, query: String? = nil, _ headers: Headers = [:]) async -> Answer {
    await send(.get, path, query: query, headers, body: [])
  }

  func post(_ path: String, _ body: String, _ headers: Headers = [:]) async -> Answer {
    var headers = headers
    if headers["idempotency-key"] == nil { headers["idempotency-key"] = "key-\(time.uptime)-\(body)" }
    if headers["content-type"] == nil { headers["content-type"] = "application/json" }
    return await send(.post, path, query: nil, headers, body: Array(body.utf8))
  }

  private func send(_ method: Method, _ path: String, query: String?, _ headers: Headers, body: [UInt8]) async -> Answer
  {
    let request = Request(
      method: method, path: path, query: query, headers: headers, body: body,
      peer: Peer(address: "127.0.0.1", isTLS: false), context: .test)
    if let response = router.readyAnswer(to: request) { return Answer(response: response) }
    return Answer(response: await router.respond(to: request))
  }
}

struct Answer: Sendable {
  let response: Response
  var status: Int { response.status }
  var json: JSONValue { (try? JSONValue(parsing: response.body)) ?? .null }
  var text: String { String(decoding: response.body, as: UTF8.self) }
  var code: String? { json["code"]?.string }
}

/// A database that goes with the test that uses it.
final class ScratchDatabase: Sendable {
  let database: any Database
  private let folder: TemporaryFolder

  init(schemas: [Schema], time: any TimeSource) async throws {
    folder = try TemporaryFolder()
    database = try SQLiteDatabase(at: folder.path)
    try await Migrator(schemas, time: time).migrate(database)
  }

  deinit {
    folder.remove()
    Task { [database] in await database.close() }
  }
}

struct EverybodyMay: AccessControl {
  func admit(_ request: Request, scope: String) async throws(Problem) -> Caller {
    Caller(clientID: "dev", scopes: [scope])
  }

  func known(_ request: Request, scope: String) -> Caller? { Caller(clientID: "dev", scopes: [scope]) }
}
