import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Jobs
import Security
import Storage
import Synchronization
import Telemetry

@testable import Recording

/// The whole feature on a database, asked through the router.
struct Fixture: Sendable {
  static let conversation = "0b8f6a54-11f0-4f0a-9c35-6d6c6f1f5a10"

  let time = ManualTime(now: Timestamp("2026-11-21T12:00:00Z")!)
  let control = ScriptedRecording()
  let database: any Database
  let jobs: JobQueue
  let feature: RecordingFeature
  private let router: Router

  init(_ database: any Database, pauseLimit: Duration = .seconds(300)) {
    self.database = database
    jobs = JobQueue(
      time: time, random: SeededRandom(seed: 6),
      sealer: Sealer(
        current: Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 7, count: 32))), random: SeededRandom(seed: 5)))
    feature = RecordingFeature(
      pauseLimit: pauseLimit, control: control, database: database, jobs: jobs, time: time,
      random: SeededRandom(seed: 8), logger: .none)
    router = Router(feature.routes, access: EverybodyMay()) { error, _ in preconditionFailure("\(error)") }
  }

  static func with(_ engine: Engine = .sqlite, _ body: (Fixture) async throws -> Void) async throws {
    try await engine.withDatabase(schemas: [JobsSchema.schema, RecordingFeature.schema]) { try await body(Fixture($0)) }
  }

  @discardableResult
  func set(_ state: String, of conversation: String = conversation, body: String? = nil) async -> Answer {
    let request = Request(
      method: .post, path: "/v1/conversations/\(conversation)/recording", query: nil,
      headers: ["content-type": "application/json"], body: Array((body ?? #"{"state":"\#(state)"}"#).utf8),
      peer: Peer(address: "127.0.0.1", isTLS: false),
      context: CallContext(requestID: "call-1", trace: TraceContext(random: SeededRandom(seed: 1))))
    return Answer(response: await router.respond(to: request))
  }

  /// Runs the jobs that are due until none is left, as a server would that has started just now.
  func runDueJobs() async throws {
    let runner = JobRunner(
      jobs, on: database, handlers: feature.jobHandlers, time: time, random: SeededRandom(seed: 4), logger: .none)
    async let running: Void = runner.run()
    while try await dueJobs() > 0 { await Task.yield() }
    runner.drain(within: .seconds(60))
    await running
  }

  /// Jobs that wait for their time.
  func waitingJobs() async throws -> Int { try await count("state = 'ready' AND run_at > \(time.now.microseconds)") }

  private func dueJobs() async throws -> Int {
    try await count("state IN ('running', 'sending') OR state = 'ready' AND run_at <= \(time.now.microseconds)")
  }

  private func count(_ condition: String) async throws -> Int {
    try await database.read { try $0.query("SELECT id FROM jobs WHERE \(condition)").count }
  }
}

struct Answer: Sendable {
  let response: Response
  var status: Int { response.status }
  var json: JSONValue { (try? JSONValue(parsing: response.body)) ?? .null }
  var code: String? { json["code"]?.string }
}

/// A contact centre that answers what a test tells it to; then it does what it is asked.
final class ScriptedRecording: RecordingControl {
  private struct State {
    var script: [RecordingControlError] = []
    var doesItAllTheSame = false
    var asked: [RecordingState] = []
    var now = RecordingState.active
    var meanwhile: (@Sendable () async -> Void)?
  }

  private let state = Mutex(State())

  /// What it was asked for, in order.
  var asked: [RecordingState] { state.withLock { $0.asked } }
  /// What the recording does.
  var recording: RecordingState { state.withLock { $0.now } }

  func fails(with errors: RecordingControlError..., doesItAllTheSame: Bool = false) {
    state.withLock { ($0.script, $0.doesItAllTheSame) = (errors, doesItAllTheSame) }
  }

  /// What happens while the next request is on its way.
  func meanwhile(_ body: @escaping @Sendable () async -> Void) {
    state.withLock { $0.meanwhile = body }
  }

  func setRecording(
    _ wanted: RecordingState, of conversation: String, context: CallContext
  ) async throws(RecordingControlError) {
    let meanwhile = state.withLock { state in
      defer { state.meanwhile = nil }
      return state.meanwhile
    }
    await meanwhile?()
    let error: RecordingControlError? = state.withLock { state in
      state.asked.append(wanted)
      let error = state.script.isEmpty ? nil : state.script.removeFirst()
      if error == nil || state.doesItAllTheSame { state.now = wanted }
      return error
    }
    if let error { throw error }
  }
}

private struct EverybodyMay: AccessControl {
  func admit(_ request: Request, scope: String) async throws(Problem) -> Caller {
    Caller(clientID: "dev", scopes: [scope])
  }
}

/// A number that is found out while something else waits.
final class Committed: Sendable {
  private let number = Mutex(0)
  var value: Int { number.withLock { $0 } }
  func set(_ value: Int) { number.withLock { $0 = value } }
}
