import Core
import EventLoop
import HTTPMessages
import HTTPServer
import Security
import Testing

@testable import Identity

@Suite(.closesDatabases) struct TokenEndpointTests {
  @Test func givesAnAccessTokenOfRFC9068() async throws {
    let fixture = try await Fixture()
    let response = await fixture.post("/oauth/token", ["grant_type": "client_credentials", "scope": "orders:read"])
    #expect(response.status == 200)
    #expect(response.headers["cache-control"] == "no-store")
    #expect(response.headers["pragma"] == "no-cache")
    #expect(response.json["token_type"] == "Bearer")
    #expect(response.json["expires_in"] == 3600)
    #expect(response.json["scope"] == "orders:read")
    let jws = try CompactJWS(try #require(response.json["access_token"]?.string))
    #expect(jws.header["typ"] == "at+jwt")
    #expect(jws.header["alg"] == "ES256")
    let claims = try JSONValue(parsing: jws.payload)
    #expect(claims["iss"] == "https://ringback.example")
    #expect(claims["aud"] == "https://ringback.example/v1")
    #expect(claims["sub"] == "shop")
    #expect(claims["client_id"] == "shop")
    #expect(claims["scope"] == "orders:read")
    #expect(claims["iat"]?.integer == fixture.time.now.seconds)
    #expect(claims["exp"]?.integer == fixture.time.now.seconds + 3_600)
    #expect(claims["jti"]?.string?.hasPrefix("tok_") == true)
  }

  @Test func eachTokenHasItsOwnID() async throws {
    let fixture = try await Fixture()
    let ids = try await [fixture.token(), fixture.token()].map {
      try JSONValue(parsing: try CompactJWS($0).payload)["jti"]?.string
    }
    #expect(ids[0] != ids[1])
  }

  @Test func givesAllScopesOfTheClientWhenNoneIsAskedFor() async throws {
    let fixture = try await Fixture()
    let response = await fixture.post("/oauth/token", ["grant_type": "client_credentials"])
    #expect(response.json["scope"] == "callbacks:create orders:read")
  }

  @Test func theLifetimeAndTheAlgorithmAreConfigured() async throws {
    let fixture = try await Fixture {
      $0.tokenLifetime = .seconds(300)
      $0.algorithm = .rs256
    }
    let response = await fixture.post("/oauth/token", ["grant_type": "client_credentials"])
    #expect(response.json["expires_in"] == 300)
    let token = try #require(response.json["access_token"]?.string)
    #expect(try CompactJWS(token).header["alg"] == "RS256")
    #expect(await fixture.get(with: token).status == 200)
  }

  // MARK: - What is refused

  struct Refusal: Sendable, CustomTestStringConvertible {
    let name: String
    let status: Int
    let error: String
    let body: String
    var authorization: String? = Fixture.basic("shop", Fixture.secret)
    var type = "application/x-www-form-urlencoded"
    var query: String?
    var testDescription: String { name }
  }

  private static let grant = "grant_type=client_credentials"

  @Test(arguments: [
    Refusal(name: "no grant type", status: 400, error: "invalid_request", body: "scope=orders:read"),
    Refusal(name: "an empty grant type", status: 400, error: "invalid_request", body: "grant_type="),
    Refusal(name: "a parameter twice", status: 400, error: "invalid_request", body: "\(grant)&\(grant)"),
    Refusal(name: "an unknown parameter twice", status: 400, error: "invalid_request", body: "\(grant)&x=1&x=1"),
    Refusal(name: "a broken escape", status: 400, error: "invalid_request", body: "\(grant)&scope=%ZZ"),
    Refusal(name: "JSON", status: 400, error: "invalid_request", body: "{}", type: "application/json"),
    Refusal(name: "no content type", status: 400, error: "invalid_request", body: grant, type: ""),
    Refusal(name: "parameters in the URL", status: 400, error: "invalid_request", body: grant, query: grant),
    Refusal(
      name: "Basic and a secret in the body", status: 400, error: "invalid_request",
      body: "\(grant)&client_id=shop&client_secret=x"),
    Refusal(
      name: "Basic and another client in the body", status: 400, error: "invalid_request",
      body: "\(grant)&client_id=other"),
    Refusal(
      name: "the password grant", status: 400, error: "unsupported_grant_type",
      body: "grant_type=password&username=a&password=b"),
    Refusal(
      name: "a scope that was not given", status: 400, error: "invalid_scope", body: "\(grant)&scope=messages:send"),
    Refusal(
      name: "a superset of scopes", status: 400, error: "invalid_scope",
      body: "\(grant)&scope=orders:read+messages:send"),
    Refusal(name: "a scope in capitals", status: 400, error: "invalid_scope", body: "\(grant)&scope=ORDERS:READ"),
    Refusal(
      name: "a scope with two spaces", status: 400, error: "invalid_scope",
      body: "\(grant)&scope=orders:read++callbacks:create"),
    Refusal(name: "no credentials", status: 401, error: "invalid_client", body: grant, authorization: nil),
    Refusal(
      name: "an id without a secret", status: 401, error: "invalid_client", body: "\(grant)&client_id=shop",
      authorization: nil),
    Refusal(
      name: "a wrong secret", status: 401, error: "invalid_client", body: grant,
      authorization: Fixture.basic("shop", "wrong")),
    Refusal(
      name: "an empty secret", status: 401, error: "invalid_client", body: grant,
      authorization: Fixture.basic("shop", "")),
    Refusal(
      name: "an unknown client", status: 401, error: "invalid_client", body: grant,
      authorization: Fixture.basic("nobody", Fixture.secret)),
    Refusal(
      name: "the secret in the body of a client for Basic", status: 401, error: "invalid_client",
      body: "\(grant)&client_id=shop&client_secret=open%3Asesame%25%2B%C3%A4", authorization: nil),
    Refusal(
      name: "a Bearer token for credentials", status: 401, error: "invalid_client", body: grant,
      authorization: "Bearer abc"),
    Refusal(
      name: "Basic that is no base64", status: 401, error: "invalid_client", body: grant,
      authorization: "Basic !!!"),
    Refusal(
      name: "a client id with a NUL", status: 401, error: "invalid_client", body: grant,
      authorization: Fixture.basic("sh\u{0}op", "x")),
    Refusal(
      name: "Basic without a colon", status: 401, error: "invalid_client", body: grant,
      authorization: "Basic c2hvcA=="),
  ])
  func refuses(_ refusal: Refusal) async throws {
    let fixture = try await Fixture()
    var headers: Headers = ["content-type": refusal.type]
    headers["authorization"] = refusal.authorization
    let response = await fixture.respond(
      .post, "/oauth/token", query: refusal.query, headers: headers, body: refusal.body)
    #expect(response.status == refusal.status)
    #expect(response.json["error"] == .string(refusal.error))
    #expect(response.headers["content-type"] == "application/json")
    #expect(response.headers["cache-control"] == "no-store")
    #expect((response.headers["www-authenticate"]?.hasPrefix("Basic ") == true) == (refusal.status == 401))
    #expect(!fixture.log.text.contains("sesame"))
  }

  @Test func twoAuthorizationHeadersAreRefused() async throws {
    let fixture = try await Fixture()
    var headers: Headers = ["content-type": "application/x-www-form-urlencoded"]
    for _ in 0..<2 { headers.add("authorization", Fixture.basic("shop", Fixture.secret)) }
    let response = await fixture.respond(.post, "/oauth/token", headers: headers, body: Self.grant)
    #expect(response.json["error"] == "invalid_request")
  }

  @Test func aClientWithoutScopesMayNotGetTokens() async throws {
    let fixture = try await Fixture()
    try await fixture.server.clients.ensureClient(id: "api", secret: Redacted("s"), scopes: [])
    let response = await fixture.post(
      "/oauth/token", ["grant_type": "client_credentials"], client: "api", secret: "s")
    #expect(response.status == 400)
    #expect(response.json["error"] == "unauthorized_client")
  }

  // MARK: - How the secret is shown

  /// A colon parts id and secret in Basic: in the secret it may stand as itself or encoded.
  @Test(arguments: ["shop:open:sesame%25%2B%C3%A4", "shop:open%3Asesame%25%2B%C3%A4", "shop:open%3asesame%25%2b%c3%a4"])
  func readsASecretWithAColon(credentials: String) async throws {
    let fixture = try await Fixture()
    let response = await fixture.respond(
      .post, "/oauth/token",
      headers: [
        "authorization": "basic " + Base64.standard.encode(Array(credentials.utf8)),
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
      ], body: "\(Self.grant)&client_id=shop&unknown=1&scope=")
    #expect(response.status == 200)
  }

  @Test func takesTheSecretFromTheBodyWhereThatIsConfigured() async throws {
    let fixture = try await Fixture()
    try await fixture.server.clients.ensureClient(
      id: "legacy", secret: Redacted("a+b&c"), scopes: ["orders:read"], methods: [.post])
    let form = FormFields.encode([
      "grant_type": "client_credentials", "client_id": "legacy", "client_secret": "a+b&c",
    ])
    let body = await fixture.respond(
      .post, "/oauth/token", headers: ["content-type": "application/x-www-form-urlencoded"], body: form)
    #expect(body.status == 200)
    let basic = await fixture.post(
      "/oauth/token", ["grant_type": "client_credentials"], client: "legacy", secret: "a+b&c")
    #expect(basic.status == 401)
  }

  // MARK: - Attempts

  @Test func fiveFailuresAMinuteShutAClientAndAddressOut() async throws {
    let fixture = try await Fixture()
    let form: KeyValuePairs = ["grant_type": "client_credentials"]
    for _ in 0..<5 {
      #expect(await fixture.post("/oauth/token", form, secret: "wrong").status == 401)
    }
    let limited = await fixture.post("/oauth/token", form)
    #expect(limited.status == 429)
    #expect(limited.headers["retry-after"] == "60")
    #expect(limited.json["error"] == "too_many_attempts")
    #expect(await fixture.post("/oauth/token", form, address: "192.0.2.2").status == 200)
    fixture.time.advance(by: .seconds(61))
    #expect(await fixture.post("/oauth/token", form).status == 200)
  }

  @Test func failuresAtOnceAreCountedToo() async throws {
    let fixture = try await Fixture()
    let statuses = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<40 {
        group.addTask {
          await fixture.post("/oauth/token", ["grant_type": "client_credentials"], secret: "wrong").status
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses.count { $0 == 401 } == 5)
    #expect(statuses.count { $0 == 429 } == 35)
  }

  @Test func tryingManyClientsFromOneAddressIsLimitedToo() async throws {
    let fixture = try await Fixture()
    var last = 0
    for number in 0..<31 {
      last = await fixture.post(
        "/oauth/token", ["grant_type": "client_credentials"], client: "c\(number)", secret: "x"
      ).status
    }
    #expect(last == 429)
  }

  @Test func aFullPoolAnswers503AndAKnownSecretNeedsNone() async throws {
    let fixture = try await Fixture(poolCapacity: 1)
    #expect(await fixture.post("/oauth/token", ["grant_type": "client_credentials"]).status == 200)
    let (started, start) = AsyncStream.makeStream(of: Void.self)
    let gate = Gate()
    try fixture.pool.submit {
      start.yield()
      gate.wait()
    }
    for await _ in started { break }
    try fixture.pool.submit {}
    let refused = await fixture.post("/oauth/token", ["grant_type": "client_credentials"], secret: "unproven")
    #expect(refused.status == 503)
    #expect(refused.headers["retry-after"] == "1")
    #expect(await fixture.post("/oauth/token", ["grant_type": "client_credentials"]).status == 200)
    gate.open()
  }
}
