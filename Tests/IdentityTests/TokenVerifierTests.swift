import Core
import HTTPMessages
import HTTPServer
import Testing

@testable import Identity

/// How a token is shown, what it allows, and that remembering tokens forgets nothing that matters.
@Suite(.closesDatabases) struct TokenVerifierTests {
  @Test func aMissingTokenIs401WithoutAnError() async throws {
    let response = await (try await Fixture()).respond(.get, "/v1/orders")
    #expect(response.status == 401)
    #expect(response.headers["www-authenticate"] == "Bearer realm=\"ringback\"")
  }

  @Test(arguments: ["Basic c2hvcDp4", "Bearer", "Token abc", "bearerabc", ""])
  func anotherSchemeIsNoToken(header: String) async throws {
    let response = await (try await Fixture()).respond(.get, "/v1/orders", headers: ["authorization": header])
    #expect(response.status == 401)
    #expect(response.json["code"] == "token_missing")
  }

  @Test(arguments: ["Bearer", "bearer", "BEARER"])
  func theSchemeHasNoCase(scheme: String) async throws {
    let fixture = try await Fixture()
    let token = try await fixture.token()
    #expect(await fixture.respond(.get, "/v1/orders", headers: ["authorization": "\(scheme) \(token)"]).status == 200)
  }

  @Test func twoAuthorizationHeadersAreRefusedEvenWhenBothAreGood() async throws {
    let fixture = try await Fixture()
    let token = try await fixture.token()
    #expect(await fixture.get(with: token).status == 200)
    var headers: Headers = [:]
    for _ in 0..<2 { headers.add("authorization", "Bearer \(token)") }
    let response = await fixture.respond(.get, "/v1/orders", headers: headers)
    #expect(response.status == 400)
    #expect(response.json["code"] == "invalid_request")
  }

  @Test func aTokenInTheQueryIsRefusedEvenBesideAHeader() async throws {
    let fixture = try await Fixture()
    let token = try await fixture.token()
    let alone = await fixture.respond(.get, "/v1/orders", query: "access_token=\(token)")
    #expect(alone.status == 400)
    let both = await fixture.respond(
      .get, "/v1/orders", query: "a=1&access%5Ftoken=x", headers: ["authorization": "Bearer \(token)"])
    #expect(both.status == 400)
    let other = await fixture.respond(
      .get, "/v1/orders", query: "note=access_token", headers: ["authorization": "Bearer \(token)"])
    #expect(other.status == 200)
  }

  @Test(arguments: [
    ("orders:read", 200), ("orders:read callbacks:create", 200), ("callbacks:create", 403), ("orders:readwrite", 403),
    ("orders", 403), ("orders:rea", 403), ("xorders:read", 403), ("ORDERS:READ", 403), ("*", 403), ("", 403),
    ("orders:read,callbacks:create", 403),
  ])
  func scopesMatchWhole(scope: String, status: Int) async throws {
    let fixture = try await Fixture()
    let response = await fixture.get(with: try Forge(fixture).claim("scope", .string(scope)).token)
    #expect(response.status == status)
    guard status == 403 else { return }
    #expect(response.json["code"] == "insufficient_scope")
    #expect(
      response.headers["www-authenticate"]
        == "Bearer realm=\"ringback\", error=\"insufficient_scope\", scope=\"orders:read\"")
  }

  @Test(arguments: variations)
  func letsIn(name: String, claim: String, value: JSONValue) async throws {
    let fixture = try await Fixture()
    #expect(await fixture.get(with: try Forge(fixture).claim(claim, value).token).status == 200, "\(name)")
  }

  private static let variations: [(String, String, JSONValue)] = [
    ("aud in an array", "aud", ["other", "https://ringback.example/v1"]), ("nbf within the leeway", "nbf", 0),
    ("an unknown claim", "https://other.example/claim", ["a": 1]),
  ]

  @Test(arguments: ["at+jwt", "AT+JWT", "application/at+jwt"])
  func theTypeHasNoCase(type: String) async throws {
    let fixture = try await Fixture()
    #expect(await fixture.get(with: try Forge(fixture).header("typ", .string(type)).token).status == 200)
  }

  // MARK: - The clock

  @Test func ourOwnTokensExpireToTheSecondAlsoWhenRemembered() async throws {
    let fixture = try await Fixture()
    let token = try await fixture.token()
    #expect(await fixture.get(with: token).status == 200)
    fixture.time.advance(by: .seconds(3_599))
    #expect(await fixture.get(with: token).status == 200)
    fixture.time.advance(by: .seconds(1))
    #expect(await fixture.get(with: token).json["detail"] == .string(TokenFault.expired.text))
  }

  @Test(arguments: [(-60, 200), (-61, 401), (3_599, 200), (3_600, 401)])
  func theClockMayBeSetBackByTheLeeway(seconds: Int64, status: Int) async throws {
    let fixture = try await Fixture()
    let token = try await fixture.token()
    fixture.time.jump(to: Timestamp(seconds: fixture.time.now.seconds + seconds))
    #expect(await fixture.get(with: token).status == status)
  }

  // MARK: - Remembering

  @Test func rememberedTokensAreBounded() async throws {
    let fixture = try await Fixture { $0.verifiedTokenCapacity = 10 }
    let forge = try Forge(fixture)
    for number in 0..<50 {
      #expect(await fixture.get(with: try forge.claim("jti", .string("t\(number)")).token).status == 200)
    }
    #expect(fixture.server.verifier.rememberedCount <= 10)
  }

  @Test func aRefusedTokenIsNotRemembered() async throws {
    let fixture = try await Fixture()
    let token = try await fixture.token()
    for _ in 0..<3 { #expect(await fixture.get(with: token + "A").status == 401) }
    #expect(fixture.server.verifier.rememberedCount == 0)
  }

  @Test func aTokenThatDiffersInOneCharacterIsAnother() async throws {
    let fixture = try await Fixture()
    let token = try await fixture.token()
    #expect(await fixture.get(with: token).status == 200)
    for index in stride(from: 0, to: token.utf8.count, by: 7) {
      var bytes = Array(token.utf8)
      bytes[index] = bytes[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      #expect(await fixture.get(with: String(decoding: bytes, as: UTF8.self)).status == 401, "at \(index)")
    }
  }
}
