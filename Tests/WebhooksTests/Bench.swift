import Core
import DatabaseTesting
import Foundation
import HTTPMessages
import HTTPServer
import Jobs
import Security
import Storage
import Synchronization
import Telemetry

@testable import Webhooks

/// An inbox with two sources and a consumer that does what it is told, with time that stands still until it is moved.
struct Bench: Sendable {
  let database: any Database
  let time = ManualTime(now: signedAt)
  let metrics = Metrics()
  let consumer = ScriptedConsumer()
  let queue: JobQueue
  let inbox: WebhookInbox
  private let router: Router

  init(_ database: any Database, settings: WebhookInbox.Settings = Bench.settings()) {
    self.database = database
    let key = Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 7, count: 32)))
    let sealer = Sealer(current: key, random: SystemRandom())
    queue = JobQueue(time: time, random: SystemRandom(), sealer: sealer)
    inbox = WebhookInbox(
      settings, consumers: ["guide-shop": consumer, "adobe-io": consumer, "genesys": consumer],
      services: WebhookInbox.Services(
        database: database, jobs: queue, sealer: sealer, time: time, random: SystemRandom(), metrics: metrics,
        logger: .none, access: OneToken()))
    router = Router(inbox.routes, access: NobodyIsAsked()) { error, _ in
      if case DatabaseError.unavailable = error {
        Problem(
          status: 503, code: "database_unavailable", title: "away", detail: "As the program has it.",
          retryAfter: .seconds(5))
      } else {
        Problem(status: 500, code: "internal_error", title: "bug", detail: "\(error)")
      }
    }
  }

  static func with(_ engine: Engine, _ body: (Bench) async throws -> Void) async throws {
    try await engine.withDatabase(schemas: [JobsSchema.schema, WebhookInbox.schema]) { try await body(Bench($0)) }
  }

  /// `shopify` has a secret and nobody who listens.
  static func settings(secrets: [String] = ["s"], isEnabled: Bool = true) -> WebhookInbox.Settings {
    WebhookInbox.Settings(
      sources: [WebhookVendor.guideShop, .adobeIO, .shopify, .genesys].map { vendor in
        let scheme = vendor.scheme(tolerance: .seconds(300))
        return WebhookSource(
          name: vendor.rawValue, scheme: scheme, keys: secrets.compactMap { scheme.key(from: Redacted($0)) },
          isEnabled: isEnabled)
      })
  }

  // MARK: - From outside

  static let body = #"{"type":"return.updated","customer":"canary@example.com"}"#

  /// - Parameter headers: what differs from a good delivery; an empty value leaves the field out.
  func post(
    _ body: String = Bench.body, id: String = "d-1", source: String = "guide-shop", secret: String = "s",
    headers: Headers = [:]
  ) async -> Answer {
    var all: Headers = [
      "x-signature": hmac(body, secret).hex, "x-timestamp": String(time.now.seconds), "x-delivery-id": id,
    ]
    for (name, value) in headers { all[name] = value.isEmpty ? nil : value }
    return await answer(request(.post, "/v1/webhooks/\(source)", headers: all, body: Array(body.utf8)))
  }

  func get(_ path: String, query: String? = nil) async -> Response {
    await router.respond(to: request(.get, path, query: query))
  }

  private func answer(_ request: Request) async -> Answer {
    let response = await router.respond(to: request)
    return Answer(response: response, json: (try? JSONValue(parsing: response.body)) ?? nil)
  }

  private func request(
    _ method: HTTPMessages.Method, _ path: String, query: String? = nil, headers: Headers = [:], body: [UInt8] = []
  ) -> Request {
    Request(
      method: method, path: path, query: query, headers: headers, body: body,
      peer: Peer(address: "127.0.0.1", isTLS: false),
      context: CallContext(requestID: "r-1", trace: TraceContext(random: SeededRandom(seed: 1))))
  }

  // MARK: - Inside

  func entries() async throws -> [InboxEntry] {
    let table = inbox.table
    return try await database.read { try table.list(limit: 1_000, in: $0) }
  }

  func jobCount() async throws -> Int { try await database.rows("SELECT COUNT(*) FROM jobs")[0].get(0) }

  /// Runs the jobs until `condition` holds.
  func work(until condition: (Bench) async throws -> Bool) async throws {
    let runner = JobRunner(
      queue, on: database, handlers: inbox.jobHandlers, time: time, random: SystemRandom(), logger: .none)
    let task = Task { await runner.run() }
    let deadline = SystemTime().uptime + .seconds(120)
    var holds = try await condition(self)
    while !holds, SystemTime().uptime < deadline {
      try await SystemTime().sleep(for: .milliseconds(2))
      holds = try await condition(self)
    }
    runner.drain(within: .seconds(60))
    await task.value
    if !holds { throw NeverHeld() }
  }

  func metric(_ line: String) -> Bool {
    String(decoding: metrics.render(), as: UTF8.self).split(separator: "\n").contains { $0 == line }
  }
}

struct NeverHeld: Error {}

struct Answer: Sendable {
  let response: Response
  let json: JSONValue

  var status: Int { response.status }
  var code: String? { json["code"]?.string }
  var state: String? { json["state"]?.string }
  var isDuplicate: Bool { json["duplicate"] == true }
}

private struct NobodyIsAsked: AccessControl {
  func admit(_ request: Request, scope: String) async throws(Problem) -> Caller {
    throw Problem(status: 500, code: "asked", title: "asked", detail: "A webhook needs no token.")
  }
}

/// Lets `good` in, with the scope for webhooks.
private struct OneToken: AccessControl {
  func admit(_ request: Request, scope: String) async throws(Problem) -> Caller {
    guard request.headers["authorization"]?.hasSuffix(" good") == true, scope == "webhooks:send" else {
      throw Problem(status: 403, code: "insufficient_scope", title: "no", detail: "Not with this token.")
    }
    return Caller(clientID: "genesys", scopes: [scope])
  }
}

/// Takes topics that begin with `return`, in a lane of their order, and answers in turn.
final class ScriptedConsumer: WebhookConsumer {
  private struct State {
    var answers: [Consumption] = []
    var seen: [InboxDelivery] = []
    var requestIDs: [String] = []
  }

  private let state = Mutex(State())

  var seen: [InboxDelivery] { state.withLock { $0.seen } }
  var requestIDs: [String] { state.withLock { $0.requestIDs } }

  func answer(_ answers: Consumption...) { state.withLock { $0.answers = answers } }

  func triage(topic: String, body: JSONValue) -> Triage {
    guard topic.hasPrefix("return") else { return .ignore(reason: "the topic is not about returns") }
    return .take(lane: body["order_id"]?.string)
  }

  func consume(_ delivery: InboxDelivery, context: CallContext) async -> Consumption {
    state.withLock { state in
      state.seen.append(delivery)
      state.requestIDs.append(context.requestID)
      return state.answers.isEmpty ? .applied(note: Optional.none) : state.answers.removeFirst()
    }
  }
}
