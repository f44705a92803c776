import Core
import HTTPMessages
import HTTPServer
import Security
import Storage
import Testing

@testable import Identity

/// Introspection (RFC 7662), revocation (RFC 7009), and what the well-known documents say.
@Suite(.closesDatabases) struct TokenStateTests {
  @Test func introspectionTellsAClientAboutItsOwnToken() async throws {
    let fixture = try await Fixture()
    let token = try await fixture.token(scope: "orders:read")
    let response = await fixture.post("/oauth/introspect", ["token": token])
    #expect(response.status == 200)
    #expect(response.json["active"] == true)
    #expect(response.json["client_id"] == "shop")
    #expect(response.json["scope"] == "orders:read")
    #expect(response.json["exp"]?.integer == fixture.time.now.seconds + 3_600)
    #expect(response.headers["cache-control"] == "no-store")
  }

  enum Unusable: CaseIterable { case foreign, expired, revoked, rubbish, outside }

  @Test(arguments: Unusable.allCases)
  func introspectionSaysOnlyInactiveOfAllOthers(kind: Unusable) async throws {
    let fixture = try await Fixture()
    try await fixture.server.clients.ensureClient(id: "other", secret: Redacted("s"), scopes: ["orders:read"])
    var token = try await fixture.token()
    var (client, secret) = ("shop", Fixture.secret)
    switch kind {
    case .foreign: (client, secret) = ("other", "s")
    case .expired: fixture.time.advance(by: .seconds(3_600))
    case .revoked: _ = await fixture.post("/oauth/revoke", ["token": token])
    case .rubbish: token = "rubbish"
    case .outside: token = try Forge(fixture).partner.token
    }
    let response = await fixture.post("/oauth/introspect", ["token": token], client: client, secret: secret)
    #expect(response.status == 200)
    #expect(response.text == #"{"active":false}"#)
  }

  @Test(arguments: ["/oauth/introspect", "/oauth/revoke"])
  func bothAskForTheClientAndTheToken(path: String) async throws {
    let fixture = try await Fixture()
    #expect(await fixture.post(path, ["token": "x"], secret: "wrong").status == 401)
    #expect(await fixture.post(path, ["hint": "x"]).json["error"] == "invalid_request")
  }

  @Test func aRevokedTokenIsRefusedAtOnceAndForgottenWhenItHasExpired() async throws {
    let fixture = try await Fixture()
    let token = try await fixture.token()
    #expect(await fixture.get(with: token).status == 200)
    let revoked = await fixture.post("/oauth/revoke", ["token": token, "token_type_hint": "access_token"])
    #expect(revoked.status == 200)
    #expect(revoked.body.isEmpty)
    let refused = await fixture.get(with: token)
    #expect(refused.status == 401)
    #expect(refused.json["detail"] == .string(TokenFault.revoked.text))
    try await fixture.server.refresh()
    #expect(await fixture.get(with: token).status == 401)
    fixture.time.advance(by: .seconds(3_601))
    try await fixture.server.refresh()
    let rows = try await fixture.database.read { try $0.query("SELECT jti FROM revoked_tokens").count }
    #expect(rows == 0)
  }

  @Test func revokingWhatIsUnknownOrAnothersIs200AndDoesNothing() async throws {
    let fixture = try await Fixture()
    try await fixture.server.clients.ensureClient(id: "other", secret: Redacted("s"), scopes: ["orders:read"])
    let token = try await fixture.token()
    #expect(await fixture.post("/oauth/revoke", ["token": "unknown"]).status == 200)
    #expect(await fixture.post("/oauth/revoke", ["token": token], client: "other", secret: "s").status == 200)
    #expect(await fixture.get(with: token).status == 200)
  }

  @Test func aRevocationReachesTheOtherInstance() async throws {
    let first = try await Fixture()
    let second = try await Fixture(database: first.database, time: first.time)
    let token = try await first.token()
    #expect(await second.get(with: token).status == 200)
    _ = await first.post("/oauth/revoke", ["token": token])
    try await second.server.refresh()
    #expect(await second.get(with: token).status == 401)
  }

  @Test func aRevokedClientIsOutWithItsTokens() async throws {
    let fixture = try await Fixture()
    let token = try await fixture.token()
    #expect(await fixture.get(with: token).status == 200)
    try await fixture.server.revokeClient("shop")
    #expect(await fixture.get(with: token).status == 401)
    #expect(await fixture.post("/oauth/token", ["grant_type": "client_credentials"]).status == 401)
  }

  @Test func aClientThatTheCommandLineRevokedIsOutAfterTheNextRefresh() async throws {
    let fixture = try await Fixture()
    let token = try await fixture.token()
    try await fixture.server.clients.revoke("shop")
    try await fixture.server.refresh()
    #expect(await fixture.get(with: token).status == 401)
  }

  @Test(arguments: ["https://ringback.example", "https://ringback.example/", "http://127.0.0.1:8080"])
  func theMetadataNamesTheIssuerByteForByte(issuer: String) async throws {
    let fixture = try await Fixture { $0.issuer = issuer }
    let response = await fixture.respond(.get, "/.well-known/oauth-authorization-server")
    #expect(response.status == 200)
    #expect(response.json["issuer"] == .string(issuer))
    let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
    #expect(response.json["token_endpoint"] == .string(base + "/oauth/token"))
    #expect(response.json["jwks_uri"] == .string(base + "/.well-known/jwks.json"))
    #expect(response.json["introspection_endpoint"] == .string(base + "/oauth/introspect"))
    #expect(response.json["revocation_endpoint"] == .string(base + "/oauth/revoke"))
    #expect(response.json["grant_types_supported"] == ["client_credentials"])
    #expect(response.json["response_types_supported"] == [])
    #expect(response.json["scopes_supported"] == ["orders:read", "callbacks:create", "messages:send"])
    #expect(
      response.json["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post"])
  }

  @Test func theKeySetIsPublic() async throws {
    let fixture = try await Fixture()
    let response = await fixture.respond(.get, "/.well-known/jwks.json")
    #expect(response.headers["cache-control"] == "public, max-age=300")
    let key = try #require(response.json["keys"]?[0])
    #expect(key["use"] == "sig")
    #expect(key["alg"] == "ES256")
    #expect(key["kid"] == .string(try fixture.server.keys.signer().privateKey.publicKey.thumbprint))
    for name in ["d", "p", "q", "dp", "dq", "qi", "k"] { #expect(key[name] == nil) }
  }
}
