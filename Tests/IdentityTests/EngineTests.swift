import Core
import DatabaseTesting
import HTTPServer
import Security
import Storage
import Testing

@testable import Identity

/// The SQL of this room on every engine.
@Suite struct EngineTests {
  @Test(arguments: Engine.available)
  func aClientsWholeLife(engine: Engine) async throws {
    try await engine.withDatabases(count: 2, schemas: [IdentitySchema.schema]) { databases in
      let first = try await Fixture(database: databases[0])
      let second = try await Fixture(database: databases[1], time: first.time)
      let clients = first.server.clients
      let (client, issued) = try await clients.add(name: "Flows", scopes: ["orders:read"])
      await #expect(throws: ClientStoreError.exists(client.id)) {
        try await clients.add(id: client.id, name: "Again", scopes: [])
      }
      let rotated = try await clients.rotateSecret(client: client.id, overlap: .seconds(60))
      await #expect(throws: ClientStoreError.tooManySecrets(client.id)) {
        try await clients.addSecret(client: client.id)
      }
      for secret in [issued, rotated] {
        let response = await second.post(
          "/oauth/token", ["grant_type": "client_credentials"], client: client.id, secret: secret.secret.reveal())
        #expect(response.status == 200)
        #expect(await first.get(with: response.json["access_token"]?.string ?? "").text == client.id)
      }
      try await clients.revokeSecret(issued.id, client: client.id)
      #expect(try await second.server.clients.find(client.id)?.secrets.map(\.id) == [rotated.id])
      try await clients.revoke(client.id)
      #expect(try await second.server.clients.list().first { $0.id == client.id }?.isDisabled == true)
    }
  }

  @Test(arguments: Engine.available)
  func keysAndRevocationsAreShared(engine: Engine) async throws {
    try await engine.withDatabases(count: 2, schemas: [IdentitySchema.schema]) { databases in
      let first = try await Fixture(database: databases[0])
      let second = try await Fixture(database: databases[1], time: first.time)
      let token = try await first.token()
      #expect(await second.get(with: token).status == 200)
      for _ in 0..<2 { _ = await first.post("/oauth/revoke", ["token": token]) }
      try await second.server.refresh()
      #expect(await second.get(with: token).status == 401)
      try await first.server.rotateKeys()
      first.time.advance(by: .seconds(86_400))
      try await first.server.rotateKeys()
      try await second.server.refresh()
      #expect(second.server.keys.published.map(\.kid) == first.server.keys.published.map(\.kid))
      let rows = try await databases[1].read { connection in
        (
          try connection.query("SELECT jti FROM revoked_tokens").count,
          try connection.query("SELECT kid FROM signing_keys").count
        )
      }
      #expect(rows == (0, 2))
    }
  }
}
