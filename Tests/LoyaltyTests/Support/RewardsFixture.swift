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

@testable import Loyalty

/// Rewards and the portal beside a ledger, asked through the router.
struct RewardsFixture: Sendable {
  static let schemas = [LoyaltySchema.schema, JobsSchema.schema, IdempotencySchema.schema]

  let time = ManualTime(now: Timestamp("2026-11-21T12:00:00Z")!)
  let database: any Database
  let ledger: LedgerFeature
  let rewards: RewardsFeature
  let mail = ScriptedMail()
  let receiver = ScriptedReceiver()
  let events = Events()
  let metrics = Metrics()
  private let router: Router

  final class Events: Sendable {
    private let all = Mutex<[OutboxEvent]>([])
    var types: [String] { all.withLock { $0.map(\.type) } }
    func add(_ event: OutboxEvent) { all.withLock { $0.append(event) } }
  }

  init(_ database: any Database, origins: [String] = ["https://shop.example"]) {
    self.database = database
    let sealer = Sealer(
      current: Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 7, count: 32))), random: SystemRandom())
    let hashKey = Redacted([UInt8](repeating: 9, count: 32))
    ledger = LedgerFeature(
      LoyaltyConfiguration(),
      services: LedgerFeature.Services(
        database: database, keys: LedgerFixture.keys, fingerprintKey: hashKey, time: time,
        random: SystemRandom()))
    let idempotency = IdempotencyRecords(sealer: sealer, time: time)
    var configuration = RewardsConfiguration()
    configuration.portalOrigins = origins
    rewards = RewardsFeature(
      configuration, beside: ledger, servesSample: true,
      services: RewardsFeature.Services(
        jobs: JobQueue(time: time, random: SystemRandom(), sealer: sealer),
        answerOnce: { try await idempotency.perform($0, in: database, effect: $1) },
        announce: { [events] event, connection in connection.afterCommit { events.add(event) } }, mail: mail,
        callFulfilment: { [receiver] in receiver.answer($0) }, sealer: sealer, hashKey: hashKey, time: time,
        random: SystemRandom(), logger: .none, observer: RewardsObserver(metrics)))
    router = Router(ledger.routes + rewards.routes, access: Everybody()) { error, _ in
      Issue.record("a route threw \(error)")
      return .internalError
    }
  }

  private struct Everybody: AccessControl {
    func admit(_ request: Request, scope: String) async throws(Problem) -> Caller {
      Caller(clientID: "dev", scopes: [scope])
    }
  }

  static func with(_ engine: Engine = .sqlite, _ body: (RewardsFixture) async throws -> Void) async throws {
    try await engine.withDatabase(schemas: schemas) { database in
      let fixture = RewardsFixture(database)
      try await fixture.ledger.start()
      try await body(fixture)
    }
  }

  // MARK: - Asking

  struct Answer: Sendable {
    let response: Response
    var status: Int { response.status }
    var json: JSONValue { (try? JSONValue(parsing: response.body)) ?? .null }
    var code: String? { json["code"]?.string }
  }

  func send(
    _ method: Method, _ target: String, _ body: JSONValue? = nil, token: String? = nil, headers: Headers = [:],
    from address: String = "127.0.0.1"
  ) async -> Answer {
    let parts = target.split(separator: "?", maxSplits: 1)
    var headers = headers
    if body != nil { headers["content-type"] = "application/json" }
    if let token { headers["authorization"] = "Bearer \(token)" }
    let request = Request(
      method: method, path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : nil, headers: headers,
      body: body?.bytes ?? [], peer: Peer(address: address, isTLS: false),
      context: CallContext(requestID: "req-1", trace: TraceContext(random: SeededRandom(seed: 1))))
    return Answer(response: await router.respond(to: request))
  }

  /// A reward that costs 100 and comes as a code, unless `change` says otherwise.
  @discardableResult
  func addReward(
    _ id: String = "RWD-1", codes: [String] = [], with change: [JSONValue.Member] = []
  ) async throws -> Answer {
    var members: [JSONValue.Member] = [
      .init("reward_id", .string(id)), .init("title", ["en": "Coffee", "de": "Kaffee"]),
      .init("point_cost", 100), .init("fulfillment", ["methods": [codes.isEmpty ? "email" : "code"]]),
    ]
    for member in change {
      members.removeAll { $0.name == member.name }
      members.append(member)
    }
    let answer = await send(.post, "/v1/rewards", .object(members))
    if !codes.isEmpty {
      let filled = await send(.post, "/v1/rewards/\(id)/codes", ["codes": .array(codes.map { .string($0) })])
      #expect(filled.status == 200)
    }
    return answer
  }

  func earn(_ points: Int64, _ customer: String = "anna") async throws {
    _ = try await ledger.ledger.post(
      LedgerCommand(.accrue(points: points, expiresAt: nil), for: LedgerFixture.customer(customer), key: nil))
  }

  func session(_ customer: String = "anna", _ more: [JSONValue.Member] = []) async throws -> String {
    let body = JSONValue.object(
      [.init("customer_id", .string(customer)), .init("email", "anna@example.com")].filter { given in
        !more.contains { $0.name == given.name }
      } + more)
    return try #require(await send(.post, "/v1/portal/sessions", body).json["session_token"]?.string)
  }

  func redeem(
    _ token: String, _ id: String = "RWD-1", cost: Int64 = 100, by method: String = "code", key: String,
    _ more: [JSONValue.Member] = []
  ) async -> Answer {
    let body: [JSONValue.Member] = [
      .init("reward_id", .string(id)), .init("point_cost", .integer(cost)),
      .init("fulfillment_method", .string(method)), .init("idempotency_key", .string(key)),
    ]
    return await send(.post, "/v1/portal/redeem", .object(body + more), token: token)
  }

  // MARK: - Looking

  func points(_ customer: String = "anna") async throws -> (available: Int64, held: Int64) {
    let account = try await ledger.ledger.transact { try $0.account(for: LedgerFixture.customer(customer)) }
    return (account?.available ?? 0, account?.held ?? 0)
  }

  func stock(_ id: String = "RWD-1") async throws -> Int64? {
    try await database.rows("SELECT stock FROM loyalty_reward_catalog WHERE id = $1", [.text(id)])[0].get(0)
  }

  func status(_ receipt: String) async throws -> String {
    try await database.rows("SELECT status FROM loyalty_receipts WHERE id = $1", [.text(receipt)])[0].get(0)
  }

  /// A counter by its outcome, those left out that are zero.
  func counted(_ name: String) -> [String: Int] {
    String(decoding: metrics.render(), as: UTF8.self).split(separator: "\n").reduce(into: [:]) { counts, line in
      let parts = line.split(whereSeparator: { "{\"} ".contains($0) })
      guard parts.count == 4, parts[0] == name, let count = Int(parts[3]), count > 0 else { return }
      counts[String(parts[2])] = count
    }
  }

  func count(_ table: String) async throws -> Int64 {
    try await database.rows("SELECT COUNT(*) FROM \(table)")[0].get(0)
  }

  func freeCodes() async throws -> Int64 {
    try await database.rows("SELECT COUNT(*) FROM loyalty_reward_codes WHERE receipt IS NULL")[0].get(0)
  }

  /// Points of all accounts, the programme's own and the customers': the books.
  func books() async throws -> Int64 {
    try await ["SELECT balance FROM loyalty_books", "SELECT available FROM loyalty_accounts"].asyncSum { sql in
      try await database.rows(sql).map { try $0.get(0, as: Int64.self) }.reduce(0, +)
    }
  }
}

