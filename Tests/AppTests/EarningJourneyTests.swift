import Core
import DatabaseTesting
import EventLoop
import GenesysCloud
import HTTPClient
import HTTPMessages
import HTTPServer
import Jobs
import Loyalty
import Sandbox
import Security
import Storage
import Synchronization
import Telemetry
import Testing
import Webhooks

@testable import App

/// Guide 3, edge case 3: the token ends while a thousand events come in, and the sign-in is down for a while. Events enter
/// by the inbox's own route; Genesys Cloud is simulated and asked over HTTP.
@Suite struct EarningJourneyTests {
  private static let conversations = (0..<50).map { "00000000-0000-4000-8000-0000000000\($0 < 10 ? "0" : "")\($0)" }
  private static let key = "a key of the journey"

  @Test func noneOfAThousandIsLostWhileTheTokenIsRenewed() async throws {
    try await Engine.sqlite.withDatabase(schemas: [JobsSchema.schema, WebhookInbox.schema]) { database in
      let world = try await World(database)
      for conversation in Self.conversations {
        await world.control(
          .post, "/_genesys/conversations", #"{"id":"\#(conversation)","attributes":{"user_id":"u-\#(conversation)"}}"#)
      }
      await world.control(.put, "/_limits", #"{"genesys_requests_per_minute":1000000,"genesys_token_seconds":10}"#)
      for round in 0..<20 { try await post(round, to: world) }

      let runner = world.runner()
      let running = Task { await runner.run() }
      try await world.tick(every: .milliseconds(100)) { world.ledger.keys.count >= 300 }
      // The token ends, and nobody gives another.
      await world.control(.put, "/_faults/genesys", #"{"status":503,"path":"/oauth/token"}"#)
      world.time.advance(by: .seconds(10))
      var ticks = 0
      try await world.tick(every: .seconds(1)) {
        ticks += 1
        return ticks > 60
      }
      let during = world.ledger.keys.count
      #expect(during < 1_000, "the outage came too late to mean anything")
      await world.control(.delete, "/_faults/genesys")
      try await world.tick(every: .seconds(1)) { world.ledger.keys.count == 1_000 }
      runner.drain(within: .seconds(60))
      await running.value

      let keys = world.ledger.keys
      #expect(Set(keys).count == 1_000)
      for conversation in Self.conversations {
        let order = keys.filter { $0.contains(conversation) }.compactMap { Int($0.split(separator: "~")[1]) }
        #expect(order == Array(0..<20), "\(conversation)")
      }
      let states: [String] = try await database.rows("SELECT DISTINCT state FROM webhook_inbox").map { try $0.get(0) }
      #expect(states == ["applied"])
      let retried: Int = try await database.rows("SELECT COUNT(*) FROM job_attempts")[0].get(0)
      #expect(retried > 0, "nobody met the outage")
      await world.stop()
    }
  }

  /// One event of each conversation, at the same time, and each of them twice.
  private func post(_ round: Int, to world: World) async throws {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for conversation in Self.conversations {
        let id = "\(conversation)~\(round)"
        let body = #"{"event_id":"\#(id)","interaction_id":"\#(conversation)","type":"WebChat","state":"closed"}"#
        for _ in 0..<2 { group.addTask { await world.post(body, key: Self.key) } }
      }
      for try await status in group { #expect(status == 200) }
    }
  }

  /// All shapes, as the simulated Genesys Cloud sends them over HTTP, ten times in a moment and out of order.
  @Test(arguments: [
    ("interaction", "$.type = 'WebChat' AND $.state = 'closed'", "event:WebChat/e-1"),
    ("eventbridge", "$.detail.eventBody.mediaType in ['MESSAGE', 'VOICE']", "event:MESSAGE/e-1"),
    ("data_action", "event = 'conversation.customer.end'", "event:MESSAGE/e-1"),
    ("open_messaging", "channel.platform = 'Open' and metadata.survey = 'closed'", "event:Open/e-1"),
  ])
  func tenOfEachShapeAreCreditedOnce(_ shape: String, _ when: String, _ key: String) async throws {
    try await Engine.sqlite.withDatabase(schemas: [JobsSchema.schema, WebhookInbox.schema]) { database in
      var paths = EarningFilter.Paths()
      paths.conversation = try FilterExpression(
        value: shape == "open_messaging"
          ? "metadata.conversation_id"
          : shape == "eventbridge"
            ? "detail.eventBody.conversationId" : shape == "interaction" ? "interaction_id" : "conversation_id")
      let world = try await World(
        database, filter: EarningFilter(when: try FilterExpression(when), eventType: "chat", paths: paths))
      let conversation = Self.conversations[7]
      await world.control(
        .post, "/_genesys/conversations", #"{"id":"\#(conversation)","attributes":{"user_id":"u-7"}}"#)
      await world.control(.put, "/_webhooks/genesys/faults", #"{"reorder":true}"#)
      await world.control(
        .post, "/_genesys/events",
        #"{"shape":"\#(shape)","conversation_id":"\#(conversation)","event_id":"e-1","copies":10}"#)
      let runner = world.runner()
      let running = Task { await runner.run() }
      try await world.tick(every: .milliseconds(500)) {
        let deliveries = await world.control(.get, "/_webhooks/genesys")["deliveries"]?.array ?? []
        return deliveries.count == 10 && deliveries.allSatisfy { $0["state"] == "delivered" }
          && world.ledger.keys == [key]
      }
      runner.drain(within: .seconds(60))
      await running.value
      #expect(world.ledger.posts == 1)
      #expect(world.ledger.customers == [.hashes([world.customers.hash("u-7")])])
      await world.stop()
    }
  }
}

/// Our inbox and its jobs on one side, the simulated Genesys Cloud on the other, HTTP between them and time that is moved.
private struct World: Sendable {
  let time = ManualTime()
  let ledger = RememberingLedger()
  let customers = CustomerKeys(
    [.init(version: 1, bytes: Redacted([UInt8](repeating: 1, count: 32)))], programme: "p")
  private let database: any Database
  private let queue: JobQueue
  private let inbox: WebhookInbox
  private let router: Router
  private let vendors: SandboxVendors
  private let servers: [Server]
  private let http: HTTPClient.Client
  private let loop: Loop

  init(_ database: any Database, filter: EarningFilter? = nil) async throws {
    self.database = database
    loop = try Loop(name: "journey")
    http = try HTTPClient.Client(loop: loop)
    vendors = SandboxVendors(seed: 3, time: time, http: http)
    let sandbox = try Server.start(
      ServerConfiguration(address: "127.0.0.1", port: 0), loops: [loop], handler: vendors)
    let credentials = SandboxVendors.Clients().genesys
    let hosts = GenesysHosts(gateway: sandbox.url + "/genesys")
    let tokens = AccessTokenSource(
      name: "genesys", endpoint: hosts.tokenEndpoint(clientID: credentials.id),
      secret: { Redacted(credentials.secret) }, http: http, time: time, random: SystemRandom())
    let genesys = GenesysClient(
      GenesysClient.Configuration(hosts: hosts, callbackQueueID: "", smsFrom: ""), http: http, tokens: tokens,
      time: time, random: SystemRandom())
    let sealer = Sealer(
      current: Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 7, count: 32))), random: SystemRandom())
    queue = JobQueue(time: time, random: SystemRandom(), sealer: sealer)
    let scheme = GenesysScheme()
    let clients = SandboxVendors.Clients()
    let filter =
      try filter
      ?? EarningFilter(when: FilterExpression("$.type = 'WebChat' AND $.state = 'closed'"), eventType: "chat")
    inbox = WebhookInbox(
      WebhookInbox.Settings(sources: [
        WebhookSource(
          name: "genesys", scheme: scheme,
          keys: [
            .shown(Redacted(Array("a key of the journey".utf8))),
            .shown(Redacted(Array(clients.genesysWebhookKey.utf8))),
            .shared(Redacted(Array(clients.genesysSignatureSecret.utf8))),
          ])
      ]),
      consumers: LoyaltyEvents.consumers(
        LiveEarning([.init(source: "genesys", filter: filter)]),
        customer: { [customers] in .hashes(customers.hashes($0)) }, conversations: genesys,
        post: ledger.post, time: time),
      services: WebhookInbox.Services(
        database: database, jobs: queue, sealer: sealer, time: time, random: SystemRandom(), metrics: Metrics(),
        logger: .none))
    router = Router(inbox.routes, access: Nobody())
    let ringback = try Server.start(
      ServerConfiguration(address: "127.0.0.1", port: 0), loops: [loop], handler: router)
    servers = [sandbox, ringback]
    vendors.sendWebhooks(of: .genesys, to: ringback.url + "/v1/webhooks/genesys")
  }

  func stop() async {
    vendors.stop()
    await http.shutdown(grace: .zero)
    for server in servers { await server.drain(deadline: .seconds(1)) }
    loop.stop()
  }

  func runner() -> JobRunner {
    JobRunner(
      queue, on: database, handlers: inbox.jobHandlers, time: time, random: SystemRandom(), logger: .none)
  }

  /// Moves time on until `condition` holds.
  func tick(every step: Duration, until condition: () async -> Bool) async throws {
    let deadline = SystemTime().uptime + .seconds(120)
    while await !condition() {
      guard SystemTime().uptime < deadline else { throw NeverHeld() }
      try await SystemTime().sleep(for: .milliseconds(5))
      time.advance(by: step)
    }
  }

  func post(_ body: String, key: String) async -> Int {
    await router.respond(to: request(.post, "/v1/webhooks/genesys", body, ["x-api-key": key])).status
  }

  @discardableResult
  func control(_ method: HTTPMessages.Method, _ path: String, _ body: String = "") async -> JSONValue {
    let response = await vendors.respond(to: request(method, path, body, [:]))
    #expect((200..<300).contains(response.status), "\(path): \(String(decoding: response.body, as: UTF8.self))")
    return (try? JSONValue(parsing: response.body)) ?? .null
  }

  private func request(_ method: HTTPMessages.Method, _ path: String, _ body: String, _ headers: Headers) -> Request {
    Request(
      method: method, path: path, query: nil, headers: headers, body: Array(body.utf8),
      peer: Peer(address: "127.0.0.1", isTLS: false),
      context: CallContext(requestID: "r-1", trace: TraceContext(random: SystemRandom())))
  }
}

private struct NeverHeld: Error {}

private struct Nobody: AccessControl {
  func admit(_ request: Request, scope: String) async throws(Problem) -> Caller {
    throw Problem(status: 401, code: "invalid_token", title: "no", detail: "No token is good here.")
  }
}

/// A ledger as far as an accrual sees it: each key once, in order.
private final class RememberingLedger: Sendable {
  private struct State {
    var keys: [String] = []
    var known: Set<String> = []
    var customers: [Customer] = []
    var posts = 0
  }

  private let state = Mutex(State())

  var keys: [String] { state.withLock { $0.keys } }
  var customers: [Customer] { state.withLock { $0.customers } }
  var posts: Int { state.withLock { $0.posts } }

  var post: PostToLedger {
    { [self] command in
      state.withLock { state in
        let key = command.key ?? ""
        state.posts += 1
        let isNew = state.known.insert(key).inserted
        if isNew {
          state.keys.append(key)
          state.customers.append(command.customer)
        }
        return CreditedEvent(transactionID: "txn_\(key)", points: 50, isReplay: !isNew)
      }
    }
  }
}
