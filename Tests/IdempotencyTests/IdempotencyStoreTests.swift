import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Security
import Storage
import Synchronization
import Testing

@testable import Idempotency

@Suite struct IdempotencyStoreTests {
  private let time = ManualTime()

  /// A store over a table of effects, so that what was done can be counted.
  private func withStore(
    _ engine: Engine, _ body: (IdempotencyStore, any Database) async throws -> Void
  ) async throws {
    try await engine.withDatabase { database in
      let effects = Schema(room: "test", steps: ["CREATE TABLE effects (name TEXT NOT NULL)"])
      try await Migrator([IdempotencyStore.schema, effects], time: time).migrate(database)
      let key = Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 7, count: 32)))
      let sealer = Sealer(current: key, random: SystemRandom())
      try await body(IdempotencyStore(database: database, sealer: sealer, time: time), database)
    }
  }

  private func request(
    key: String?, body: String = "{}", client: String = "c", path: String = "/v1/x", keys: [String] = []
  ) -> Request {
    var headers: Headers = [:]
    for key in [key].compactMap({ $0 }) + keys { headers.add("Idempotency-Key", key) }
    var request = Request(
      method: .post, path: path, headers: headers, body: Array(body.utf8), peer: Peer(address: "::1", isTLS: false),
      context: CallContext(requestID: "r", trace: TraceContext(random: SeededRandom(seed: 1))))
    request.caller = Caller(clientID: client, scopes: [])
    return request
  }

  private func act(_ store: IdempotencyStore, _ request: Request, status: Int = 202) async throws -> Response {
    try await store.respond(to: request) { connection in
      try connection.execute("INSERT INTO effects (name) VALUES ($1)", ["done"])
      let count = try connection.query("SELECT COUNT(*) FROM effects")[0].get(0, as: Int.self)
      return .json(["count": .integer(count)], status: status, headers: ["location": "/v1/x/\(count)"])
    }
  }

  private func effects(_ database: any Database) async throws -> Int {
    try await database.read { try $0.query("SELECT COUNT(*) FROM effects")[0].get(0) }
  }

  @Test(arguments: Engine.available)
  func theSameRequestTwiceHasOneEffectAndOneAnswer(engine: Engine) async throws {
    try await withStore(engine) { store, database in
      let first = try await act(store, request(key: "k"))
      let again = try await act(store, request(key: "\"k\""))
      #expect(try await effects(database) == 1)
      #expect(again.status == first.status)
      #expect(again.body == first.body)
      #expect(again.headers["location"] == "/v1/x/1")
      #expect(again.headers["content-type"] == "application/json")
      #expect(again.headers["idempotency-replayed"] == "true")
      #expect(first.headers["idempotency-replayed"] == nil)
    }
  }

  @Test(arguments: Engine.available)
  func anotherBodyUnderTheSameKeyIsRefused(engine: Engine) async throws {
    try await withStore(engine) { store, database in
      _ = try await act(store, request(key: "k"))
      let problem = await #expect(throws: Problem.self) { try await act(store, request(key: "k", body: "[]")) }
      #expect(problem?.status == 422)
      #expect(problem?.code == "idempotency_key_reused")
      #expect(try await effects(database) == 1)
    }
  }

  @Test(arguments: Engine.available)
  func keysBelongToOneClientAndOnePath(engine: Engine) async throws {
    try await withStore(engine) { store, database in
      _ = try await act(store, request(key: "k"))
      _ = try await act(store, request(key: "k", client: "other"))
      _ = try await act(store, request(key: "k", path: "/v1/y"))
      _ = try await act(store, request(key: nil))
      _ = try await act(store, request(key: nil))
      #expect(try await effects(database) == 5)
    }
  }

  @Test(arguments: Engine.available)
  func aKeyIsForgottenWhenItsTimeHasPassed(engine: Engine) async throws {
    try await withStore(engine) { store, database in
      _ = try await act(store, request(key: "k"))
      time.advance(by: .seconds(24 * 3_600))
      _ = try await act(store, request(key: "k"))
      #expect(try await effects(database) == 1)
      time.advance(by: .seconds(2 * 3_600))
      _ = try await act(store, request(key: "k", body: "[]"))
      #expect(try await effects(database) == 2)
      time.advance(by: .seconds(26 * 3_600))
      try await store.sweep()
      let kept = try await database.read { try $0.query("SELECT COUNT(*) FROM idempotency_records")[0].get(0, as: Int.self) }
      #expect(kept == 0)
    }
  }

  @Test(arguments: Engine.available)
  func failuresAreNotRemembered(engine: Engine) async throws {
    struct Broken: Error {}
    try await withStore(engine) { store, database in
      await #expect(throws: Broken.self) {
        try await store.respond(to: request(key: "k")) { connection in
          try connection.execute("INSERT INTO effects (name) VALUES ($1)", ["half"])
          throw Broken()
        }
      }
      #expect(try await effects(database) == 0)
      _ = try await act(store, request(key: "k"), status: 503)
      let again = try await act(store, request(key: "k"))
      #expect(again.status == 202)
    }
  }

  @Test(arguments: Engine.available)
  func manyAtOnceHaveOneEffect(engine: Engine) async throws {
    try await withStore(engine) { store, database in
      let outcomes = await withTaskGroup(of: Int.self) { group in
        for _ in 0..<32 {
          group.addTask {
            do { return try await act(store, request(key: "k")).status } catch { return (error as? Problem)?.status ?? 0 }
          }
        }
        return await group.reduce(into: Set<Int>()) { $0.insert($1) }
      }
      #expect(outcomes.isSubset(of: [202, 409]))
      #expect(outcomes.contains(202))
      let count = try await effects(database)
      #expect(count == 1)
    }
  }

  /// Two instances know nothing of each other but the database.
  @Test(arguments: Engine.available)
  func twoInstancesHaveOneEffect(engine: Engine) async throws {
    try await withStore(engine) { store, database in
      let key = Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 7, count: 32)))
      let other = IdempotencyStore(
        database: database, sealer: Sealer(current: key, random: SystemRandom()), time: time)
      let statuses = await withTaskGroup(of: Int.self) { group in
        for instance in [store, other] {
          group.addTask {
            do { return try await act(instance, request(key: "k")).status } catch { return (error as? Problem)?.status ?? 0 }
          }
        }
        return await group.reduce(into: [Int]()) { $0.append($1) }
      }
      #expect(statuses.allSatisfy { [202, 409].contains($0) })
      let count = try await effects(database)
      #expect(count == 1)
    }
  }

  @Test func nothingOfTheKeyOrTheAnswerLiesInClear() async throws {
    try await withStore(.sqlite) { store, database in
      _ = try await store.respond(to: request(key: "4111111111111111")) { _ in .json(["secret": "hunter2"]) }
      let rows = try await database.read { try $0.query("SELECT * FROM idempotency_records") }
      let text = rows.map { "\($0)" }.joined()
      #expect(!text.contains("4111111111111111"))
      let blob = try rows[0].get(3, as: [UInt8].self)
      #expect(!String(decoding: blob, as: UTF8.self).contains("hunter2"))
    }
  }

  @Test(arguments: ["", "\"\"", "a b", "\"a", "a\"b", "\"a\"b\"", "ü", "\t", String(repeating: "k", count: 256)])
  func aBadKeyIsRefused(key: String) throws {
    let problem = #expect(throws: Problem.self) { try IdempotencyKey.read(request(key: key)) }
    #expect(problem?.code == "idempotency_key_invalid")
  }

  @Test(arguments: [("k", "k"), ("\"k\"", "k"), (#""a\"b\\c""#, #"a"b\c"#), ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324")])
  func aKeyIsReadQuotedOrBare(value: String, key: String) throws {
    #expect(try IdempotencyKey.read(request(key: value)) == key)
  }

  @Test func twoKeysAreRefused() {
    #expect(throws: Problem.self) { try IdempotencyKey.read(request(key: "a", keys: ["a"])) }
  }
}
