import Core
import Jobs
import Storage
import Testing

@testable import Orders

@Suite struct SendStatusTextJobTests {
  @Test func sendsTheStatusOnceAndForgetsTheNumber() async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newText()
    for _ in 0..<3 { #expect(try await fixture.send(id) == .done()) }
    #expect(
      fixture.contactCentre.texts == [
        TextMessage(number: "+49301234567", body: StatusText.compose(.sample, in: .english))
      ])
    let record = try #require(await fixture.text(id))
    #expect(record.state == .done)
    #expect(record.order == nil)
    #expect(fixture.log.all.suffix(2) == ["text sending", "text done"])
  }

  @Test(arguments: [
    (OrderPlatformError.timedOut, JobOutcome.retry(reason: "the platform did not answer in time")),
    (.unavailable(reason: "x"), .retry(after: .seconds(1), reason: "the platform is not answering")),
    (.throttled(retryAfter: .seconds(4)), .retry(after: .seconds(4), reason: "the platform is not answering")),
  ])
  func waitsForThePlatform(_ failure: OrderPlatformError, _ outcome: JobOutcome) async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newText()
    fixture.platform.step = .failure(failure)
    #expect(try await fixture.send(id) == outcome)
    #expect(try await fixture.text(id)?.state == .accepted)
    fixture.time.advance(by: .seconds(60))
    fixture.platform.step = .orders([.sample])
    #expect(try await fixture.send(id) == .done())
    #expect(fixture.contactCentre.texts.count == 1)
  }

  /// The flow offers a link to whoever keyed a number that no order has (guide 1, edge case 2).
  @Test func anUnknownOrderGetsTheLink() async throws {
    let fixture = try await FeatureFixture { $0.statusPage = "https://shop.example/orders" }
    let id = await fixture.newText()
    fixture.platform.step = .orders([])
    #expect(try await fixture.send(id) == .done())
    #expect(fixture.contactCentre.texts.map(\.body).count == 1)
    #expect(fixture.contactCentre.texts[0].body.hasSuffix("https://shop.example/orders"))
  }

  @Test func withoutALinkAnUnknownOrderGetsNothing() async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newText()
    fixture.platform.step = .orders([])
    guard case .failed = try await fixture.send(id) else {
      Issue.record("something was sent")
      return
    }
    #expect(fixture.contactCentre.texts.isEmpty)
  }

  @Test func butNotForEver() async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newText()
    fixture.platform.step = .failure(.timedOut)
    fixture.time.advance(by: .seconds(2 * 3_600))
    guard case .failed = try await fixture.send(id) else {
      Issue.record("tried for ever")
      return
    }
    #expect(try await fixture.text(id)?.state == .failed)
    #expect(fixture.contactCentre.asked.isEmpty)
  }

  @Test func waitsRatherThanSendingAnOldStatus() async throws {
    let fixture = try await FeatureFixture()
    _ = await fixture.get("/v1/orders/ORD-839201")
    fixture.time.advance(by: .seconds(61))
    fixture.platform.step = .failure(.timedOut)
    let id = await fixture.newText()
    #expect(try await fixture.send(id) == .retry(reason: "only an old status can be had"))
    #expect(fixture.contactCentre.texts.isEmpty)
  }

  @Test func toTheOwnersNumberOnly() async throws {
    let fixture = try await FeatureFixture { $0.verification = .callerNumber }
    let foreign = await fixture.newText("+49309999999")
    guard case .failed = try await fixture.send(foreign) else {
      Issue.record("sent to a stranger")
      return
    }
    #expect(try await fixture.text(foreign)?.state == .failed)
    #expect(fixture.contactCentre.texts.isEmpty)
    #expect(try await fixture.send(await fixture.newText()) == .done())
    #expect(fixture.contactCentre.texts.map(\.number) == ["+49301234567"])
  }

  @Test func whatWasNotDoneIsTriedAgain() async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newText()
    fixture.contactCentre.fails(with: .notDone(reason: "429", retryAfter: .seconds(3)))
    #expect(try await fixture.send(id) == .retry(after: .seconds(3), reason: "429"))
    #expect(try await fixture.send(id) == .done())
    #expect(fixture.contactCentre.texts.count == 1)
  }

  @Test(arguments: [
    (ContactCentreError.unknown(reason: "reset"), ErrandState.unknown, JobOutcome.unknown(reason: "reset")),
    (.refused(reason: "opted out"), .failed, .failed(reason: "opted out")),
  ])
  func whatIsInDoubtOrRefusedIsReportedAndNeverSentAgain(
    _ error: ContactCentreError, _ state: ErrandState, _ outcome: JobOutcome
  ) async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newText()
    fixture.contactCentre.fails(with: error)
    #expect(try await fixture.send(id) == outcome)
    #expect(try await fixture.text(id)?.state == state)
    #expect(try await fixture.send(id) == state.ending)
    #expect(fixture.contactCentre.asked == ["text"])
    #expect(fixture.written.text.contains(id))
    #expect(!fixture.written.text.contains("301234567"))
  }

  /// The process died between asking the contact centre and recording its answer.
  @Test func anInterruptedOneIsUnknown() async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newText()
    let now = fixture.time.now
    try await fixture.database.write { try TextTable(personal: .test).move(id, to: .sending, now: now, in: $0) }
    guard case .unknown = try await fixture.send(id) else {
      Issue.record("sent a second time")
      return
    }
    #expect(try await fixture.text(id)?.state == .unknown)
    #expect(fixture.contactCentre.asked.isEmpty)
  }
}
