import Core
import EventLoop
import Glibc
import HTTPClient
import HTTPMessages
import HTTPServer
import Security
import Storage
import Synchronization
import Telemetry
import Testing

@testable import Identity

/// The authorization server with a database of its own, the clock in the test's hand, a client `shop` and one route to
/// get at.
struct Fixture {
  static let secret = "open:sesame%+ä"
  static let outsideIssuer = "https://login.partner.example/tenant"

  let server: AuthorizationServer
  let database: any Database
  let time: ManualTime
  let http: KeyServer
  let log = LogLines()
  /// Where scrypt runs: one thread.
  let pool: BlockingPool
  private let router: Router

  init(
    poolCapacity: Int = 100, database: (any Database)? = nil, time: ManualTime = ManualTime(),
    _ change: (inout IdentityConfiguration) -> Void = { _ in }
  ) async throws {
    var configuration = IdentityConfiguration(
      issuer: "https://ringback.example", audience: "https://ringback.example/v1",
      scopes: ["orders:read", "callbacks:create", "messages:send"],
      outsideIssuers: [
        OutsideIssuer(
          issuer: Self.outsideIssuer, keysURL: "https://login.partner.example/keys", audience: "ringback",
          scopes: ["read_orders": "orders:read"])
      ])
    change(&configuration)
    let random = SeededRandom(seed: 7)
    let database = if let database { database } else { try await TestDatabases.open() }
    let http = try KeyServer()
    let key = Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 9, count: 32)))
    let log = log
    pool = try BlockingPool(name: "scrypt", threads: 1, capacity: poolCapacity)
    server = AuthorizationServer(
      configuration: configuration, database: database, sealer: Sealer(current: key, random: random),
      pool: pool, http: http, time: time, random: random,
      logger: Logger(LogOutput(level: .debug, time: time) { log.append($0) }),
      secretCost: SecretHash.Cost(logN: 4, r: 8, p: 1)!)
    let answer: @Sendable (Request) -> Response = { .text($0.caller?.clientID ?? "nobody") }
    let protected = Route(.get, "/v1/orders", access: .scope("orders:read"), ready: answer, handler: answer)
    router = Router(server.routes + [protected], access: server.verifier) { error, _ in
      Issue.record("a route threw \(error)")
      return .internalError
    }
    (self.database, self.time, self.http) = (database, time, http)
    try await server.start()
    try await server.clients.ensureClient(
      id: "shop", secret: Redacted(Self.secret), scopes: ["orders:read", "callbacks:create"])
  }

  // MARK: - Requests

  func respond(
    _ method: HTTPMessages.Method, _ path: String, query: String? = nil, headers: Headers = [:], body: String = "",
    address: String = "192.0.2.1"
  ) async -> Response {
    let context = CallContext(requestID: "call-1", trace: TraceContext(random: SeededRandom(seed: 1)))
    let request = Request(
      method: method, path: path, query: query, headers: headers, body: Array(body.utf8),
      peer: Peer(address: address, isTLS: true), context: context)
    // As the server does.
    if let response = router.readyAnswer(to: request) { return response }
    return await router.respond(to: request)
  }

  /// A form with the client's credentials in HTTP Basic.
  func post(
    _ path: String, _ form: KeyValuePairs<String, String>, client: String = "shop", secret: String = Self.secret,
    address: String = "192.0.2.1"
  ) async -> Response {
    await respond(
      .post, path,
      headers: ["authorization": Self.basic(client, secret), "content-type": "application/x-www-form-urlencoded"],
      body: FormFields.encode(form), address: address)
  }

  static func basic(_ client: String, _ secret: String) -> String {
    "Basic " + Base64.standard.encode(Array("\(client.percentEncoded):\(secret.percentEncoded)".utf8))
  }

  func token(scope: String? = nil) async throws -> String {
    let response =
      if let scope {
        await post("/oauth/token", ["grant_type": "client_credentials", "scope": scope])
      } else {
        await post("/oauth/token", ["grant_type": "client_credentials"])
      }
    return try #require(response.json["access_token"]?.string)
  }

  func get(with token: String) async -> Response {
    await respond(.get, "/v1/orders", headers: ["authorization": "Bearer \(token)"])
  }
}

extension Response {
  var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
  var text: String { String(decoding: body, as: UTF8.self) }
}

final class LogLines: Sendable {
  private let lines: Mutex<[String]> = Mutex([])
  func append(_ line: [UInt8]) { lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
  var text: String { lines.withLock { $0.joined() } }
}

/// The outside issuer's `jwks_uri`, as the test wants it to answer.
final class KeyServer: HTTPRequesting {
  struct Answer: Sendable {
    var status = 200
    var headers: Headers = [:]
    var keys: [JSONValue] = []
    var body: [UInt8]?
    var fails = false
  }

  /// An RSA key without `alg` in its JWK, so that what the issuer is configured for decides.
  let rsa: PrivateKey
  let answer: Mutex<Answer>
  private let count = Mutex(0)

  init() throws {
    rsa = try Self.sharedRSA.get()
    answer = Mutex(Answer(keys: [Self.jwk(rsa.publicKey, kid: "partner-1")]))
  }

  /// Making one takes long; all fixtures share it.
  private static let sharedRSA = Result { try PrivateKey.generate(.rsa) }

  static func jwk(_ key: PublicKey, kid: String, _ more: [JSONValue.Member] = []) -> JSONValue {
    .object(key.jwk + [.init("kid", .string(kid))] + more)
  }

  var fetches: Int { count.withLock { $0 } }

  func send(_ request: OutgoingRequest) async throws(HTTPClientError) -> IncomingResponse {
    count.withLock { $0 += 1 }
    await Task.yield()
    let answer = answer.withLock { $0 }
    guard !answer.fails else { throw .timedOut }
    let body = answer.body ?? JSONValue.object([.init("keys", .array(answer.keys))]).bytes
    return IncomingResponse(status: answer.status, headers: answer.headers, body: body)
  }
}

/// Holds a thread until it is opened.
final class Gate: Sendable {
  private let isOpen = Mutex(false)
  func open() { isOpen.withLock { $0 = true } }
  func wait() { while !isOpen.withLock({ $0 }) { sched_yield() } }
}
