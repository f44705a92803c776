import Core
import DatabaseTesting
import EventLoop
import HTTPClient
import HTTPMessages
import HTTPServer
import Jobs
import Sandbox
import Security
import Storage
import Synchronization
import Telemetry

@testable import Events

/// Events on a database of their own, with a clock that the test moves, the sandbox's subscriber over HTTP, and the API
/// itself over HTTP.
struct Bench: Sendable {
  /// The sandbox's subscriber takes what is signed with this one.
  static let secret = "whsec_cmluZ2JhY2sgc2FuZGJveCwgbm90IGEgc2VjcmV0ISE="

  let database: any Database
  let time: ManualTime
  let queue: JobQueue
  let http: Client
  let sandboxURL: String
  let configuration: EventsConfiguration
  let feature: EventsFeature

  var subscriberURL: String { sandboxURL + "/subscriber/events" }

  static func with(
    _ engine: Engine = .sqlite, configure: @escaping (inout EventsConfiguration, String) -> Void = { _, _ in },
    _ body: (Bench) async throws -> Void
  ) async throws {
    try await engine.withDatabases(count: 1, schemas: [JobsSchema.schema, EventsFeature.schema]) { databases in
      try await with(databases[0], configure, body)
    }
  }

  static func with(
    _ database: any Database, _ configure: (inout EventsConfiguration, String) -> Void = { _, _ in },
    _ body: (Bench) async throws -> Void
  ) async throws {
    let loop = try Loop(name: "bench")
    defer { loop.stop() }
    let time = ManualTime()
    let sandbox = try Server.start(
      ServerConfiguration(), loops: [loop], handler: SandboxVendors(seed: 1, time: time), time: time)
    let http = try Client(loop: loop)
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(
        try await body(Bench(database, time: time, http: http, sandboxURL: sandbox.url, configure)))
    } catch {
      outcome = .failure(error)
    }
    await http.shutdown(grace: .zero)
    await sandbox.drain(deadline: .zero)
    try outcome.get()
  }

  private init(
    _ database: any Database, time: ManualTime, http: Client, sandboxURL: String,
    _ configure: (inout EventsConfiguration, String) -> Void
  ) {
    self.database = database
    self.time = time
    self.http = http
    self.sandboxURL = sandboxURL
    let key = Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 7, count: 32)))
    queue = JobQueue(time: time, random: SystemRandom(), sealer: Sealer(current: key, random: SystemRandom()))
    var configuration = EventsConfiguration(source: "https://ringback.example.com")
    configure(&configuration, sandboxURL + "/subscriber/events")
    self.configuration = configuration
    feature = EventsFeature(configuration, services: Self.services(database, queue, http, time))
  }

  private static func services(
    _ database: any Database, _ queue: JobQueue, _ http: any HTTPRequesting, _ time: any TimeSource
  ) -> EventsFeature.Services {
    EventsFeature.Services(
      database: database, jobs: queue, http: http, time: time, random: SeededRandom(seed: 3), logger: .none)
  }

  /// As another process has it: the same database, nothing else shared.
  func otherProcess(on other: any Database) -> EventsFeature {
    EventsFeature(
      configuration,
      services: EventsFeature.Services(
        database: other, jobs: queue, http: http, time: time, random: SystemRandom(), logger: .none))
  }

  @discardableResult
  func append(
    _ type: String = "return.requested", subject: String = "ret_1", data: JSONValue = ["status": "requested"],
    by feature: EventsFeature? = nil
  ) async throws -> String {
    let (outbox, time) = ((feature ?? self.feature).outbox, time)
    return try await database.write {
      try outbox.append(type: type, subject: subject, time: time.now, data: data.text, in: $0)
    }
  }

  /// Runs what delivers beside `body`.
  func delivering(_ body: () async throws -> Void) async throws {
    let runner = JobRunner(
      queue, on: database, handlers: feature.jobHandlers, time: time, random: SeededRandom(seed: 1), logger: .none)
    let task = Task { await runner.run() }
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
    runner.drain(within: .zero)
    await task.value
    try outcome.get()
  }

  /// Runs the tail beside `body`.
  func tailing(_ body: () async throws -> Void) async throws {
    let task = Task { [tail = feature.tail] in await tail.run() }
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
    task.cancel()
    await task.value
    try outcome.get()
  }

  /// Serves `GET /v1/events` to whoever asks.
  func serving(_ body: (Server) async throws -> Void) async throws {
    let loop = try Loop(name: "events-api")
    defer { loop.stop() }
    let server = try Server.start(
      ServerConfiguration(), loops: [loop], handler: Router(feature.routes, access: Anybody()), time: time)
    try await tailing {
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await body(server)) } catch { outcome = .failure(error) }
      feature.tail.close()
      await server.drain(deadline: .seconds(60))
      try outcome.get()
    }
  }

  private struct Anybody: AccessControl {
    func admit(_ request: Request, scope: String) async throws(Problem) -> Caller {
      Caller(clientID: "test", scopes: [scope])
    }
  }

  // MARK: - The sandbox

  func journal() async throws -> [JSONValue] {
    let answer = try await http.send(OutgoingRequest(.get, sandboxURL + "/_journal/subscriber"))
    return try JSONValue(parsing: answer.body)["entries"]?.array ?? []
  }

  func setFault(_ fault: String?) async throws {
    let url = sandboxURL + "/_faults/subscriber"
    let request =
      fault.map {
        OutgoingRequest(.put, url, headers: ["content-type": "application/json"], body: Array($0.utf8))
      } ?? OutgoingRequest(.delete, url)
    _ = try await http.send(request)
  }

  // MARK: - Looking

  func state(_ name: String = "shop") async throws -> SubscriberState {
    try await database.read { try SubscriberTable().find(name, in: $0) }
  }

  /// The delivery jobs, oldest first.
  func deliveries() async throws -> [JobStatus] {
    let ids = try await database.rows("SELECT id FROM jobs ORDER BY ordinal")
    var all: [JobStatus] = []
    for row in ids {
      if let status = try await queue.find(try row.get(0), in: database) { all.append(status) }
    }
    return all
  }

  /// Waits, with real time, for what happens without it; for as long as a slow machine may take.
  ///
  /// - Parameter step: how far the clock goes on with each look, for what sleeps.
  func eventually(step: Duration = .zero, _ condition: () async throws -> Bool) async throws {
    let deadline = SystemTime().uptime + .seconds(120)
    while try await !condition() {
      guard SystemTime().uptime < deadline else { throw Never() }
      if step > .zero { time.advance(by: step) }
      try await SystemTime().sleep(for: .milliseconds(2))
    }
  }

  struct Never: Error {}
}

extension WebhookSecret {
  init(valid text: String) {
    guard let secret = WebhookSecret(Redacted(text)) else { preconditionFailure("\(text) is no secret") }
    self = secret
  }
}

extension Subscriber {
  init(_ url: String, name: String = "shop", types: [String] = [], secrets: [String] = [Bench.secret]) {
    let secrets = secrets.map { WebhookSecret(valid: $0) }
    self.init(name: name, url: url, types: types.compactMap(EventTypePattern.init)) { secrets }
  }
}

/// What a client is sent of a stream.
final class Received: Sendable {
  private let state = Mutex((reader: ServerSentEventReader(), events: [ServerSentEventReader.Event](), text: ""))

  func take(_ part: [UInt8]) {
    state.withLock { state in
      state.events += state.reader.read(part)
      state.text += String(decoding: part, as: UTF8.self)
    }
  }

  var events: [ServerSentEventReader.Event] { state.withLock { $0.events } }
  var text: String { state.withLock { $0.text } }
}
