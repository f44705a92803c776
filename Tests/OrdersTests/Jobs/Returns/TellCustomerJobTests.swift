import Core
import DatabaseTesting
import HTTPMessages
import Jobs
import Storage
import Testing

@testable import Orders

@Suite struct TellCustomerJobTests {
  /// A return that is declined, of which its customer is to be told.
  private func declined(_ fixture: ReturnsFixture, channel: String = "email") async throws -> String {
    fixture.platform.answers(with: .declined(reason: "FINAL_SALE"))
    let id = try await fixture.newReturn(ReturnsFixture.body(channel: channel))
    _ = try await fixture.submit(id)
    return id
  }

  private func message(_ fixture: ReturnsFixture, _ id: String) async throws -> ErrandState? {
    try await fixture.database.read { try ReturnMessageTable().find(id, about: .declined, in: $0)?.state }
  }

  @Test(arguments: Engine.available)
  func tellsOnceAndForgetsTheAddress(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      let id = try await declined(fixture)
      #expect(try await fixture.record(id)?.details != nil)
      #expect(try await fixture.tell(id, .declined) == .done())
      #expect(try await fixture.tell(id, .declined) == .done())
      #expect(fixture.contactCentre.mails.count == 1)
      #expect(fixture.contactCentre.mails[0].address == "ada@example.com")
      #expect(fixture.contactCentre.mails[0].subject == "Your return for order ORD-839201")
      #expect(try await fixture.record(id)?.details == nil)
      #expect(try await message(fixture, id) == .done)
      #expect(fixture.log.count("message email done") == 1)
    }
  }

  @Test func byTextInTheCallersLanguage() async throws {
    try await ReturnsFixture.with { fixture in
      fixture.platform.answers(with: .declined(reason: "FINAL_SALE"))
      let id = try #require(
        await fixture.post("/v1/returns", ReturnsFixture.body(channel: "sms"), ["accept-language": "de-AT"])
          .json["return_request_id"]?.string)
      _ = try await fixture.submit(id)
      _ = try await fixture.tell(id, .declined)
      #expect(
        fixture.contactCentre.texts == [
          TextMessage(
            number: "+49301234567", body: "Ihre Rücksendung zur Bestellung ORD-839201 wurde abgelehnt.")
        ])
    }
  }

  @Test func notOfStatesThatNobodyWants() async throws {
    try await ReturnsFixture.with(returns: { $0.tell = [.refunded] }) { fixture in
      let id = try await declined(fixture)
      #expect(try await fixture.waiting().contains("returns.tell_customer") == false)
      #expect(try await fixture.record(id)?.details == nil)
    }
    try await ReturnsFixture.with { fixture in
      _ = try await declined(fixture, channel: "none")
      #expect(try await fixture.waiting().contains("returns.tell_customer") == false)
    }
  }

  @Test(arguments: Engine.available)
  func neverAfterAnOptOut(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      let body = #"{"channel":"email","address":"Ada@Example.com"}"#
      #expect(await fixture.post("/v1/opt-outs", body).status == 204)
      let id = try await declined(fixture)
      #expect(try await fixture.tell(id, .declined) == .done(result: "the customer has opted out"))
      #expect(fixture.contactCentre.mails.isEmpty)
      #expect(try await message(fixture, id) == .failed)
      #expect(try await fixture.record(id)?.details == nil)
    }
  }

  /// The contact centre knows of an opt-out before we do.
  @Test func learnsOfAnOptOut() async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await declined(fixture)
      fixture.contactCentre.fails(with: .refused(reason: "recipient.opted.out: the recipient has opted out"))
      guard case .failed = try await fixture.tell(id, .declined) else {
        Issue.record("not refused")
        return
      }
      #expect(try await fixture.count("returns_opt_outs") == 1)
    }
  }

  @Test func whatWasNotDoneIsTriedAgain() async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await declined(fixture)
      fixture.contactCentre.fails(with: .notDone(reason: "429", retryAfter: .seconds(3)))
      #expect(try await fixture.tell(id, .declined) == .retry(after: .seconds(3), reason: "429"))
      #expect(try await fixture.tell(id, .declined) == .done())
      #expect(fixture.contactCentre.mails.count == 1)
    }
  }

  @Test(arguments: [
    (ContactCentreError.unknown(reason: "reset"), ErrandState.unknown), (.refused(reason: "no such number"), .failed),
  ])
  func whatIsInDoubtIsNeverSentAgain(_ error: ContactCentreError, _ state: ErrandState) async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await declined(fixture)
      fixture.contactCentre.fails(with: error)
      _ = try await fixture.tell(id, .declined)
      #expect(try await message(fixture, id) == state)
      #expect(try await fixture.tell(id, .declined) == .done())
      #expect(fixture.contactCentre.mails.isEmpty)
      #expect(fixture.written.text.contains(id) && !fixture.written.text.contains("example.com"))
      #expect(try await fixture.record(id)?.details == nil)
    }
  }

  /// The process died between asking the contact centre and recording its answer.
  @Test func anInterruptedOneIsUnknown() async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await declined(fixture)
      let now = fixture.time.now
      try await fixture.database.write {
        try ReturnMessageTable().move(id, about: .declined, to: .sending, now: now, in: $0)
      }
      guard case .unknown = try await fixture.tell(id, .declined) else {
        Issue.record("sent a second time")
        return
      }
      #expect(fixture.contactCentre.mails.isEmpty)
    }
  }

  @Test func theContactCentreHearsHowItStandsNow() async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await declined(fixture)
      fixture.contactCentre.fails(with: .unknown(reason: "reset"), .refused(reason: "no such conversation"))
      #expect(try await fixture.returns.tellCentre.attempt(id) {} == .retry(reason: "reset"))
      #expect(try await fixture.returns.tellCentre.attempt(id) {} == .done(result: "no such conversation"))
      #expect(try await fixture.returns.tellCentre.attempt(id) {} == .done())
      #expect(fixture.contactCentre.recorded.map(\.attributes.rmaStatus) == [.declined])
    }
  }
}
