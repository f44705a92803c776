import Core
import HTTPMessages
import HTTPServer
import Security
import Storage
import Testing

@testable import Identity

@Suite(.closesDatabases) struct SigningKeyTests {
  @Test func aRotationOverlaps() async throws {
    let fixture = try await Fixture()
    let old = try fixture.server.keys.signer().kid
    let token = try await fixture.token()
    try await fixture.server.rotateKeys()
    // Published before it signs, so that caches of the key set know it in time.
    #expect(try fixture.server.keys.signer().kid == old)
    #expect(try await keyIDs(fixture).count == 2)
    fixture.time.advance(by: SigningKeys.activationDelay)
    let new = try fixture.server.keys.signer().kid
    #expect(new != old)
    #expect(await fixture.get(with: token).status == 200)
    let last = try await fixture.token()
    #expect(try CompactJWS(last).header["kid"] == .string(new))
    // The old key is there until what it signed last has expired, and the leeway.
    fixture.time.advance(by: .seconds(3_600 + 60))
    try await fixture.server.refresh()
    #expect(try await keyIDs(fixture).sorted() == [old, new].sorted())
    fixture.time.advance(by: .seconds(31))
    #expect(try await keyIDs(fixture) == [new])
  }

  @Test func aTokenOfARetiredKeyIsRefused() async throws {
    let fixture = try await Fixture()
    let forge = try Forge(fixture).claim("exp", .integer(fixture.time.now.seconds + 100_000))
    let token = try forge.token
    #expect(await fixture.get(with: token).status == 200)
    try await fixture.server.rotateKeys()
    fixture.time.advance(by: SigningKeys.activationDelay + .seconds(3_600 + 60 + 31))
    #expect(await fixture.get(with: try forge.claim("jti", "tok_2").token).status == 401)
  }

  @Test func aWithdrawnKeyIsOutAtOnceEvenForTokensThatWereSeen() async throws {
    let fixture = try await Fixture()
    let token = try await fixture.token()
    #expect(await fixture.get(with: token).status == 200)
    try await fixture.server.rotateKeys(withdrawing: true)
    #expect(await fixture.get(with: token).json["detail"] == .string(TokenFault.unknownKey.text))
    #expect(try await keyIDs(fixture).count == 1)
    #expect(await fixture.get(with: try await fixture.token()).status == 200)
  }

  @Test func keysRotateByThemselvesWhenTheirTimeHasCome() async throws {
    let fixture = try await Fixture { $0.keyRotationPeriod = .seconds(86_400) }
    let old = try fixture.server.keys.signer().kid
    fixture.time.advance(by: .seconds(86_400) - SigningKeys.activationDelay - .seconds(1))
    try await fixture.server.refresh()
    #expect(try await keyIDs(fixture) == [old])
    fixture.time.advance(by: .seconds(1))
    try await fixture.server.refresh()
    #expect(try await keyIDs(fixture).count == 2)
    try await fixture.server.refresh()
    #expect(try await keyIDs(fixture).count == 2)
    fixture.time.advance(by: SigningKeys.activationDelay)
    #expect(try fixture.server.keys.signer().kid != old)
  }

  @Test func retiredRowsAreDeletedWithTheNextRotation() async throws {
    let fixture = try await Fixture()
    for _ in 0..<5 {
      try await fixture.server.rotateKeys()
      fixture.time.advance(by: .seconds(86_400))
    }
    let rows = try await fixture.database.read { try $0.query("SELECT kid FROM signing_keys").count }
    #expect(rows == 2)
  }

  @Test func instancesShareKeysAndFindEachOthersNewOnes() async throws {
    let first = try await Fixture()
    let second = try await Fixture(database: first.database, time: first.time)
    #expect(try first.server.keys.signer().kid == second.server.keys.signer().kid)
    #expect(await second.get(with: try await first.token()).status == 200)
    try await first.server.rotateKeys(withdrawing: true)
    #expect(await second.get(with: try await first.token()).status == 200)
  }

  @Test func anotherAlgorithmMakesANewKeyAtTheNextStart() async throws {
    let first = try await Fixture()
    let token = try await first.token()
    let second = try await Fixture(database: first.database, time: first.time) { $0.algorithm = .rs256 }
    let newer = try await second.token()
    #expect(try CompactJWS(newer).header["alg"] == "RS256")
    #expect(await second.get(with: token).status == 200)
    #expect(await second.get(with: newer).status == 200)
  }

  @Test func anotherAlgorithmWaitsForAKeyThatIsStillToCome() async throws {
    let first = try await Fixture()
    try await first.server.rotateKeys()
    let second = try await Fixture(database: first.database, time: first.time) { $0.algorithm = .rs256 }
    for _ in 0..<3 { try await second.server.refresh() }
    #expect(try await keyIDs(second).count == 3)
    first.time.advance(by: SigningKeys.activationDelay)
    #expect(try CompactJWS(try await second.token()).header["alg"] == "RS256")
  }

  @Test func thePrivateHalfIsSealed() async throws {
    let fixture = try await Fixture()
    let sealed = try await fixture.database.read {
      try $0.query("SELECT private_key FROM signing_keys")[0].get(0, as: [UInt8].self)
    }
    #expect(!String(decoding: sealed, as: UTF8.self).contains("PRIVATE KEY"))
  }

  @Test func maintenanceRunsUntilItIsCancelled() async throws {
    let fixture = try await Fixture()
    let token = try await fixture.token()
    let task = Task { await fixture.server.maintain() }
    while fixture.time.sleeperCount == 0 { try? await Task.sleep(for: .milliseconds(1)) }
    try await fixture.server.clients.revoke("shop")
    fixture.time.advance(by: AuthorizationServer.refreshInterval)
    while fixture.time.sleeperCount == 0 { try? await Task.sleep(for: .milliseconds(1)) }
    #expect(await fixture.get(with: token).status == 401)
    task.cancel()
    await task.value
  }

  private func keyIDs(_ fixture: Fixture) async throws -> [String] {
    let response = await fixture.respond(.get, "/.well-known/jwks.json")
    return try #require(response.json["keys"]?.array).compactMap { $0["kid"]?.string }
  }
}
