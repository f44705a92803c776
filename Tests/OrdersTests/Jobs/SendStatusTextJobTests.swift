import Core
import Storage
import Testing

@testable import Orders

@Suite struct SendStatusTextJobTests {
  @Test func sendsTheStatusOnceAndForgetsTheNumber() async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newText()
    for _ in 0..<3 { #expect(try await fixture.feature.sendStatusText.run(id) == .finished) }
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
    (OrderPlatformError.timedOut, ErrandStep.retry(after: nil)),
    (.unavailable(reason: "x"), .retry(after: .seconds(1))),
    (.throttled(retryAfter: .seconds(4)), .retry(after: .seconds(4))),
  ])
  func waitsForThePlatform(_ failure: OrderPlatformError, _ step: ErrandStep) async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newText()
    fixture.platform.step = .failure(failure)
    #expect(try await fixture.feature.sendStatusText.run(id) == step)
    #expect(try await fixture.text(id)?.state == .accepted)
    fixture.time.advance(by: .seconds(60))
    fixture.platform.step = .orders([.sample])
    #expect(try await fixture.feature.sendStatusText.run(id) == .finished)
    #expect(fixture.contactCentre.texts.count == 1)
  }

  @Test func butNotForEver() async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newText()
    fixture.platform.step = .failure(.timedOut)
    fixture.time.advance(by: .seconds(2 * 3_600))
    guard case .gaveUp = try await fixture.feature.sendStatusText.run(id) else {
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
    #expect(try await fixture.feature.sendStatusText.run(id) == .retry(after: nil))
    #expect(fixture.contactCentre.texts.isEmpty)
  }

  @Test func toTheOwnersNumberOnly() async throws {
    let fixture = try await FeatureFixture { $0.verification = .callerNumber }
    let foreign = await fixture.newText("+49309999999")
    guard case .gaveUp = try await fixture.feature.sendStatusText.run(foreign) else {
      Issue.record("sent to a stranger")
      return
    }
    #expect(try await fixture.text(foreign)?.state == .failed)
    #expect(fixture.contactCentre.texts.isEmpty)
    #expect(try await fixture.feature.sendStatusText.run(await fixture.newText()) == .finished)
    #expect(fixture.contactCentre.texts.map(\.number) == ["+49301234567"])
  }

  @Test func whatWasNotDoneIsTriedAgain() async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newText()
    fixture.contactCentre.fails(with: .notDone(reason: "429", retryAfter: .seconds(3)))
    #expect(try await fixture.feature.sendStatusText.run(id) == .retry(after: .seconds(3)))
    #expect(try await fixture.feature.sendStatusText.run(id) == .finished)
    #expect(fixture.contactCentre.texts.count == 1)
  }

  @Test(arguments: [
    (ContactCentreError.unknown(reason: "reset"), ErrandState.unknown), (.refused(reason: "opted out"), .failed),
  ])
  func whatIsInDoubtOrRefusedIsReportedAndNeverSentAgain(
    _ error: ContactCentreError, _ state: ErrandState
  ) async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newText()
    fixture.contactCentre.fails(with: error)
    #expect(try await fixture.feature.sendStatusText.run(id) == .gaveUp(reason: error.reason))
    #expect(try await fixture.text(id)?.state == state)
    #expect(try await fixture.feature.sendStatusText.run(id) == .finished)
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
    guard case .gaveUp = try await fixture.feature.sendStatusText.run(id) else {
      Issue.record("sent a second time")
      return
    }
    #expect(try await fixture.text(id)?.state == .unknown)
    #expect(fixture.contactCentre.asked.isEmpty)
  }
}
