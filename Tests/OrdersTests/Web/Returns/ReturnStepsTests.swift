import Core
import DatabaseTesting
import HTTPMessages
import Jobs
import Testing

@testable import Orders

/// What can be asked and done about a return that there is.
@Suite struct ReturnStepsTests {
  @Test(arguments: Engine.available)
  func aCallerTakesItBack(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      let id = try await fixture.newReturn()
      let answer = await fixture.post("/v1/returns/\(id)/cancel", "")
      #expect(answer.status == 200)
      #expect(answer.json["status"] == "cancelled")
      #expect(answer.json["self_service_reason"] == "return_settled")
      #expect(try await fixture.transitions(id) == ["cancelled request"])
      #expect(await fixture.post("/v1/returns/\(id)/cancel", "").status == 200)
      #expect(fixture.events.types == ["return.requested", "return.cancelled"])
      #expect(try await fixture.record(id)?.details == nil)
      // The job finds nothing to do, and the caller may ask again in the same call.
      #expect(try await fixture.submit(id) == .done())
      #expect(fixture.platform.calls.isEmpty)
      #expect(try await fixture.newReturn() != id)
    }
  }

  @Test func notOnceThePlatformHasItOrMayHaveIt() async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await fixture.newReturn()
      fixture.platform.fails("submit", .lostAnswer)
      _ = try await fixture.submit(id)
      #expect(try await fixture.state(id) == .requested)
      #expect(await fixture.post("/v1/returns/\(id)/cancel", "").code == "return_not_cancellable")
      _ = try await fixture.submit(id)
      let answer = await fixture.post("/v1/returns/\(id)/cancel", "")
      #expect(answer.status == 409)
      #expect(answer.code == "return_not_cancellable")
    }
  }

  /// After the window nothing is done by the caller alone, and nothing is asked of the platform.
  @Test func afterTheWindowItIsAnAgentsAffair() async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await fixture.newReturn()
      fixture.time.advance(by: .seconds(1_209_599))
      #expect(await fixture.get("/v1/returns/\(id)").json["self_service"]?.bool == true)
      fixture.time.advance(by: .seconds(1))
      let shown = await fixture.get("/v1/returns/\(id)")
      #expect(shown.status == 200)
      #expect(shown.json["age_seconds"]?.integer == 1_209_600)
      #expect(shown.json["self_service"]?.bool == false)
      #expect(shown.json["self_service_reason"] == "return_window_passed")
      let answer = await fixture.post("/v1/returns/\(id)/cancel", "")
      #expect(answer.status == 410)
      #expect(answer.code == "return_window_passed")
      #expect(fixture.platform.calls.isEmpty)
    }
  }

  @Test(arguments: ["ret_0", "%00", "ret_0%00", "%C3%A4"])
  func whatIsNoReturnIsNotFound(_ id: String) async throws {
    try await ReturnsFixture.with { fixture in
      #expect(await fixture.get("/v1/returns/\(id)").code == "return_not_found")
      #expect(await fixture.post("/v1/returns/\(id)/cancel", "").code == "return_not_found")
    }
  }

  @Test(arguments: Engine.available)
  func listsTheNewestFirst(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      let first = try await fixture.newReturn(ReturnsFixture.body(call: "call-1"))
      fixture.time.advance(by: .seconds(1))
      let second = try await fixture.newReturn(ReturnsFixture.body(call: "call-2"))
      _ = try await fixture.newReturn(ReturnsFixture.body(order: "ORD-839202"))
      let list = await fixture.get("/v1/orders/839201/returns")
      let ids = list.json["returns"]?.array?.compactMap { $0["return_request_id"]?.string }
      #expect(ids == [second, first])
      #expect(await fixture.get("/v1/orders/ORD-839209/returns").json["returns"] == [])
      #expect(await fixture.get("/v1/orders/nope/returns").code == "order_id_invalid")
    }
  }

  @Test(arguments: [
    (#"{"channel":"email","address":"ada@example.com"}"#, 204, nil),
    (#"{"channel":"sms","address":"+49301234567"}"#, 204, nil),
    (#"{"channel":"none","address":"+49301234567"}"#, 422, "notification_channel_invalid"),
    (#"{"address":"+49301234567"}"#, 422, "notification_channel_invalid"),
    (#"{"channel":"email"}"#, 422, "contact_missing"),
    (#"{"channel":"email","address":"ada"}"#, 422, "email_invalid"),
    (#"{"channel":"sms","address":"ada@example.com"}"#, 422, "number_invalid"),
    (#"{"channel":"sms","address":"4111111111111111"}"#, 422, "card_data_refused"),
  ])
  func takesOptOuts(_ body: String, _ status: Int, _ code: String?) async throws {
    try await ReturnsFixture.with { fixture in
      for method in [Method.post, .delete] {
        let answer = await fixture.send(method, "/v1/opt-outs", [:], body)
        #expect(answer.status == status)
        #expect(answer.code == code)
      }
      let left = try await fixture.count("returns_opt_outs")
      #expect(left == 0)
    }
  }
}
