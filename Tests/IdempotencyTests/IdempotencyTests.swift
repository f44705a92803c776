import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Security
import Storage
import Synchronization
import Testing

@testable import Idempotency

@Suite struct IdempotencyTests {
  private static let effects = Schema(
    room: "effects", steps: ["CREATE TABLE effects (id BIGINT PRIMARY KEY, body BYTEA NOT NULL)"])

  private struct Bench: Sendable {
    let database: any Database
    let time = ManualTime()
    let records: IdempotencyRecords

    init(_ database: any Database) {
      self.database = database
      records = Bench.records(time)
    }

    static func records(_ time: any TimeSource) -> IdempotencyRecords {
      let key = Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 7, count: 32)))
      return IdempotencyRecords(sealer: Sealer(current: key, random: SystemRandom()), time: time)
    }

    /// An effect that leaves a row and answers with its number.
    func post(
      _ body: String, key: String? = "\"k-1\"", client: String = "c", path: String = "/v1/callbacks", status: Int = 202,
      records other: IdempotencyRecords? = nil, on otherDatabase: (any Database)? = nil,
      during: @escaping @Sendable () throws -> Void = {}
    ) async throws -> Response {
      var headers: Headers = [:]
      if let key { headers["idempotency-key"] = key }
      var request = Request(
        method: .post, path: path, headers: headers, body: Array(body.utf8),
        peer: Peer(address: "127.0.0.1", isTLS: false),
        context: CallContext(requestID: "r", trace: TraceContext(random: SeededRandom(seed: 1))))
      request.caller = Caller(clientID: client, scopes: [])
      return try await (other ?? records).perform(request, in: otherDatabase ?? database) { connection in
        let id: Int = try connection.query("SELECT COUNT(*) FROM effects")[0].get(0)
        try connection.execute("INSERT INTO effects (id, body) VALUES ($1, $2)", [id, Array(body.utf8)])
        try during()
        return .json(
          .object([.init("secret_id", .string("cb_\(id)"))]), status: status,
          headers: ["location": "/v1/callbacks/cb_\(id)", "x-other": "1"])
      }
    }

    func effectCount() async throws -> Int { try await database.rows("SELECT COUNT(*) FROM effects")[0].get(0) }
  }

  private func withBench(_ engine: Engine, _ body: (Bench) async throws -> Void) async throws {
    try await engine.withDatabase(schemas: [IdempotencySchema.schema, Self.effects]) { try await body(Bench($0)) }
  }

  private func problem(_ body: () async throws -> Response) async throws -> Problem? {
    do {
      _ = try await body()
      return nil
    } catch let problem as Problem {
      return problem
    }
  }

  @Test(arguments: Engine.available)
  func theSameRequestIsAnsweredWithTheFirstAnswer(_ engine: Engine) async throws {
    try await withBench(engine) { bench in
      let first = try await bench.post("{}")
      let again = try await bench.post("{}", key: "k-1")
      #expect(again.status == 202)
      #expect(again.body == first.body)
      #expect(again.headers["location"] == "/v1/callbacks/cb_0")
      #expect(again.headers["content-type"] == "application/json")
      #expect(again.headers["idempotency-replayed"] == "true")
      #expect(again.headers["x-other"] == nil)
      #expect(first.headers["idempotency-replayed"] == nil)
      #expect(try await bench.effectCount() == 1)
      let stored = try await bench.database.rows("SELECT response, id FROM idempotency_records")[0]
      #expect(!String(decoding: try stored.get(0, as: [UInt8].self), as: UTF8.self).contains("secret_id"))
      #expect(!(try stored.get(1, as: String.self)).contains("k-1"))
    }
  }

  @Test(arguments: Engine.available)
  func anotherBodyWithTheSameKeyIsRefused(_ engine: Engine) async throws {
    try await withBench(engine) { bench in
      _ = try await bench.post("{}")
      let problem = try await problem { try await bench.post("{ }") }
      #expect(problem?.status == 422)
      #expect(problem?.code == "idempotency_key_reused")
      #expect(try await bench.effectCount() == 1)
    }
  }

  @Test func aKeyBelongsToAClientAndAPath() async throws {
    try await withBench(.sqlite) { bench in
      _ = try await bench.post("{}")
      _ = try await bench.post("{}", client: "other")
      _ = try await bench.post("{}", path: "/v1/other")
      _ = try await bench.post("{}", key: nil)
      _ = try await bench.post("{}", key: nil)
      #expect(try await bench.effectCount() == 5)
    }
  }

  @Test(arguments: Engine.available)
  func whatFailsLeavesNeitherEffectNorRecord(_ engine: Engine) async throws {
    try await withBench(engine) { bench in
      let thrown = try await problem {
        try await bench.post("{}") { throw Problem(status: 422, code: "number_invalid", title: "", detail: "") }
      }
      #expect(thrown?.code == "number_invalid")
      #expect(try await bench.post("{}", status: 503).status == 503)
      #expect(try await bench.post("{}", key: nil, status: 500).status == 500)
      #expect(try await bench.effectCount() == 0)
      #expect(try await bench.post("{}").headers["idempotency-replayed"] == nil)
      #expect(try await bench.effectCount() == 1)
    }
  }

  @Test func aRefusalThatTheEffectAnswersIsKept() async throws {
    try await withBench(.sqlite) { bench in
      _ = try await bench.post("{}", status: 409)
      let again = try await bench.post("{}", status: 202)
      #expect(again.status == 409)
      #expect(again.headers["idempotency-replayed"] == "true")
    }
  }

  @Test(arguments: Engine.available)
  func aRecordExpires(_ engine: Engine) async throws {
    try await withBench(engine) { bench in
      _ = try await bench.post("{}")
      bench.time.advance(by: .seconds(86_400) - .microseconds(1))
      #expect(try await bench.post("{}").headers["idempotency-replayed"] == "true")
      #expect(try await bench.records.sweep(in: bench.database) == 0)
      bench.time.advance(by: .microseconds(1))
      #expect(try await bench.post("{ }").headers["idempotency-replayed"] == nil)
      bench.time.advance(by: .seconds(86_400))
      #expect(try await bench.records.sweep(in: bench.database) == 1)
      #expect(try await bench.effectCount() == 2)
    }
  }

  /// A hundred at once: one effect; the others get its answer or are told to wait.
  @Test(arguments: Engine.available)
  func concurrentRequestsHaveOneEffect(_ engine: Engine) async throws {
    try await withBench(engine) { bench in
      let codes = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<100 {
          group.addTask {
            do { return "\(try await bench.post("{}").status)" } catch let problem as Problem {
              return "\(problem.code) \(problem.retryAfter == .seconds(1))"
            }
          }
        }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(codes.isSubset(of: ["202", "request_in_progress true"]))
      #expect(codes.contains("202"))
      #expect(try await bench.effectCount() == 1)
    }
  }

  /// The effect holds its transaction open until the second request has been refused.
  @Test(arguments: Engine.available)
  func whileTheFirstRunsTheSecondIsToldSo(_ engine: Engine) async throws {
    try await withBench(engine) { bench in
      let (started, start) = AsyncStream.makeStream(of: Void.self)
      let gate = ThreadGate()
      async let first = bench.post("{}") {
        start.yield()
        gate.wait()
      }
      for await _ in started { break }
      let same = try await problem { try await bench.post("{}") }
      let other = try await problem { try await bench.post("{ }") }
      gate.open()
      #expect(same?.status == 409)
      #expect(same?.code == "request_in_progress")
      #expect(same?.retryAfter == .seconds(1))
      #expect(other?.code == "idempotency_key_reused")
      #expect(try await first.status == 202)
      #expect(try await bench.post("{}").headers["idempotency-replayed"] == "true")
    }
  }

  /// As two processes: neither knows what runs in the other; the table does.
  @Test(arguments: Engine.available)
  func twoProcessesHaveOneEffect(_ engine: Engine) async throws {
    try await engine.withDatabases(count: 2, schemas: [IdempotencySchema.schema, Self.effects]) { databases in
      let bench = Bench(databases[0])
      let other = Bench.records(bench.time)
      for round in 0..<20 {
        async let first = bench.post("{}", key: "k-\(round)")
        async let second = bench.post("{}", key: "k-\(round)", records: other, on: databases[1])
        let answers = [try await first, try await second]
        #expect(answers[0].body == answers[1].body)
        #expect(answers.filter { $0.headers["idempotency-replayed"] == "true" }.count == 1)
      }
      #expect(try await bench.effectCount() == 20)
    }
  }

  // MARK: - The field

  @Test(arguments: [
    ("abc", "abc"), ("\"abc\"", "abc"), ("\"a\\\"b\\\\c\"", "a\"b\\c"), (String(repeating: "k", count: 255), nil),
    ("a\"b", "a\"b"), ("8e03978e-40d5-43dd-bc93-6894a57f9324", nil),
  ])
  func keysAreTakenQuotedOrBare(_ value: String, _ expected: String?) throws {
    #expect(try IdempotencyKey.read(from: ["idempotency-key": value])?.text == expected ?? value)
  }

  @Test(arguments: [
    "", "\"\"", "\"", "\"abc", "\"a\"b\"", "\"a\\b\"", "\"abc\\\"", "a b", "\"a b\"", "käse", "a\tb",
    String(repeating: "k", count: 256),
  ])
  func badKeysAreRefused(_ value: String) {
    let problem = #expect(throws: Problem.self) { try IdempotencyKey.read(from: ["idempotency-key": value]) }
    #expect(problem?.status == 400)
    #expect(problem?.code == "idempotency_key_invalid")
  }

  @Test func twoKeysAreNone() {
    var headers: Headers = ["idempotency-key": "a"]
    headers.add("idempotency-key", "a")
    #expect(throws: Problem.self) { try IdempotencyKey.read(from: headers) }
  }
}
