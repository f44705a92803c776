import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Idempotency
import Jobs
import Security
import Storage
import Synchronization
import Telemetry
import Testing

@testable import Orders

/// The feature of returns beside that of orders, on a database of its own, asked through the router.
struct ReturnsFixture: Sendable {
  static let body = """
    {"order_id":"ORD-839201","items":[{"sku":"SKU-12345","quantity":1,"reason_code":"DEFECTIVE"}],
     "customer_reference":"GENESYS_CALL_ID_98765","notification_channel":"email","contact":{"email":"ada@example.com"}}
    """
  static let schemas = [JobsSchema.schema, IdempotencySchema.schema, OrdersFeature.schema]

  let time = ManualTime(now: Timestamp("2026-11-21T12:00:00Z")!)
  let orderPlatform: ScriptedPlatform
  let platform = ScriptedReturnPlatform()
  let contactCentre = ScriptedReturnCentre()
  let database: any Database
  let jobs: JobQueue
  let orders: OrdersFeature
  let returns: ReturnsFeature
  let events = Events()
  let log = EventLog()
  let written = FeatureFixture.Written()
  let logger: Logger
  private let router: Router

  final class Events: Sendable {
    private let all = Mutex<[OutboxEvent]>([])
    var list: [OutboxEvent] { all.withLock { $0 } }
    var types: [String] { list.map(\.type) }
    func add(_ event: OutboxEvent) { all.withLock { $0.append(event) } }
  }

