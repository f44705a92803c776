import Core
import Jobs
import Testing

@testable import Orders

@Suite struct PlaceCallbackJobTests {
  @Test func booksOnceAndForgetsTheNumber() async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newCallback()
    for _ in 0..<3 { #expect(try await fixture.place(id) == .done()) }
    #expect(fixture.contactCentre.booked.map(\.reference) == [id])
    #expect(fixture.contactCentre.booked.first?.callback.number == "+49301234567")
    let record = try #require(await fixture.callback(id))
    #expect(record.state == .done)
    #expect(record.callback == nil)
    #expect(fixture.log.all.suffix(2) == ["callback sending", "callback done"])
  }

  @Test func whatWasNotDoneIsTriedAgain() async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newCallback()
    fixture.contactCentre.fails(with: .notDone(reason: "503", retryAfter: .seconds(3)))
    #expect(try await fixture.place(id) == .retry(after: .seconds(3), reason: "503"))
    #expect(try await fixture.callback(id)?.state == .accepted)
    #expect(try await fixture.place(id) == .done())
    #expect(fixture.contactCentre.asked == ["book", "book"])
  }

  /// The answer was lost, or the process died while it waited: both leave `sending`.
  @Test(arguments: [true, false])
  func aLostAnswerIsLookedUpBeforeBookingAgain(_ wasBooked: Bool) async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newCallback()
    fixture.contactCentre.fails(with: .unknown(reason: "reset"), doesItAllTheSame: wasBooked)
    fixture.time.advance(by: .seconds(7))
    let triedAt = fixture.time.now
    #expect(try await fixture.place(id) == .retry(after: .seconds(60), reason: "reset"))
    #expect(try await fixture.callback(id)?.state == .sending)
    fixture.time.advance(by: .seconds(60))
    #expect(try await fixture.place(id) == .done())
    #expect(fixture.contactCentre.booked.count == 1)
    #expect(fixture.contactCentre.asked == (wasBooked ? ["book", "find"] : ["book", "find", "book"]))
    #expect(fixture.contactCentre.triedAt == [triedAt])
    #expect(try await fixture.callback(id)?.state == .done)
  }

  /// After a crash the queue runs the job again at once, when the search cannot know of the call-back yet.
  @Test func noIsNotBelievedBeforeTheSearchCanKnow() async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newCallback()
    fixture.contactCentre.fails(with: .unknown(reason: "reset"), doesItAllTheSame: false)
    _ = try await fixture.place(id)
    fixture.time.advance(by: .seconds(20))
    guard case .retry(let wait, _) = try await fixture.place(id) else {
      Issue.record("booked again too early")
      return
    }
    #expect(wait == .seconds(40))
    #expect(fixture.contactCentre.asked == ["book", "find"])
  }

  @Test func whileItCannotBeFoundOutNothingIsBooked() async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newCallback()
    fixture.contactCentre.fails(with: .unknown(reason: "reset"), .notDone(reason: "503", retryAfter: nil))
    _ = try await fixture.place(id)
    #expect(try await fixture.place(id) == .retry(reason: "503"))
    #expect(try await fixture.callback(id)?.state == .sending)
    fixture.contactCentre.fails(with: .notDone(reason: "503", retryAfter: nil))
    fixture.time.advance(by: .seconds(4 * 3_600))
    #expect(try await fixture.place(id) == .unknown(reason: "503"))
    #expect(try await fixture.callback(id)?.state == .unknown)
    #expect(fixture.contactCentre.asked == ["book", "find", "find"])
  }

  @Test func aRefusedOneIsReportedAndMayBeAskedForAgain() async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newCallback()
    fixture.contactCentre.fails(with: .refused(reason: "no such number"))
    #expect(try await fixture.place(id) == .failed(reason: "no such number"))
    #expect(try await fixture.callback(id)?.state == .failed)
    #expect(fixture.written.text.contains(id))
    #expect(!fixture.written.text.contains("301234567"))
    #expect(await fixture.newCallback() != id)
  }

  @Test func itIsGivenUpAfterAWhile() async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newCallback()
    fixture.time.advance(by: .seconds(4 * 3_600))
    guard case .failed = try await fixture.place(id) else {
      Issue.record("tried for ever")
      return
    }
    #expect(fixture.contactCentre.asked.isEmpty)
    #expect(try await fixture.callback(id)?.state == .failed)
  }

  @Test func aTimeThatHasPassedMeanwhileIsNow() async throws {
    let fixture = try await FeatureFixture()
    let id = await fixture.newCallback(#"{"number":"+49301234567","at":"2026-11-21T12:10:00Z"}"#)
    fixture.time.advance(by: .seconds(600))
    #expect(try await fixture.place(id) == .done())
    #expect(fixture.contactCentre.booked.first?.callback.at == nil)
  }

  @Test func anUnknownIdIsNothingToDo() async throws {
    #expect(try await FeatureFixture().place("cb_0") == .done())
  }
}
