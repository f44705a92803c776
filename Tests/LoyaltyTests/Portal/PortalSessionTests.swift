import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Storage
import Testing

@testable import Loyalty

struct PortalSessionTests {
  @Test(arguments: Engine.available)
  func aSessionEndsByItself(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      let made = await fixture.send(
        .post, "/v1/portal/sessions", ["customer_id": "anna", "email": "anna@example.com"])
      #expect(made.status == 201 && made.json["expires_at"]?.string == "2026-11-21T12:15:00.000Z")
      #expect(made.json["customer_hash"]?.string == LedgerFixture.keys.hash("anna").handle)
      let token = try #require(made.json["session_token"]?.string)
      #expect(token.hasPrefix("pst_") && token.utf8.count == 47)
      #expect(await fixture.send(.get, "/v1/portal/account", token: token).status == 200)
      fixture.time.advance(by: .seconds(15 * 60))
      let over = await fixture.send(.get, "/v1/portal/account", token: token)
      #expect(over.status == 401 && over.code == "session_ended")
      #expect(over.response.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
      try await fixture.rewards.sweep()
      #expect(try await fixture.count("loyalty_portal_sessions") == 0)
    }
  }

  @Test(arguments: Engine.available)
  func aSessionIsEndedAtOnce(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      let made = await fixture.send(.post, "/v1/portal/sessions", ["customer_id": "anna"])
      let token = try #require(made.json["session_token"]?.string)
      let id = try #require(made.json["session_id"]?.string)
      #expect(await fixture.send(.get, "/v1/portal/account", token: token).status == 200)
      #expect(await fixture.send(.delete, "/v1/portal/sessions/\(id)").status == 204)
      #expect(await fixture.send(.get, "/v1/portal/account", token: token).code == "session_ended")
      #expect(await fixture.send(.delete, "/v1/portal/sessions/\(id)").status == 204)
      #expect(await fixture.send(.delete, "/v1/portal/sessions/%00").status == 204)
    }
  }

  /// Another instance has it in memory still, but nothing can be redeemed with it.
  @Test(arguments: Engine.available)
  func whatOthersHaveEndedRedeemsNothing(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      try await fixture.addReward(codes: ["A-1"])
      try await fixture.earn(100)
      let token = try await fixture.session()
      #expect(await fixture.send(.get, "/v1/portal/account", token: token).status == 200)
      _ = try await fixture.database.write { try $0.execute("DELETE FROM loyalty_portal_sessions") }
      #expect(await fixture.send(.get, "/v1/portal/account", token: token).status == 200)
      #expect(await fixture.redeem(token, key: "k1").code == "session_ended")
      fixture.time.advance(by: .seconds(4))
      #expect(await fixture.send(.get, "/v1/portal/account", token: token).code == "session_ended")
      #expect(try await fixture.points() == (100, 0))
    }
  }

  @Test func nothingOfATokenOrAnAddressIsInTheClear() async throws {
    try await RewardsFixture.with { fixture in
      let token = try await fixture.session()
      let row = try await fixture.database.rows("SELECT token, address, customer FROM loyalty_portal_sessions")[0]
      for column in 0..<3 {
        let text = String(decoding: try row.get(column, as: [UInt8].self), as: UTF8.self)
        #expect(!text.contains(token.dropFirst(4)) && !text.contains("anna"))
      }
    }
  }

  @Test func aSessionMayBeForReadingOnly() async throws {
    try await RewardsFixture.with { fixture in
      try await fixture.addReward(codes: ["A-1"])
      let token = try await fixture.session("anna", [.init("scopes", ["portal:read"])])
      #expect(await fixture.send(.get, "/v1/portal/catalog", token: token).status == 200)
      let answer = await fixture.redeem(token, key: "k1")
      #expect(answer.status == 403 && answer.code == "insufficient_scope")
    }
  }

  @Test(
    arguments: [
      ([:], "customer_missing"), (["customer_id": "a b"], "customer_invalid"),
      (["customer_id": "anna", "locale": "de AT"], "session_invalid"),
      (["customer_id": "anna", "email": "anna"], "email_invalid"),
      (["customer_id": "anna", "scopes": ["ledger:write"]], "session_invalid"),
      (["customer_id": "anna", "scopes": []], "session_invalid"),
    ] as [(JSONValue, String)])
  func whatIsNoSessionIsRefused(_ body: JSONValue, _ code: String) async throws {
    try await RewardsFixture.with { fixture in
      let answer = await fixture.send(.post, "/v1/portal/sessions", body)
      #expect(answer.status == 422 && answer.code == code)
    }
  }

  @Test func whoGuessesIsSentAwayAndOthersAreNot() async throws {
    try await RewardsFixture.with { fixture in
      let token = try await fixture.session()
      #expect(await fixture.send(.get, "/v1/portal/account", token: token).status == 200)
      for _ in 0..<100 { _ = await fixture.send(.get, "/v1/portal/account", token: "pst_guess") }
      let answer = await fixture.send(.get, "/v1/portal/account", token: "pst_guess")
      #expect(answer.status == 429 && answer.response.headers["retry-after"] != nil)
      #expect(await fixture.send(.get, "/v1/portal/account", token: "pst_guess", from: "192.0.2.7").status == 401)
      #expect(await fixture.send(.get, "/v1/portal/account", token: token).status == 200)
      fixture.time.advance(by: .seconds(61))
      #expect(await fixture.send(.get, "/v1/portal/account", token: "pst_guess").status == 401)
    }
  }

  @Test func aSessionRedeemsOnlySoOften() async throws {
    try await RewardsFixture.with { fixture in
      let token = try await fixture.session()
      for place in 0..<20 {
        #expect(await fixture.redeem(token, "RWD-9", key: "k-\(place)").status == 404)
      }
      #expect(await fixture.redeem(token, "RWD-9", key: "k").code == "too_many_attempts")
    }
  }
}