extension [String] {
  fileprivate func asyncSum(_ body: (String) async throws -> Int64) async throws -> Int64 {
    var sum: Int64 = 0
    for element in self { sum += try await body(element) }
    return sum
  }
}

/// Sends what it is given, unless it is told to fail.
final class ScriptedMail: RewardMail {
  private let state = Mutex<(sent: [RewardMessage], failure: RewardMailError?)>(([], nil))

  var sent: [RewardMessage] { state.withLock { $0.sent } }
  func fail(_ failure: RewardMailError?) { state.withLock { $0.failure = failure } }

  func sendReward(_ message: RewardMessage, context: CallContext) async throws(RewardMailError) -> String {
    let failure = state.withLock { state in
      if state.failure == nil { state.sent.append(message) }
      return state.failure
    }
    if let failure { throw failure }
    return "mail-1"
  }
}

/// Takes what it is told, unless it is to say something else.
final class ScriptedReceiver: Sendable {
  private let state = Mutex<(calls: [FulfilmentCall], answer: FulfilmentAnswer)>(([], .taken))

  var calls: [FulfilmentCall] { state.withLock { $0.calls } }
  func say(_ answer: FulfilmentAnswer) { state.withLock { $0.answer = answer } }

  func answer(_ call: FulfilmentCall) -> FulfilmentAnswer {
    state.withLock { state in
      state.calls.append(call)
      return state.answer
    }
  }
}
