import Core
import HTTPClient
import HTTPMessages
import HTTPServer
import Synchronization

/// Answers for one customer as docs/reference/loyalty.md says.
final class PointsServer: RequestHandler {
  struct Reward: Sendable {
    let id: String
    let title: String
    var cost: Int64
  }

  struct State: Sendable {
    var available: Int64 = 3_200
    /// 0 for a customer who has no account.
    var version: Int64 = 17
    var freshness = "live"
    var rewards = [
      Reward(id: "RWD-1", title: "Coffee for two", cost: 2_500),
      Reward(id: "RWD-2", title: "Weekend away", cost: 9_000),
      Reward(id: "RWD-3", title: "Tote bag", cost: 500),
    ]
    var sessions = 0
    /// First answers, by key.
    var receipts: [String: JSONValue] = [:]
  }

  static let customer = "u-4711"
  static let token = "pst-secret-"

  private let state = Mutex(State())

  func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }
  var receiptKeys: [String] { state.withLock { $0.receipts.keys.sorted() } }
  var available: Int64 { state.withLock { $0.available } }

  func respond(to request: Request) async -> Response {
    let body = (try? JSONValue(parsing: request.body)) ?? .null
    let credential = request.headers["authorization"] ?? ""
    return state.withLock { state in
      switch (request.method, request.path) {
      case (.post, "/oauth/token"):
        .json(["access_token": "token-1", "token_type": "Bearer", "expires_in": 3_600])
      case (.post, "/v1/ledger/balance/lookup") where credential == "Bearer token-1": Self.lookup(body, state)
      case (.post, "/v1/portal/sessions") where credential == "Bearer token-1": Self.session(body, &state)
      case (.get, "/v1/portal/catalog") where Self.isOpen(credential, state): Self.catalog(state)
      case (.post, "/v1/portal/redeem") where Self.isOpen(credential, state): Self.redeem(body, &state)
      default: Self.problem(401, "session_ended")
      }
    }
  }

  /// A session that was made after this one ends it.
  private static func isOpen(_ credential: String, _ state: State) -> Bool {
    credential == "Bearer \(token)\(state.sessions)"
  }

  static func problem(_ status: Int, _ code: String, _ more: JSONValue.Member...) -> Response {
    .json(
      .object([JSONValue.Member("status", .integer(status)), JSONValue.Member("code", .string(code))] + more),
      status: status)
  }

  private static func lookup(_ body: JSONValue, _ state: State) -> Response {
    guard body["channel"]?.string?.isEmpty == false, body["request_id"] == "call-77" else {
      return problem(422, "request_invalid")
    }
    let isKnown = body["customer_hash"]?.string == customer && state.version > 0
    let points = isKnown ? state.available : 0
    return .json([
      "account_id": "acc_1", "customer_hash": "cus_1_x", "balance": .integer(points), "available": .integer(points),
      "held": 0, "tier": isKnown ? "silver" : .null,
      "next_tier": isKnown ? ["tier": "gold", "points_to_go": 800] : .null,
      "expiring": isKnown ? [["points": 300, "at": "2026-12-31T23:59:59.999Z"]] : [],
      "balance_version": .integer(isKnown ? state.version : 0), "as_of": "2026-11-20T09:30:00.000Z",
      "freshness": .string(state.freshness), "speech": .string("You have \(points) points to spend."),
    ])
  }

  private static func session(_ body: JSONValue, _ state: inout State) -> Response {
    guard body["customer_hash"]?.string == customer else { return problem(422, "request_invalid") }
    state.sessions += 1
    return .json(
      [
        "session_id": "pse_1", "session_token": .string("\(token)\(state.sessions)"),
        "expires_at": "2026-11-20T09:45:00.000Z", "customer_hash": "cus_1_x",
      ], status: 201)
  }

  private static func catalog(_ state: State) -> Response {
    let rewards = state.rewards.map { reward -> JSONValue in
      let isRedeemable = reward.cost <= state.available
      return [
        "reward_id": .string(reward.id), "title": .string(reward.title), "description": "",
        "point_cost": .integer(reward.cost),
        "tier": nil, "image_url": nil, "stock": 12, "stock_level": "low", "available_until": nil, "limit_left": 1,
        "fulfillment_methods": ["email", "code"], "redeemable": .bool(isRedeemable),
        "why_not": isRedeemable ? .null : "insufficient_points",
      ]
    }
    return .json(["rewards": .array(rewards), "balance_version": .integer(state.version), "as_of": "…"])
  }

  private static func redeem(_ body: JSONValue, _ state: inout State) -> Response {
    guard body["customer_hash"]?.string == customer else { return problem(403, "wrong_customer") }
    guard let key = body["idempotency_key"]?.string, body["fulfillment_method"] == "email" else {
      return problem(422, "request_invalid")
    }
    if let first = state.receipts[key] { return .json(first, status: 201, headers: ["idempotency-replayed": "true"]) }
    guard let reward = state.rewards.first(where: { body["reward_id"]?.string == $0.id }) else {
      return problem(404, "reward_not_found")
    }
    guard body["point_cost"] == .integer(reward.cost) else {
      return problem(409, "price_changed", JSONValue.Member("point_cost", .integer(reward.cost)))
    }
    guard reward.cost <= state.available else { return problem(409, "insufficient_points") }
    state.available -= reward.cost
    state.version += 1
    let receipt: JSONValue = [
      "receipt_id": .string("rcp_\(state.version)"), "reward_id": .string(reward.id), "title": .string(reward.title),
      "point_cost": .integer(reward.cost), "fulfillment_method": "email", "status": "pending", "code": nil,
      "transaction_id": "txn_1", "balance": .integer(state.available), "available": .integer(state.available),
      "balance_version": .integer(state.version), "created_at": "2026-11-20T09:30:00.000Z",
      "message": .string("\(reward.title) is on its way to you by e-mail."),
    ]
    state.receipts[key] = receipt
    return .json(receipt, status: 201)
  }
}

/// The line between the data actions and the server: requests to a path may meet something else first.
final class FaultyLine: HTTPRequesting {
  enum Turn: Sendable {
    /// No answer in time, and nothing done.
    case silent
    /// Done, but the answer comes too late.
    case late
    case answer(Int, String)
    /// Something else happens just before.
    case after(@Sendable (PointsServer) -> Void)
  }

  private let client: Client
  private let server: PointsServer
  private let turns: Mutex<[String: [Turn]]>
  private let sent = Mutex<[OutgoingRequest]>([])

  init(_ client: Client, to server: PointsServer, turns: [String: [Turn]]) {
    self.client = client
    self.server = server
    self.turns = Mutex(turns)
  }

  func requests(to path: String) -> [OutgoingRequest] { sent.withLock { $0.filter { $0.url.hasSuffix(path) } } }

  func send(_ request: OutgoingRequest) async throws(HTTPClientError) -> IncomingResponse {
    sent.withLock { $0.append(request) }
    let turn = turns.withLock { turns -> Turn? in
      guard let path = turns.keys.first(where: request.url.hasSuffix), turns[path]?.isEmpty == false else { return nil }
      return turns[path]?.removeFirst()
    }
    // In real time, beside a thousand other tests.
    var patient = request
    patient.timeout = .seconds(120)
    switch turn {
    case .silent: throw .timedOut
    case .late:
      _ = try await client.send(patient)
      throw .timedOut
    case .answer(let status, let code):
      let problem = PointsServer.problem(status, code)
      return IncomingResponse(status: status, headers: problem.headers, body: problem.body)
    case .after(let change): change(server)
    case nil: break
    }
    return try await client.send(patient)
  }
}
