import Core
import DatabaseTesting
import HTTPMessages
import Jobs
import Storage
import Testing

@testable import Orders

@Suite struct SubmitReturnJobTests {
  @Test(arguments: Engine.available)
  func submitsItOnce(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      let id = try await fixture.newReturn()
      #expect(try await fixture.submit(id) == .done(result: "platform-\(id)"))
      #expect(fixture.platform.calls == ["returnable", "submit"])
      #expect(try await fixture.record(id)?.platformID == "platform-\(id)")
      #expect(try await fixture.transitions(id) == ["submitted job"])
      #expect(fixture.events.types == ["return.requested", "return.submitted"])
      #expect(fixture.log.count("moved submitted job") == 1)
      #expect(try await fixture.submit(id) == .done())
      #expect(fixture.platform.submissions == 1)
      #expect(try await fixture.waiting() == ["returns.submit", "returns.tell_centre"])
    }
  }

  /// A platform that answers at once takes the return past a state.
  @Test(arguments: [
    (PlatformReturn.State.authorized, ReturnState.authorized), (.refunded, .refunded),
    (.declined(reason: "FINAL_SALE"), .declined), (.cancelled, .cancelled),
  ])
  func takesOnWhatIsAnswered(_ answer: PlatformReturn.State, _ state: ReturnState) async throws {
    try await ReturnsFixture.with { fixture in
      fixture.platform.answers(with: answer)
      let id = try await fixture.newReturn()
      _ = try await fixture.submit(id)
      #expect(try await fixture.state(id) == state)
      #expect(try await fixture.transitions(id) == ["\(state.rawValue) job"])
    }
  }

  /// It did it, and the answer was lost: it is looked for, and found.
  @Test(arguments: Engine.available)
  func aLostAnswerIsAskedFor(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      let id = try await fixture.newReturn()
      fixture.platform.fails("submit", .lostAnswer)
      #expect(try await fixture.submit(id) == .retry(after: .seconds(2), reason: "reset"))
      #expect(try await fixture.submit(id) == .done(result: "platform-\(id)"))
      #expect(fixture.platform.calls == ["returnable", "submit", "find"])
      #expect(fixture.platform.submissions == 1)
      #expect(try await fixture.state(id) == .submitted)
    }
  }

  /// It did not do it: "there is none" counts once a request on its way must have arrived.
  @Test func aLostRequestIsMadeAgain() async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await fixture.newReturn()
      fixture.platform.fails("submit", .error(.unknown(reason: "reset")))
      _ = try await fixture.submit(id)
      fixture.time.advance(by: .seconds(12))
      #expect(
        try await fixture.submit(id) == .retry(after: .seconds(8), reason: "the platform may not know of it yet"))
      fixture.time.advance(by: .seconds(8))
      #expect(try await fixture.submit(id) == .done(result: "platform-\(id)"))
      #expect(fixture.platform.submissions == 1)
    }
  }

  /// The process died after it had recorded that it asks, before or after it asked.
  @Test(arguments: [false, true])
  func anInterruptedOneIsAskedFor(_ wasDone: Bool) async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await fixture.newReturn()
      let now = fixture.time.now
      _ = try await fixture.database.write { try ReturnTable(personal: .test).markTried(id, now: now, in: $0) }
      if wasDone {
        _ = try await fixture.platform.submit(
          ReturnSubmission(
            reference: id, orderID: ReturnableOrder.sample.orderID, items: [], customerReference: "",
            notificationChannel: ""), context: .test)
      }
      fixture.time.advance(by: .seconds(30))
      _ = try await fixture.submit(id)
      #expect(try await fixture.state(id) == .submitted)
      #expect(fixture.platform.returns.keys.sorted() == [id])
    }
  }

  /// Another runner has the job: nothing may be sent.
  @Test func asksNothingWithoutItsLease() async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await fixture.newReturn()
      await #expect(throws: JobError.leaseLost) {
        _ = try await fixture.returns.submit.attempt(id) { throw JobError.leaseLost }
      }
      #expect(fixture.platform.submissions == 0)
    }
  }

  @Test func whatWasNotDoneIsTriedAgainWhenThePlatformSays() async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await fixture.newReturn()
      fixture.platform.fails("submit", .error(.notDone(reason: "429", retryAfter: .seconds(7))))
      #expect(try await fixture.submit(id) == .retry(after: .seconds(7), reason: "429"))
      fixture.platform.fails("returnable", .error(.notDone(reason: "503", retryAfter: nil)))
      #expect(try await fixture.submit(id) == .retry(reason: "503"))
      #expect(try await fixture.submit(id) == .done(result: "platform-\(id)"))
      #expect(!fixture.platform.calls.contains("find"))
      #expect(fixture.platform.submissions == 1)
    }
  }

  private static func order(_ change: (inout ReturnableOrder) -> Void) -> ReturnableOrder {
    ReturnableOrder.sample.with(change)
  }

  @Test(arguments: [
    (order { $0.isEligible = false }, ReturnRefusal.notEligible),
    (order { $0.until = CalendarDate("2026-11-20") }, .windowPassed),
    (order { $0.lines = [] }, .skuUnknown),
    (order { $0.lines[0].returned = 1 }, .quantityTooLarge),
    (order { $0.orderID = OrderID(rawValue: "ORD-1") }, .orderUnknown),
  ])
  func whatCouldNotBeCheckedIsCheckedThen(_ order: ReturnableOrder, _ refusal: ReturnRefusal) async throws {
    try await ReturnsFixture.with { fixture in
      fixture.platform.has(order)
      let id = try await fixture.newReturn()
      _ = try await fixture.submit(id)
      let shown = await fixture.get("/v1/returns/\(id)")
      #expect(shown.json["status"] == "declined")
      #expect(shown.json["refused"]?["code"]?.string == refusal.rawValue)
      #expect(fixture.platform.submissions == 0)
      #expect(try await fixture.waiting().contains("returns.tell_customer"))
      #expect(fixture.events.types == ["return.requested", "return.declined"])
    }
  }

  @Test func whatThePlatformRefusesIsDeclined() async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await fixture.newReturn()
      fixture.platform.fails("submit", .error(.refused(.refusedByPlatform, code: "INVALID_STATE")))
      _ = try await fixture.submit(id)
      let shown = await fixture.get("/v1/returns/\(id)")
      #expect(shown.json["refused"] == ["code": "refused_by_platform", "detail": "INVALID_STATE"])
      #expect(try await fixture.submit(id) == .done())
    }
  }

  /// Two calls, neither order in the cache, one article: the lane lets one through.
  @Test func twoCallsThatNobodyCouldCheck() async throws {
    try await ReturnsFixture.with { fixture in
      let first = try await fixture.newReturn(ReturnsFixture.body(sku: "SKU-12345", call: "call-1"))
      let second = try await fixture.newReturn(ReturnsFixture.body(sku: "SKU-12345", call: "call-2"))
      _ = try await fixture.submit(first)
      _ = try await fixture.submit(second)
      #expect(try await fixture.state(first) == .submitted)
      #expect(try await fixture.record(second)?.refusal?.reason == .quantityTooLarge)
    }
  }

  @Test(arguments: [
    (ScriptedReturnPlatform.Fault.error(.notDone(reason: "503", retryAfter: nil)), "not_submitted_in_time"),
    (.error(.unknown(reason: "reset")), "in_doubt"),
  ])
  func afterAllPatienceItFailsAndTheCustomerIsTold(
    _ fault: ScriptedReturnPlatform.Fault, _ detail: String
  ) async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await fixture.newReturn()
      fixture.platform.fails("submit", fault)
      _ = try await fixture.submit(id)
      fixture.time.advance(by: .seconds(86_400))
      fixture.platform.fails("find", .error(.notDone(reason: "503", retryAfter: nil)))
      #expect(try await fixture.submit(id) == .failed(reason: detail))
      #expect(try await fixture.transitions(id) == ["failed job"])
      #expect(try await fixture.waiting().contains("returns.tell_customer"))
      #expect(fixture.written.text.contains(detail))
      #expect(try await fixture.submit(id) == .done())
    }
  }

  @Test func anothersOrderIsDeclinedByTheJob() async throws {
    try await ReturnsFixture.with(orders: { $0.verification = .callerNumber }) { fixture in
      func ask(_ caller: String, call: String) async -> String {
        await fixture.post(
          "/v1/returns", ReturnsFixture.body(sku: "SKU-12345", call: call), ["x-caller": "\(caller)"]
        ).json["return_request_id"]?.string ?? ""
      }
      let stranger = await ask("+49309999999", call: "call-1")
      let owner = await ask("+49301234567", call: "call-2")
      _ = try await fixture.submit(stranger)
      #expect(try await fixture.record(stranger)?.refusal?.reason == .orderUnknown)
      _ = try await fixture.submit(owner)
      #expect(try await fixture.state(owner) == .submitted)
    }
  }

  /// From the request to the customer, by the queue's own runner, with what can go wrong on the way.
  @Test(arguments: Engine.available)
  func aReturnEndsByItself(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      fixture.platform.answers(with: .declined(reason: "FINAL_SALE"))
      let id = try await fixture.newReturn()
      let ended = await fixture.runJobs {
        !fixture.contactCentre.mails.isEmpty && !fixture.contactCentre.recorded.isEmpty
      }
      #expect(ended)
      #expect(try await fixture.state(id) == .declined)
      #expect(fixture.contactCentre.mails.map(\.address) == ["ada@example.com"])
      #expect(fixture.contactCentre.recorded[0].conversation == "GENESYS_CALL_ID_98765")
      #expect(
        fixture.contactCentre.recorded[0].attributes
          == ReturnAttributes(returnRequestID: id, rmaStatus: .declined, returnCreatedAt: fixture.time.now))
    }
  }
}
