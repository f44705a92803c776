import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Loyalty
import Resilience
import Security
import Storage
import Synchronization
import Telemetry

/// The ledger asked through the router, on a database that can go away.
struct LedgerWebFixture: Sendable {
  let time = ManualTime(now: Timestamp("2026-11-21T12:00:00Z")!)
  let database: FaultyDatabase
  let feature: LedgerFeature
  let log = LedgerLog()
  private let router: Router

  /// - Parameter checkpoints: signs them, where there is one.
  init(_ database: any Database, checkpoints: PrivateKey? = nil) {
    self.database = FaultyDatabase(database)
    var observer = LedgerObserver()
    observer.breakerMoved = { [log] in log.add($0.rawValue) }
    feature = LedgerFeature(
      LoyaltyConfiguration(),
      services: LedgerFeature.Services(
        database: self.database, keys: LedgerFixture.keys,
        fingerprintKey: Redacted([UInt8](repeating: 9, count: 32)), time: time,
        random: SeededRandom(seed: 5), observer: observer, checkpoints: checkpoints.map { ($0, "test") }))
    router = Router(feature.routes, access: EverybodyMay()) { error, _ in
      preconditionFailure("\(error)")
    }
  }

  static func with(
    _ engine: Engine = .sqlite, _ body: (LedgerWebFixture) async throws -> Void
  ) async throws {
    try await engine.withDatabase(schemas: [LoyaltySchema.schema]) { try await body(LedgerWebFixture($0)) }
  }

  struct Answer: Sendable {
    let response: Response
    var status: Int { response.status }
    var json: JSONValue { (try? JSONValue(parsing: response.body)) ?? .null }
    var code: String? { json["code"]?.string }
  }

  func post(_ path: String, _ body: String, _ headers: Headers = [:], client: String = "dev") async -> Answer {
    await send(.post, path, body, headers)
  }

  func process(_ body: String, _ headers: Headers = [:]) async -> Answer {
    await send(.post, "/v1/ledger/transaction/process", body, headers)
  }

  func lookUp(_ body: String) async -> Answer { await send(.post, "/v1/ledger/balance/lookup", body, [:]) }

  /// What is answered without waiting; nil where it has to be asked for.
  func ready(_ body: String, _ headers: Headers = [:]) -> Answer? {
    router.readyAnswer(to: request(.post, "/v1/ledger/balance/lookup", body, headers)).map { Answer(response: $0) }
  }

  func get(_ path: String) async -> Answer { await send(.get, path, "", [:]) }

  private func send(_ method: Method, _ target: String, _ body: String, _ headers: Headers) async -> Answer {
    var response = await router.respond(to: request(method, target, body, headers))
    if let stream = response.stream {
      while let part = try? await stream() { response.body += part }
    }
    return Answer(response: response)
  }

  private func request(_ method: Method, _ target: String, _ body: String, _ headers: Headers) -> Request {
    let parts = target.split(separator: "?", maxSplits: 1)
    var headers = headers
    if method == .post, headers["content-type"] == nil { headers["content-type"] = "application/json" }
    return Request(
      method: method, path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : nil, headers: headers,
      body: Array(body.utf8), peer: Peer(address: "127.0.0.1", isTLS: false),
      context: CallContext(
        requestID: "req-1", trace: TraceContext(random: SeededRandom(seed: 1))))
  }
}

struct EverybodyMay: AccessControl {
  func admit(_ request: Request, scope: String) async throws(Problem) -> Caller {
    caller(request, scope)
  }

  func known(_ request: Request, scope: String) -> Caller? { caller(request, scope) }

  private func caller(_ request: Request, _ scope: String) -> Caller {
    Caller(clientID: request.headers["x-client"] ?? "dev", scopes: [scope])
  }
}

final class LedgerLog: Sendable {
  private let all = Mutex<[String]>([])
  var list: [String] { all.withLock { $0 } }
  func add(_ text: String) { all.withLock { $0.append(text) } }
}

/// A database that is away when it is told to be.
final class FaultyDatabase: Database {
  private let database: any Database
  private let fault = Atomic(false)
  private let asked = Atomic(0)

  /// - Parameter checkpoints: signs them, where there is one.
  init(_ database: any Database, checkpoints: PrivateKey? = nil) {
    self.database = database
  }

  var isAway: Bool {
    get { fault.load(ordering: .relaxed) }
    set { fault.store(newValue, ordering: .relaxed) }
  }

  var askedCount: Int { asked.load(ordering: .relaxed) }

  private func check() throws {
    asked.add(1, ordering: .relaxed)
    if isAway { throw DatabaseError.unavailable("it is away") }
  }

  func read<Result: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> Result) async throws -> Result {
    try check()
    return try await database.read(body)
  }

  func write<Result: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> Result) async throws -> Result {
    try check()
    return try await database.write(body)
  }

  func close() async {}
}