  init(
    on database: any Database, orders changeOrders: (inout OrdersConfiguration) -> Void = { _ in },
    _ change: (inout ReturnsConfiguration) -> Void = { _ in }
  ) throws {
    var ordersConfiguration = OrdersConfiguration(idFormat: try OrderIDFormat(prefix: "ORD-"))
    ordersConfiguration.utcOffset = { _ in .zero }
    changeOrders(&ordersConfiguration)
    var configuration = ReturnsConfiguration()
    change(&configuration)
    self.database = database
    orderPlatform = ScriptedPlatform(time: time)
    let sealer = Sealer(
      current: Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 7, count: 32))), random: SystemRandom())
    jobs = JobQueue(time: time, random: SystemRandom(), sealer: sealer)
    let idempotency = IdempotencyRecords(sealer: sealer, time: time)
    logger = Logger(
      LogOutput(level: .debug, time: time) { [written] line in written.bytes.withLock { $0 += line } })
    let services = OrdersFeature.Services(
      database: database, jobs: jobs,
      answerOnce: { try await idempotency.perform($0, in: database, effect: $1) }, sealer: sealer,
      hashKey: Redacted([UInt8](repeating: 9, count: 32)), time: time, random: SystemRandom(), logger: logger)
    orders = OrdersFeature(
      ordersConfiguration, platform: orderPlatform, contactCentre: ScriptedContactCentre(), services: services)
    returns = ReturnsFeature(
      configuration, beside: orders, platform: platform, contactCentre: contactCentre,
      announce: { [events] event, connection in connection.afterCommit { events.add(event) } }, services: services,
      observer: log.returnsObserver)
    router = Router(orders.routes + returns.routes, access: EverybodyMay()) { error, _ in
      preconditionFailure("\(error)")
    }
  }

  static func with(
    _ engine: Engine = .sqlite, orders: (inout OrdersConfiguration) -> Void = { _ in },
    returns: (inout ReturnsConfiguration) -> Void = { _ in }, _ body: (ReturnsFixture) async throws -> Void
  ) async throws {
    try await engine.withDatabase(schemas: schemas) {
      try await body(try ReturnsFixture(on: $0, orders: orders, returns))
    }
  }

  // MARK: - Asking

  func get(_ path: String, _ headers: Headers = [:]) async -> Answer { await send(.get, path, headers, "") }

  func post(_ path: String, _ body: String, _ headers: Headers = [:]) async -> Answer {
    await send(.post, path, headers, body)
  }

  func send(_ method: Method, _ path: String, _ headers: Headers, _ body: String) async -> Answer {
    var headers = headers
    if headers["content-type"] == nil { headers["content-type"] = "application/json" }
    let request = Request(
      method: method, path: path, headers: headers, body: Array(body.utf8),
      peer: Peer(address: "127.0.0.1", isTLS: false), context: .test)
    return Answer(response: await router.respond(to: request))
  }

  /// Takes one on and gives its id.
  func newReturn(_ body: String = body) async throws -> String {
    try #require(await post("/v1/returns", body).json["return_request_id"]?.string)
  }

  static func body(
    order: String = "ORD-839201", sku: String = "SKU-2", quantity: Int = 1, call: String = "call-1",
    channel: String = "none"
  ) -> String {
    """
    {"order_id":"\(order)","items":[{"sku":"\(sku)","quantity":\(quantity),"reason_code":"OTHER"}],
     "customer_reference":"\(call)","notification_channel":"\(channel)",
     "contact":{"email":"ada@example.com","phone":"+49301234567"}}
    """
  }

  /// Puts the order into the cache.
  func lookUp() async { _ = await get("/v1/orders/ORD-839201") }

  // MARK: - Jobs

  /// One attempt of the job that submits it, as the runner would make it.
  func submit(_ id: String) async throws -> JobOutcome { try await returns.submit.attempt(id) {} }

  func refresh(_ id: String, _ cause: ReturnCause = .webhook) async throws -> JobOutcome {
    try await returns.refresh.attempt("\(id) \(cause.rawValue)") {}
  }

  func tell(_ id: String, _ about: ReturnState) async throws -> JobOutcome {
    try await returns.tellCustomer.attempt("\(id) \(about.rawValue)") {}
  }

  /// The kinds of the jobs that wait, in order.
  func waiting() async throws -> [String] {
    try await database.read { connection in
      try connection.query("SELECT kind FROM jobs WHERE state = 'ready' ORDER BY ordinal").map { try $0.get(0) }
    }
  }

  /// Runs the jobs that are due until `condition` holds, then lets the runner end.
  func runJobs(until condition: () -> Bool) async -> Bool {
    let runner = JobRunner(
      jobs, on: database, handlers: returns.jobHandlers, time: time, random: SeededRandom(seed: 4), logger: logger)
    async let running: Void = runner.run()
    let held = await eventually(condition)
    runner.drain(within: .seconds(60))
    await running
    return held
  }

  // MARK: - Looking

  func record(_ id: String) async throws -> ReturnRecord? {
    try await database.read { try ReturnTable(personal: .test).find(id, in: $0) }
  }

  func state(_ id: String) async throws -> ReturnState? { try await record(id)?.state }

  func transitions(_ id: String) async throws -> [String] {
    try await database.read { try ReturnTable(personal: .test).transitions(of: id, in: $0) }
      .map { "\($0.to.rawValue) \($0.cause.rawValue)" }
  }

  func count(_ table: String) async throws -> Int {
    try await database.read { try $0.query("SELECT COUNT(*) FROM \(table)")[0].get(0) }
  }

  /// Every value of every table of returns and of the jobs, as text.
  func dump() async throws -> String {
    let tables = [
      "returns_requests", "returns_lines", "returns_transitions", "returns_messages", "returns_opt_outs", "jobs",
      "idempotency_records",
    ]
    return try await database.read { connection in
      try tables.flatMap { try connection.query("SELECT * FROM \($0)").flatMap(\.values) }
    }.map { value in
      if case .blob(let bytes) = value { String(decoding: bytes, as: UTF8.self) } else { "\(value)" }
    }.joined(separator: "\n")
  }
}

extension EventLog {
  var returnsObserver: ReturnsObserver {
    var observer = ReturnsObserver()
    observer.asked = { self.add("asked \($0.rawValue)") }
    observer.moved = { self.add("moved \($0.rawValue) \($1.rawValue)") }
    observer.refusedMove = { self.add("refused \($0.rawValue) \($1.rawValue)") }
    observer.messageMoved = { self.add("message \($0.rawValue) \($1.rawValue)") }
    return observer
  }
}
