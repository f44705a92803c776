import Core
import HTTPMessages
import HTTPServer
import Security
import Synchronization
import Testing

@testable import Identity

@Suite(.closesDatabases) struct OutsideIssuerTests {
  @Test func itsTokensAreLetInUnderItsOwnName() async throws {
    let fixture = try await Fixture()
    let forge = try Forge(fixture).partner
    #expect(await fixture.get(with: try forge.token).text == "\(Fixture.outsideIssuer)#shop")
    #expect(
      await fixture.get(with: try forge.claim("client_id", nil).token).text == "\(Fixture.outsideIssuer)#shop")
    #expect(
      await fixture.get(with: try forge.claim("client_id", nil).claim("sub", "svc").token).text
        == "\(Fixture.outsideIssuer)#svc")
  }

  @Test(arguments: [
    ("read_orders", 200), ("read_orders other", 200), ("orders:read", 403), ("", 403), ("READ_ORDERS", 403),
  ])
  func onlyMappedScopesCount(scope: String, status: Int) async throws {
    let fixture = try await Fixture()
    #expect(await fixture.get(with: try Forge(fixture).partner.claim("scope", .string(scope)).token).status == status)
  }

  @Test func theScopeClaimMayBeAnArrayUnderAnotherName() async throws {
    let fixture = try await Fixture { $0.outsideIssuers[0].scopeClaim = "scp" }
    let forge = try Forge(fixture).partner.claim("scope", nil)
    #expect(await fixture.get(with: try forge.claim("scp", ["read_orders"]).token).status == 200)
    #expect(await fixture.get(with: try forge.claim("scp", ["other"]).token).status == 403)
  }

  @Test func itsClockMayBeALittleOff() async throws {
    let fixture = try await Fixture()
    let forge = try Forge(fixture).partner
    let now = fixture.time.now.seconds
    #expect(await fixture.get(with: try forge.claim("exp", .integer(now - 59)).token).status == 200)
    #expect(await fixture.get(with: try forge.claim("iat", .integer(now + 60)).token).status == 200)
    #expect(await fixture.get(with: try forge.claim("nbf", .integer(now + 60)).token).status == 200)
  }

  // MARK: - Fetching the keys

  @Test func keysAreFetchedOnceByAllWhoWait() async throws {
    let fixture = try await Fixture()
    let forge = try Forge(fixture).partner
    let tokens = try (0..<20).map { try forge.claim("jti", .string("j\($0)")).token }
    await withTaskGroup(of: Int.self) { group in
      for token in tokens { group.addTask { await fixture.get(with: token).status } }
      for await status in group { #expect(status == 200) }
    }
    #expect(fixture.http.fetches == 1)
  }

  @Test func anUnknownKidFetchesOnceAMinuteAtMost() async throws {
    let fixture = try await Fixture()
    let forge = try Forge(fixture).partner
    #expect(await fixture.get(with: try forge.token).status == 200)
    for number in 0..<10 {
      #expect(await fixture.get(with: try forge.header("kid", .string("new-\(number)")).token).status == 401)
    }
    #expect(fixture.http.fetches == 1)
    fixture.time.advance(by: .seconds(60))
    fixture.http.answer.withLock { $0.keys.append(KeyServer.jwk(fixture.http.rsa.publicKey, kid: "new-1")) }
    #expect(await fixture.get(with: try forge.header("kid", "new-1").token).status == 200)
    #expect(fixture.http.fetches == 2)
  }

  @Test(arguments: [
    ("max-age=300", Duration.seconds(300)), ("public, max-age=120", .seconds(120)), ("max-age=1", .seconds(60)),
    ("max-age=999999999", .seconds(86_400)), ("max-age=99999999999999999999", .seconds(900)),
    ("no-store", .seconds(60)),
    ("", .seconds(900)),
  ])
  func cacheControlIsObeyedWithinBounds(header: String, time: Duration) async throws {
    let fixture = try await Fixture()
    fixture.http.answer.withLock { $0.headers = ["cache-control": header] }
    let forge = try Forge(fixture).partner.claim("exp", .integer(fixture.time.now.seconds + 100_000))
    func ask(_ id: String) async throws -> Int {
      await fixture.get(with: try forge.claim("jti", .string(id)).token).status
    }
    #expect(try await ask("1") == 200)
    fixture.time.advance(by: time - .seconds(1))
    #expect(try await ask("2") == 200)
    #expect(fixture.http.fetches == 1)
    fixture.time.advance(by: .seconds(1))
    #expect(try await ask("3") == 200)
    #expect(fixture.http.fetches == 2)
  }

  @Test(arguments: [
    KeyServer.Answer(fails: true), KeyServer.Answer(status: 500), KeyServer.Answer(body: Array("<html>".utf8)),
    KeyServer.Answer(body: Array(#"{"keys":1}"#.utf8)),
  ])
  func aFailingEndpointKeepsTheOldKeys(answer: KeyServer.Answer) async throws {
    let fixture = try await Fixture()
    let forge = try Forge(fixture).partner.claim("exp", .integer(fixture.time.now.seconds + 100_000))
    #expect(await fixture.get(with: try forge.token).status == 200)
    fixture.http.answer.withLock { $0 = answer }
    fixture.time.advance(by: .seconds(3_600))
    #expect(await fixture.get(with: try forge.claim("jti", "2").token).status == 200)
    #expect(fixture.http.fetches == 2)
    #expect(await fixture.get(with: try forge.claim("jti", "3").token).status == 200)
    #expect(fixture.http.fetches == 2)
  }

  @Test func noKeysAtAllIs503() async throws {
    let fixture = try await Fixture()
    fixture.http.answer.withLock { $0.fails = true }
    let response = await fixture.get(with: try Forge(fixture).partner.token)
    #expect(response.status == 503)
    #expect(response.json["code"] == "issuer_unavailable")
    #expect(response.headers["retry-after"] == "60")
  }

  @Test func aKeyThatIsWithdrawnEndsTokensThatWereSeen() async throws {
    let fixture = try await Fixture()
    let forge = try Forge(fixture).partner.claim("exp", .integer(fixture.time.now.seconds + 100_000))
    let token = try forge.token
    #expect(await fixture.get(with: token).status == 200)
    fixture.http.answer.withLock { $0.keys = [] }
    fixture.time.advance(by: .seconds(900))
    #expect(await fixture.get(with: token).status == 401)
  }

  // MARK: - Which keys are taken

  @Test func strangeKeysArePassedOver() throws {
    let (rsa, ec) = (try PrivateKey.generate(.rsa).publicKey, try PrivateKey.generate(.p256).publicKey)
    let keys: [JSONValue] = [
      KeyServer.jwk(rsa, kid: "good"), KeyServer.jwk(ec, kid: "ec", [.init("alg", "ES256"), .init("use", "sig")]),
      KeyServer.jwk(rsa, kid: "enc", [.init("use", "enc")]), KeyServer.jwk(rsa, kid: "ps", [.init("alg", "PS256")]),
      KeyServer.jwk(rsa, kid: "hs", [.init("alg", "HS256")]),
      KeyServer.jwk(rsa, kid: "ops", [.init("key_ops", ["sign"])]),
      KeyServer.jwk(rsa, kid: "private", [.init("d", "AQAB")]), KeyServer.jwk(rsa, kid: "twice"),
      KeyServer.jwk(ec, kid: "twice"), .object(rsa.jwk), ["kty": "oct", "kid": "oct", "k": "AAAA"], "text",
    ]
    let parsed = JSONWebKeySet.parse(
      JSONValue.object([.init("keys", .array(keys))]).bytes, accepting: [.rs256, .es256])
    #expect(parsed?.mapValues(\.algorithm) == ["good": .rs256, "ec": .es256])
  }
}
