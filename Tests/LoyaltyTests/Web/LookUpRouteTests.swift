import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Loyalty
import Testing

struct LookUpRouteTests {
  private static let anna = #"{"customer_id":"anna"}"#

  @Test func whatIsFreshIsAnsweredWithoutWaiting() async throws {
    try await LedgerWebFixture.with { fixture async throws in
      _ = await fixture.process(#"{"idempotency_key":"1","type":"accrual","customer_id":"anna","points":1234}"#)
      let asked = fixture.database.askedCount
      let ready = try #require(fixture.ready(Self.anna))
      #expect(ready.response.status == 200)
      #expect(ready.json["available"]?.integer == 1234 && ready.json["freshness"] == "cached")
      #expect(ready.json["speech"] == "You have 1,234 points to spend.")
      #expect(await fixture.lookUp(Self.anna).response.body == ready.response.body)
      #expect(fixture.database.askedCount == asked)
      let handle = try #require(ready.json["customer_hash"]?.string)
      #expect(fixture.ready(#"{"customer_hash":"\#(handle)"}"#)?.response.body == ready.response.body)
      let german = fixture.ready(Self.anna, ["accept-language": "de-AT"])
      #expect(german?.json["speech"] == "Sie haben 1.234 Punkte.")
    }
  }

  @Test func whatIsNotFreshWaitsForTheDatabase() async throws {
    try await LedgerWebFixture.with { fixture async throws in
      #expect(fixture.ready(Self.anna) == nil)
      _ = await fixture.process(#"{"idempotency_key":"1","type":"accrual","customer_id":"anna","points":5}"#)
      fixture.time.advance(by: .milliseconds(999))
      #expect(fixture.ready(Self.anna) != nil)
      fixture.time.advance(by: .milliseconds(1))
      #expect(fixture.ready(Self.anna) == nil)
      #expect(await fixture.lookUp(Self.anna).json["freshness"] == "live")
      #expect(fixture.ready(Self.anna)?.json["freshness"] == "cached")
    }
  }

  /// One look at the journal's end is as good as reading every account again.
  @Test func oneLookAtTheDatabaseMakesAllOfThemFresh() async throws {
    try await LedgerWebFixture.with { fixture async throws in
      for name in ["anna", "ben"] {
        _ = await fixture.process(
          #"{"idempotency_key":"\#(name)","type":"accrual","customer_id":"\#(name)","points":5}"#)
      }
      let ben = #"{"customer_id":"ben"}"#
      fixture.time.advance(by: .seconds(1))
      #expect(fixture.ready(ben) == nil)
      #expect(await fixture.lookUp(Self.anna).json["freshness"] == "live")
      #expect(fixture.ready(ben)?.json["as_of"] == "2026-11-21T12:00:01.000Z")
      // A transaction of one customer tells as much of the others.
      fixture.time.advance(by: .seconds(1))
      _ = await fixture.process(#"{"idempotency_key":"3","type":"accrual","customer_id":"carl","points":5}"#)
      #expect(fixture.ready(ben)?.json["as_of"] == "2026-11-21T12:00:02.000Z")
    }
  }

  @Test(arguments: Engine.available)
  func whatSomebodyElsePostedIsSeen(_ engine: Engine) async throws {
    try await LedgerWebFixture.with(engine) { fixture async throws in
      for name in ["anna", "ben"] {
        _ = await fixture.process(
          #"{"idempotency_key":"\#(name)","type":"accrual","customer_id":"\#(name)","points":5}"#)
      }
      let other = LedgerFixture(fixture.database, time: fixture.time)
      try await other.post(.accrue(points: 7, expiresAt: nil), "anna")
      try await other.post(.accrue(points: 8, expiresAt: nil), "ben")
      // For as long as the time to live nobody looks.
      #expect(fixture.ready(Self.anna)?.json["available"]?.integer == 5)
      fixture.time.advance(by: .seconds(1))
      #expect(await fixture.lookUp(Self.anna).json["available"]?.integer == 12)
      #expect(fixture.ready(#"{"customer_id":"ben"}"#) == nil)
      // Nor does a transaction of our own hide that of somebody else.
      try await other.post(.accrue(points: 1, expiresAt: nil), "anna")
      _ = await fixture.process(#"{"idempotency_key":"3","type":"accrual","customer_id":"carl","points":5}"#)
      fixture.time.advance(by: .seconds(1))
      #expect(fixture.ready(Self.anna) == nil)
      #expect(await fixture.lookUp(Self.anna).json["available"]?.integer == 13)
      #expect(await fixture.lookUp(#"{"customer_id":"ben"}"#).json["available"]?.integer == 13)
    }
  }

  /// Somebody who has no account is asked for each time.
  @Test func whoIsUnknownIsAnsweredByTheDatabase() async throws {
    try await LedgerWebFixture.with { fixture async throws in
      for _ in 0..<2 {
        #expect(fixture.ready(Self.anna) == nil)
        let answer = await fixture.lookUp(Self.anna).json
        #expect(
          answer["freshness"] == "live" && answer["balance"]?.integer == 0 && answer["account_id"]?.isNull == true)
      }
    }
  }

  @Test(arguments: [
    (#"{}"#, "customer_missing"), (#"{"customer_id":""}"#, "customer_invalid"),
    (#"{"customer_id":5}"#, "customer_invalid"), (#"{"customer_id":"anna","customer_hash":5}"#, "customer_invalid"),
    (#"["anna"]"#, "invalid_json"), (#"{"customer_id":"anna""#, "invalid_json"),
    (#"{"customer_id":"anna","customer_id":"anna"}"#, "invalid_json"),
    (#"{"customer_id":"anna","note":"4111 1111 1111 1111"}"#, "card_data_refused"),
  ])
  func whatIsWrongIsSaidAsEver(_ body: String, _ code: String) async throws {
    try await LedgerWebFixture.with { fixture async throws in
      _ = await fixture.process(#"{"idempotency_key":"1","type":"accrual","customer_id":"anna","points":5}"#)
      #expect(fixture.ready(body) == nil)
      #expect(await fixture.lookUp(body).code == code)
      #expect(fixture.ready(Self.anna, ["content-type": "text/plain"]) == nil)
    }
  }

  @Test func theAnswerIsWrittenWhole() async throws {
    try await LedgerWebFixture.with { fixture async throws in
      for (key, end) in [("1", "2026-12-01"), ("2", "2026-12-01"), ("3", "2026-12-31")] {
        _ = await fixture.process(
          """
          {"idempotency_key":"\(key)","type":"accrual","customer_id":"anna","points":10,"expires_at":"\(end)"}
          """)
      }
      _ = await fixture.process(#"{"idempotency_key":"4","type":"accrual","customer_id":"anna","points":7}"#)
      _ = await fixture.process(#"{"idempotency_key":"5","type":"hold","customer_id":"anna","points":5}"#)
      let answer = try #require(fixture.ready(Self.anna))
      let account = answer.json["account_id"]?.string ?? ""
      let hash = answer.json["customer_hash"]?.string ?? ""
      #expect(
        String(decoding: answer.response.body, as: UTF8.self) == """
          {"account_id":"\(account)","customer_hash":"\(hash)","balance":37,"available":32,"held":5,"tier":"member",\
          "next_tier":null,"expiring":[{"points":15,"at":"2026-12-01T00:00:00.000Z"},\
          {"points":10,"at":"2026-12-31T00:00:00.000Z"}],"balance_version":5,"as_of":"2026-11-21T12:00:00.000Z",\
          "freshness":"cached","speech":"You have 32 points to spend."}
          """)
      #expect(answer.response.headers["content-type"] == "application/json")
      #expect(answer.response.headers["cache-control"] == "no-store")
      let alone = await fixture.get("/v1/ledger/accounts/\(account)")
      #expect(
        String(decoding: alone.response.body, as: UTF8.self) == """
          {"account_id":"\(account)","balance":37,"available":32,"held":5,"tier":"member",\
          "next_tier":null,"expiring":[{"points":15,"at":"2026-12-01T00:00:00.000Z"},\
          {"points":10,"at":"2026-12-31T00:00:00.000Z"}],"balance_version":5,"as_of":"2026-11-21T12:00:00.000Z"}
          """)
    }
  }
}
