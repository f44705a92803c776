import Core
import HTTPServer
import Security
import Testing

@testable import Identity

@Suite(.closesDatabases) struct ClientStoreTests {
  @Test func aNewClientGetsASecretOnce() async throws {
    let fixture = try await Fixture()
    let (client, issued) = try await fixture.server.clients.add(name: "Flows", scopes: ["orders:read"])
    #expect(client.id.hasPrefix("cli_"))
    #expect(issued.secret.reveal().hasPrefix("rbs_"))
    #expect(issued.secret.reveal().utf8.count == 47)
    let form: KeyValuePairs = ["grant_type": "client_credentials"]
    let response = await fixture.post("/oauth/token", form, client: client.id, secret: issued.secret.reveal())
    #expect(response.status == 200)
    let listed = try #require(try await fixture.server.clients.list().first { $0.id == client.id })
    #expect(listed.name == "Flows")
    #expect(listed.secrets.map(\.id) == [issued.id])
    #expect(listed.secrets[0].hash.hasPrefix("$scrypt$"))
    #expect(listed.secrets[0].lastUsedAt == fixture.time.now)
  }

  @Test func aThirdActiveSecretIsRefused() async throws {
    let clients = try await Fixture().server.clients
    _ = try await clients.addSecret(client: "shop")
    await #expect(throws: ClientStoreError.tooManySecrets("shop")) { try await clients.addSecret(client: "shop") }
  }

  @Test func anExpiredSecretIsOutAndMakesRoom() async throws {
    let fixture = try await Fixture()
    let clients = fixture.server.clients
    let issued = try await clients.addSecret(client: "shop", expiresAt: fixture.time.now + .seconds(60))
    let form: KeyValuePairs = ["grant_type": "client_credentials"]
    #expect(await fixture.post("/oauth/token", form, secret: issued.secret.reveal()).status == 200)
    #expect(await fixture.post("/oauth/token", form).status == 200)
    fixture.time.advance(by: .seconds(60))
    #expect(await fixture.post("/oauth/token", form, secret: issued.secret.reveal()).status == 401)
    _ = try await clients.addSecret(client: "shop")
  }

  @Test func rotationLetsTheOldSecretRunOut() async throws {
    let fixture = try await Fixture()
    let new = try await fixture.server.clients.rotateSecret(client: "shop", overlap: .seconds(600))
    let form: KeyValuePairs = ["grant_type": "client_credentials"]
    #expect(await fixture.post("/oauth/token", form).status == 200)
    #expect(await fixture.post("/oauth/token", form, secret: new.secret.reveal()).status == 200)
    fixture.time.advance(by: .seconds(600))
    #expect(await fixture.post("/oauth/token", form).status == 401)
    #expect(await fixture.post("/oauth/token", form, secret: new.secret.reveal()).status == 200)
  }

  @Test func rotatingTwiceKeepsTwoSecretsAtMost() async throws {
    let fixture = try await Fixture()
    let clients = fixture.server.clients
    let second = try await clients.rotateSecret(client: "shop")
    fixture.time.advance(by: .seconds(1))
    let third = try await clients.rotateSecret(client: "shop")
    let active = try #require(try await clients.find("shop")).secrets.filter { $0.isActive(at: fixture.time.now) }
    #expect(active.map(\.id) == [second.id, third.id])
    #expect(await fixture.post("/oauth/token", ["grant_type": "client_credentials"]).status == 401)
  }

  @Test func aRevokedSecretIsOutAtOnceThoughItWasKnown() async throws {
    let fixture = try await Fixture()
    let clients = fixture.server.clients
    #expect(await fixture.post("/oauth/token", ["grant_type": "client_credentials"]).status == 200)
    let id = try #require(try await clients.find("shop")).secrets[0].id
    try await clients.revokeSecret(id, client: "shop")
    #expect(await fixture.post("/oauth/token", ["grant_type": "client_credentials"]).status == 401)
    await #expect(throws: ClientStoreError.unknownSecret(id)) { try await clients.revokeSecret(id, client: "shop") }
  }

  @Test func errorsSayWhatToDo() async throws {
    let clients = try await Fixture().server.clients
    await #expect(throws: ClientStoreError.exists("shop")) {
      try await clients.add(id: "shop", name: "Shop", scopes: [])
    }
    await #expect(throws: ClientStoreError.unknownClient("nobody")) { try await clients.revoke("nobody") }
    await #expect(throws: ClientStoreError.unknownClient("nobody")) { try await clients.addSecret(client: "nobody") }
    #expect(ClientStoreError.tooManySecrets("shop").description.contains("Revoke one"))
  }

  @Test(arguments: ["", "a b", "https://x", "a/b", "a#b", "ä", String(repeating: "a", count: 65)])
  func refusesAnID(id: String) async throws {
    let clients = try await Fixture().server.clients
    await #expect(throws: ClientStoreError.self) { try await clients.add(id: id, name: "x", scopes: []) }
  }

  @Test(arguments: ["", "two words", "quo\"te", "back\\slash", "ümlaut", "line\nfeed"])
  func refusesAScope(scope: String) async throws {
    let clients = try await Fixture().server.clients
    await #expect(throws: ClientStoreError.self) { try await clients.add(name: "x", scopes: [scope]) }
  }

  @Test func ensuringAClientTwiceChangesNothingAndTakesTheNewSecret() async throws {
    let fixture = try await Fixture()
    let clients = fixture.server.clients
    let before = try await clients.find("shop")
    try await clients.ensureClient(
      id: "shop", secret: Redacted(Fixture.secret), scopes: ["orders:read", "callbacks:create"])
    #expect(try await clients.find("shop") == before)
    try await clients.ensureClient(id: "shop", secret: Redacted("other"), scopes: ["orders:read"])
    let form: KeyValuePairs = ["grant_type": "client_credentials"]
    #expect(await fixture.post("/oauth/token", form).status == 401)
    #expect(await fixture.post("/oauth/token", form, secret: "other").json["scope"] == "orders:read")
    let cost = try #require(SecretHash.Cost(logN: 4, r: 8, p: 1))
    let hash = try SecretHash(Redacted("third"), cost: cost, random: SeededRandom(seed: 1))
    try await clients.ensureClient(id: "shop", secret: Redacted("third"), hash: hash, scopes: ["orders:read"])
    #expect(try await clients.find("shop")?.secrets.map(\.hash) == [hash.stored])
    #expect(await fixture.post("/oauth/token", form, secret: "third").status == 200)
  }
}
