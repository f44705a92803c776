import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Storage
import Testing

@testable import Webhooks

@Suite struct IntakeTests {
  @Test(arguments: Engine.available)
  func aGoodDeliveryIsKeptWithItsJob(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let answer = await bench.post()
      #expect(answer.status == 200)
      #expect(answer.state == "received")
      let entry = try #require(try await bench.entries().first)
      #expect(entry.id == answer.json["id"]?.string)
      #expect(entry.id.hasPrefix("inb_"))
      #expect(entry.source == "guide-shop" && entry.deliveryID == "d-1" && entry.topic == "return.updated")
      #expect(entry.state == .received && entry.requestID == "r-1" && entry.receivedAt == signedAt)
      #expect(try await bench.jobCount() == 1)
      #expect(bench.metric(#"ringback_webhook_deliveries_total{source="guide-shop",outcome="accepted"} 1"#))
    }
  }

  @Test(arguments: Engine.available)
  func theBodyIsSealed(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      _ = await bench.post()
      let row = try await bench.database.rows("SELECT body FROM webhook_inbox")[0]
      #expect(!String(decoding: try row.get(0, as: [UInt8].self), as: UTF8.self).contains("canary"))
      let (table, id) = (bench.inbox.table, try await bench.entries()[0].id)
      let found = try await bench.database.read { try table.find(id, in: $0)?.delivery }
      #expect(found?.body == Array(Bench.body.utf8))
      #expect(found?.triggeredAt == signedAt)
    }
  }

  @Test(arguments: Engine.available)
  func theSameDeliveryAgainDoesNothing(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      _ = await bench.post()
      bench.time.advance(by: .seconds(60))
      // Another body under the same id is the same delivery: the vendor's id is what counts.
      for body in [Bench.body, #"{"type":"return.closed"}"#] {
        let again = await bench.post(body)
        #expect(again.status == 200)
        #expect(again.isDuplicate && again.json["id"] == nil)
      }
      _ = await bench.post(id: "d-2")
      let entries = try await bench.entries()
      #expect(entries.map(\.deliveryID) == ["d-2", "d-1"])
      #expect(try await bench.jobCount() == 2)
      #expect(bench.metric(#"ringback_webhook_deliveries_total{source="guide-shop",outcome="duplicate"} 2"#))
    }
  }

  /// As when a vendor is impatient: both are on their way at once.
  @Test(arguments: Engine.available)
  func ofManyAtOnceOneIsKept(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let answers = await withTaskGroup(of: Answer.self) { group in
        for _ in 0..<20 { group.addTask { await bench.post() } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.allSatisfy { $0.status == 200 })
      #expect(answers.count { !$0.isDuplicate } == 1)
      let entries = try await bench.entries()
      #expect(entries.count == 1)
      #expect(try await bench.jobCount() == 1)
    }
  }

  /// The vendor's ids are its own: two vendors may have the same.
  @Test func anIdBelongsToItsSource() async throws {
    try await Bench.with(.sqlite) { bench in
      _ = await bench.post()
      let code = Base64.standard.encode(hmac(Bench.body, "s"))
      let other = await bench.post(source: "adobe-io", headers: ["x-adobe-signature": code, "x-adobe-event-id": "d-1"])
      #expect(other.state == "received")
      let entries = try await bench.entries()
      #expect(entries.count == 2)
    }
  }

  @Test(
    arguments: [
      ("signature", ["x-signature": ""], "signature_missing"),
      ("wrong", ["x-signature": "00"], "signature_wrong"),
      ("time", ["x-timestamp": ""], "timestamp_invalid"),
      ("old", ["x-timestamp": "1614265000"], "timestamp_out_of_range"),
    ] as [(String, Headers, String)])
  func whatIsNotBelievedLeavesNothing(_ name: String, _ headers: Headers, _ code: String) async throws {
    try await Bench.with(.sqlite) { bench in
      let answer = await bench.post(headers: headers)
      #expect(answer.status == 401)
      #expect(answer.code == code)
      #expect(answer.response.headers["www-authenticate"] != nil)
      #expect(!String(decoding: answer.response.body, as: UTF8.self).contains("secret \"s\""))
      let entries = try await bench.entries()
      #expect(entries.isEmpty)
      #expect(try await bench.jobCount() == 0)
      #expect(bench.metric("ringback_webhook_deliveries_total{source=\"guide-shop\",outcome=\"\(code)\"} 1"))
    }
  }

  @Test func everyRefusalHasAProblemOfItsOwn() {
    for refusal in SignatureRefusal.allCases {
      #expect(refusal.problem.code == refusal.rawValue)
      #expect(refusal.problem.status == 401)
    }
  }

  @Test(arguments: ["shopify", "nobody", "guide_shop", "Guide-Shop"])
  func aSourceWithoutListenerOrNameIsUnknown(_ source: String) async throws {
    try await Bench.with(.sqlite) { bench in
      let answer = await bench.post(source: source)
      #expect(answer.status == 404)
      #expect(answer.code == "webhook_source_unknown")
    }
  }

  @Test func aSourceWithoutSecretIsUnknown() async throws {
    try await Bench.with(.sqlite) { bench in
      bench.inbox.apply(Bench.settings(secrets: []))
      #expect(await bench.post(secret: "").code == "webhook_source_unknown")
    }
  }

  @Test func aSourceThatIsOffAsksForItLater() async throws {
    try await Bench.with(.sqlite) { bench in
      bench.inbox.apply(Bench.settings(isEnabled: false))
      let answer = await bench.post()
      #expect(answer.status == 503)
      #expect(answer.code == "webhook_source_disabled")
      #expect(answer.response.headers["retry-after"] == "300")
    }
  }

  @Test func secretsRotateWhileRunning() async throws {
    try await Bench.with(.sqlite) { bench in
      bench.inbox.apply(Bench.settings(secrets: ["new", "s"]))
      #expect(await bench.post(id: "a").state == "received")
      #expect(await bench.post(id: "b", secret: "new").state == "received")
      bench.inbox.apply(Bench.settings(secrets: ["new"]))
      #expect(await bench.post(id: "c").code == "signature_wrong")
    }
  }

  /// Signed, so it is kept; a retry would bring the same, so it is 200.
  @Test(arguments: [
    ("", "unreadable"), ("{", "unreadable"), ("\u{FEFF}{}", "unreadable"), ("{\"a\":1,\"a\":2}", "unreadable"),
    ("{}", "ignored"), ("[]", "ignored"), ("1", "ignored"), (#"{"type":"order.created"}"#, "ignored"),
    (#"{"type":7}"#, "ignored"),
  ])
  func whatNobodyCanUseIsKeptAndSaidSo(_ body: String, _ state: String) async throws {
    try await Bench.with(.sqlite) { bench in
      let answer = await bench.post(body)
      #expect(answer.status == 200)
      #expect(answer.state == state)
      #expect(answer.json["note"]?.string?.isEmpty == false)
      let entry = try #require(try await bench.entries().first)
      #expect(entry.state.rawValue == state && entry.note == answer.json["note"]?.string)
      #expect(try await bench.jobCount() == 0)
      #expect(bench.metric("ringback_webhook_deliveries_total{source=\"guide-shop\",outcome=\"\(state)\"} 1"))
    }
  }

  @Test func theConsumerNamesTheLane() async throws {
    try await Bench.with(.sqlite) { bench in
      _ = await bench.post(#"{"type":"return.updated","order_id":"ORD-1"}"#)
      _ = await bench.post(id: "d-2")
      let lanes = try await bench.database.rows("SELECT lane FROM jobs ORDER BY ordinal")
      #expect(try lanes.map { try $0.get(0, as: String?.self) } == ["ORD-1", nil])
    }
  }

  @Test func anAbsentDatabaseAsksForARetry() async throws {
    try await Bench.with(.sqlite) { bench in
      await bench.database.close()
      #expect(await bench.post().status == 503)
    }
  }

  @Test(arguments: [
    ("challenge=8ec8d794-e0ab-42df-9017-e3dada8e84f7", 200), ("a=1&challenge=x", 200), ("challenge=", 400),
    ("challenge=%3Cscript%3E", 400), ("challenge=a&challenge=b", 400), ("", 400),
    ("challenge=" + String(repeating: "a", count: 129), 400),
  ])
  func echoesTheChallengeOfAdobe(_ query: String, _ status: Int) async throws {
    try await Bench.with(.sqlite) { bench in
      let response = await bench.get("/v1/webhooks/adobe-io", query: query)
      #expect(response.status == status)
      guard status == 200 else { return }
      #expect(query.hasSuffix("challenge=" + String(decoding: response.body, as: UTF8.self)))
      #expect(response.headers["content-type"]?.hasPrefix("text/plain") == true)
    }
  }

  @Test func noOtherSourceEchoes() async throws {
    try await Bench.with(.sqlite) { bench in
      #expect(await bench.get("/v1/webhooks/guide-shop", query: "challenge=x").status == 404)
    }
  }
}
