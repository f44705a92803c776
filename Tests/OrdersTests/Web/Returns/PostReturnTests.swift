import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Jobs
import Storage
import Testing

@testable import Orders

/// `POST /v1/returns`: what it takes, what it refuses, and what it promises.
@Suite struct PostReturnTests {
  @Test(arguments: Engine.available)
  func isTakenOnWithoutAskingThePlatform(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      let answer = await fixture.post("/v1/returns", ReturnsFixture.body)
      #expect(answer.status == 202)
      let id = try #require(answer.json["return_request_id"]?.string)
      #expect(id.hasPrefix("ret_"))
      #expect(
        answer.text
          == #"{"return_request_id":"\#(id)","status":"requested","created_at":"2026-11-21T12:00:00.000Z"}"#)
      #expect(answer.response.headers["location"] == "/v1/returns/\(id)")
      #expect(fixture.platform.calls.isEmpty && fixture.orderPlatform.calls.isEmpty)
      #expect(try await fixture.waiting() == ["returns.submit"])
      #expect(fixture.events.types == ["return.requested"])
      #expect(
        fixture.events.list[0].data
          == #"{"return_request_id":"\#(id)","order_id":"ORD-839201","status":"requested","rma_number":null,"#
          + #""items":[{"sku":"SKU-12345","quantity":1,"reason_code":"DEFECTIVE"}]}"#)
      let shown = await fixture.get("/v1/returns/\(id)", ["accept-language": "de"])
      #expect(shown.status == 200)
      #expect(shown.json["expires_at"]?.string == "2026-12-05T12:00:00.000Z")
      #expect(shown.json["self_service"]?.bool == true)
      #expect(shown.json["transitions"]?[0]?["to"] == "requested")
      #expect(shown.json["speech"]?.string?.hasPrefix("Wir haben Ihre Rücksendung") == true)
      #expect(!shown.text.contains("example.com") && !shown.text.contains("GENESYS"))
    }
  }

  @Test(
    arguments: [
      (#""order_id":"ORD-839201""#, #""order_id":"nope""#, "order_id_invalid"),
      (#""order_id":"ORD-839201","#, "", "order_id_invalid"),
      (#"[{"sku":"SKU-12345","quantity":1,"reason_code":"DEFECTIVE"}]"#, "[]", "items_invalid"),
      (#"[{"sku":"SKU-12345","quantity":1,"reason_code":"DEFECTIVE"}]"#, "{}", "items_invalid"),
      (#""sku":"SKU-12345""#, #""sku":"  ""#, "items_invalid"),
      (#""sku":"SKU-12345""#, #""sku":"A\u0000""#, "items_invalid"),
      (#""sku":"SKU-12345","#, "", "items_invalid"),
      (#""quantity":1"#, #""quantity":0"#, "items_invalid"),
      (#""quantity":1"#, #""quantity":-1"#, "items_invalid"),
      (#""quantity":1"#, #""quantity":1.5"#, "items_invalid"),
      (#""quantity":1"#, #""quantity":"1""#, "items_invalid"),
      (#""quantity":1"#, #""quantity":10001"#, "items_invalid"),
      (#""reason_code":"DEFECTIVE""#, #""reason_code":"BORED""#, "reason_code_unknown"),
      (#","reason_code":"DEFECTIVE""#, "", "reason_code_unknown"),
      (#""GENESYS_CALL_ID_98765""#, #""""#, "customer_reference_invalid"),
      (#""GENESYS_CALL_ID_98765""#, "null", "customer_reference_invalid"),
      (#""GENESYS_CALL_ID_98765""#, #""ada@example.com""#, "customer_reference_invalid"),
      (#""GENESYS_CALL_ID_98765""#, "17", "customer_reference_invalid"),
      (#":"email""#, #":"fax""#, "notification_channel_invalid"),
      (#":"email""#, #":"sms""#, "contact_missing"),
      (#""contact":{"email":"ada@example.com"}"#, #""contact":null"#, "contact_missing"),
      (#""email":"ada@example.com""#, #""email":"ada""#, "email_invalid"),
      (#":"email","contact":{"#, #":"sms","contact":{"phone":"110","#, "number_invalid"),
    ])
  func validates(_ part: String, _ replacement: String, _ code: String) async throws {
    try await ReturnsFixture.with { fixture in
      let body = ReturnsFixture.body.replacing(part, with: replacement)
      #expect(body != ReturnsFixture.body)
      let answer = await fixture.post("/v1/returns", body)
      #expect(answer.status == 422)
      #expect(answer.code == code)
      let count = try await fixture.count("returns_requests")
      #expect(count == 0)
    }
  }

  @Test func anUnknownReasonIsAnsweredWithTheKnownOnes() async throws {
    try await ReturnsFixture.with { fixture in
      let answer = await fixture.post("/v1/returns", ReturnsFixture.body.replacing("DEFECTIVE", with: "BORED"))
      #expect(answer.json["known_reason_codes"]?[0] == "DEFECTIVE")
      #expect(answer.json["known_reason_codes"]?.array?.count == 7)
      let menu = await fixture.get("/v1/returns/reasons", ["accept-language": "de"])
      #expect(menu.json["reasons"]?[6]?["reason_code"] == "OTHER")
      #expect(menu.json["speech"]?.string?.hasPrefix("Für einen defekten Artikel drücken Sie die 1.") == true)
    }
  }

  /// In any member, at any depth, in names too: refused, and nowhere written.
  @Test(arguments: [
    #""SKU-12345""#, #""GENESYS_CALL_ID_98765""#, #""ada@example.com""#, #""ORD-839201""#, #""DEFECTIVE""#, #""email""#,
  ])
  func cardNumbersAreRefused(_ place: String) async throws {
    try await ReturnsFixture.with { fixture in
      for number in ["4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111"] {
        let body = ReturnsFixture.body.replacing(place, with: "\"\(number)\"", maxReplacements: 1)
        let answer = await fixture.post("/v1/returns", body)
        #expect(answer.code == "card_data_refused" && answer.status == 422)
        #expect(!answer.text.contains("1111"))
      }
      for extra in [#""note":{"a":[4111111111111111]}"#, #""4111111111111111":1"#] {
        let body = ReturnsFixture.body.replacing(#"{"order_id""#, with: "{\(extra),\"order_id\"")
        #expect(await fixture.post("/v1/returns", body).code == "card_data_refused")
      }
      let count = try await fixture.count("returns_requests")
      #expect(count == 0)
      #expect(!fixture.written.text.contains("1111"))
    }
  }

  /// What is known of the order is said at once.
  @Test func whatTheCacheKnowsIsCheckedAtOnce() async throws {
    let changes: [(ReturnRefusal, @Sendable (inout Order) -> Void)] = [
      (.notEligible, { $0.returnEligible = false }),
      (.windowPassed, { $0.returnEligibleUntil = CalendarDate("2026-11-20") }),
      (.skuUnknown, { $0.items = [Order.Item(sku: "SKU-2", quantity: 1, title: "")] }),
    ]
    for (refusal, change) in changes {
      try await ReturnsFixture.with { fixture in
        fixture.orderPlatform.step = .orders([Order.sample.with(change)])
        await fixture.lookUp()
        let answer = await fixture.post("/v1/returns", ReturnsFixture.body)
        #expect(answer.status == 422)
        #expect(answer.code == refusal.rawValue)
        let count = try await fixture.count("returns_requests")
        #expect(count == 0)
        #expect(try await fixture.count("jobs") == 0)
        #expect(fixture.events.list.isEmpty)
        #expect(fixture.log.count("asked refused") == 1)
      }
    }
    try await ReturnsFixture.with { fixture in
      fixture.orderPlatform.step = .orders([])
      await fixture.lookUp()
      #expect(await fixture.post("/v1/returns", ReturnsFixture.body).code == "order_unknown")
    }
    try await ReturnsFixture.with { fixture in
      await fixture.lookUp()
      let two = ReturnsFixture.body.replacing(#""quantity":1"#, with: #""quantity":2"#)
      #expect(await fixture.post("/v1/returns", two).code == "quantity_too_large")
      #expect(await fixture.post("/v1/returns", ReturnsFixture.body).status == 202)
    }
  }

  /// Whoever has no proof learns as little as of an order that there is not.
  @Test func anothersOrderIsUnknown() async throws {
    try await ReturnsFixture.with(orders: { $0.verification = .callerNumber }) { fixture in
      _ = await fixture.get("/v1/orders/ORD-839201", ["x-caller": "+49301234567"])
      let stranger: Headers = ["x-caller": "+49309999999"]
      #expect(await fixture.post("/v1/returns", ReturnsFixture.body, stranger).code == "order_unknown")
      #expect(await fixture.get("/v1/orders/ORD-839201/returns", stranger).code == "order_not_found")
      let owner: Headers = ["x-caller": "+49301234567"]
      let id = try #require(
        await fixture.post("/v1/returns", ReturnsFixture.body, owner).json["return_request_id"]?.string)
      let list = await fixture.get("/v1/orders/ORD-839201/returns", owner)
      #expect(list.json["returns"]?[0]?["return_request_id"]?.string == id)
    }
  }

  /// The answer is the first one for an equal request of the same call, key or no key, even when the shop calls the order
  /// not eligible by then because of the very return.
  @Test(arguments: Engine.available)
  func twoEqualRequestsOfOneCallAreOneReturn(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      let first = await fixture.post("/v1/returns", ReturnsFixture.body, ["idempotency-key": "a"])
      fixture.orderPlatform.step = .orders([Order.sample.with { $0.returnEligible = false }])
      await fixture.lookUp()
      fixture.time.advance(by: .seconds(5))
      let headers: [Headers] = [["idempotency-key": "a"], ["idempotency-key": "b"], [:]]
      for header in headers {
        let again = await fixture.post("/v1/returns", ReturnsFixture.body, header)
        #expect(again.status == 202)
        #expect(again.text == first.text)
        #expect(again.response.headers["location"] == first.response.headers["location"])
      }
      let count = try await fixture.count("returns_requests")
      #expect(count == 1)
      #expect(try await fixture.waiting() == ["returns.submit"])
      #expect(fixture.events.types == ["return.requested"])
      let other = await fixture.post("/v1/returns", ReturnsFixture.body + " ", ["idempotency-key": "a"])
      #expect(other.code == "idempotency_key_reused")
    }
  }

  @Test(arguments: Engine.available)
  func twoEqualRequestsAtOnceAreOneReturn(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      let answers = await withTaskGroup(of: Answer.self) { group in
        for _ in 0..<8 { group.addTask { await fixture.post("/v1/returns", ReturnsFixture.body) } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(answers.map(\.text)).count == 1)
      #expect(answers.allSatisfy { $0.status == 202 })
      let count = try await fixture.count("returns_requests")
      #expect(count == 1)
      #expect(try await fixture.waiting().count == 1)
    }
  }

  /// Three were bought; of many calls at once three get one.
  @Test(arguments: Engine.available)
  func concurrentCallsCannotTakeMoreThanWasBought(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      fixture.orderPlatform.step = .orders([
        Order.sample.with { $0.items = [Order.Item(sku: "SKU-2", quantity: 3, title: "")] }
      ])
      await fixture.lookUp()
      let answers = await withTaskGroup(of: Answer.self) { group in
        for call in 0..<8 {
          group.addTask { await fixture.post("/v1/returns", ReturnsFixture.body(call: "call-\(call)")) }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.filter { $0.status == 202 }.count == 3)
      #expect(answers.filter { $0.code == "quantity_too_large" }.count == 5)
      let count = try await fixture.count("returns_requests")
      #expect(count == 3)
      #expect(try await fixture.waiting().count == 3)
      // What is taken back may be asked for again.
      let id = answers.compactMap { $0.json["return_request_id"]?.string }[0]
      #expect(await fixture.post("/v1/returns/\(id)/cancel", "").status == 200)
      #expect(await fixture.post("/v1/returns", ReturnsFixture.body(call: "call-9")).status == 202)
      #expect(await fixture.post("/v1/returns", ReturnsFixture.body(call: "call-10")).code == "quantity_too_large")
    }
  }

  @Test func theRowStandsOrFallsWithItsJob() async throws {
    try await ReturnsFixture.with { fixture in
      _ = try await fixture.database.write { try $0.execute("ALTER TABLE jobs RENAME TO no_jobs") }
      let useCase = fixture.returns.requestReturn
      let request = ReturnRequest(
        orderID: OrderID(rawValue: "ORD-839201"),
        items: [ReturnRequest.Item(sku: "SKU-2", quantity: 1, reasonCode: "OTHER")], customerReference: "call-1",
        channel: .none, address: nil, language: .english)
      let claim = ReturnDetails.Claim(
        proof: CallerProof(), asker: Asker(callerNumber: nil, address: "127.0.0.1", clientID: "dev"))
      let new = try useCase.prepare(request, claim: claim, requestID: "call-77")
      await #expect(throws: DatabaseError.self) { try await fixture.database.write { try useCase(new, in: $0) } }
      for table in ["returns_requests", "returns_lines"] { #expect(try await fixture.count(table) == 0) }
      #expect(fixture.events.list.isEmpty)
    }
  }

  @Test func withoutAPlatformNoneIsTakenOn() async throws {
    try await ReturnsFixture.with { fixture in
      var configuration = ReturnsConfiguration()
      configuration.isConnected = false
      fixture.returns.apply(configuration)
      let answer = await fixture.post("/v1/returns", ReturnsFixture.body)
      #expect(answer.status == 503)
      #expect(answer.code == "platform_not_configured")
    }
  }

  /// What names a person lies in no column in clear, and in none at all once nobody needs it.
  @Test func nothingPersonalIsStoredInClear() async throws {
    try await ReturnsFixture.with(orders: { $0.verification = .postalCode }) { fixture in
      _ = await fixture.post(
        "/v1/returns", ReturnsFixture.body, ["x-postal-code": "10115", "x-caller": "+49301234567"])
      _ = await fixture.post("/v1/opt-outs", #"{"channel":"email","address":"ada@example.com"}"#)
      let dump = try await fixture.dump()
      #expect(dump.contains("ret_"))
      for personal in ["ada@", "example.com", "10115", "301234567"] {
        #expect(!dump.contains(personal) && !fixture.written.text.contains(personal))
      }
    }
  }
}
