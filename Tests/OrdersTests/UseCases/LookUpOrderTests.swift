import Core
import HTTPMessages
import Testing

@testable import Orders

@Suite struct LookUpOrderTests {
  static let failures: [OrderPlatformError] = [
    .timedOut, .unavailable(reason: "x"), .throttled(retryAfter: .seconds(3)), .unauthorized(reason: "x"),
  ]

  @Test func asksOnceAndThenRemembers() async throws {
    let fixture = try LookUpFixture()
    #expect(try await fixture.ask().freshness == .live)
    #expect(try await fixture.ask("839201").freshness == .cached)
    #expect(fixture.platform.calls.map(\.id.rawValue) == ["ORD-839201"])
    #expect(fixture.platform.calls.first?.context.requestID == "call-77")
    #expect(fixture.log.all == ["call scripted found", "look-up live", "look-up cached"])
  }

  @Test func remembersForTheTimeToLiveOfTheStatus() async throws {
    let fixture = try LookUpFixture { $0.timeToLiveByStatus[.shipped] = .seconds(300) }
    _ = try await fixture.ask()
    fixture.time.advance(by: .seconds(299))
    #expect(try await fixture.ask().freshness == .cached)
    fixture.time.advance(by: .seconds(1))
    #expect(try await fixture.ask().freshness == .live)
  }

  @Test func aTimeToLiveOfZeroAsksEachTime() async throws {
    let fixture = try LookUpFixture { $0.timeToLive = .zero }
    for _ in 0..<3 { #expect(try await fixture.ask().freshness == .live) }
    #expect(fixture.platform.calls.count == 3)
  }

  @Test func anUnknownNumberIsRememberedAsLong() async throws {
    let fixture = try LookUpFixture()
    #expect(await fixture.error("ORD-999999") == .notFound)
    fixture.time.advance(by: .seconds(59))
    #expect(await fixture.error("ORD-999999") == .notFound)
    #expect(fixture.platform.calls.count == 1)
    fixture.time.advance(by: .seconds(1))
    fixture.platform.step = .orders([.sample.with { $0.id = OrderID(rawValue: "ORD-999999") }])
    #expect(try await fixture.ask("ORD-999999").freshness == .live)
  }

  @Test func aBadNumberAsksNothing() async throws {
    let fixture = try LookUpFixture()
    #expect(await fixture.error("ORD-8392") == .invalidID)
    #expect(fixture.platform.calls.isEmpty)
  }

  @Test(arguments: failures)
  func aCopyOfTheLastMinutesIsBetterThanNothing(_ failure: OrderPlatformError) async throws {
    let fixture = try LookUpFixture()
    _ = try await fixture.ask()
    fixture.platform.step = .failure(failure)
    fixture.time.advance(by: .seconds(900))
    #expect(try await fixture.ask().freshness == .stale)
    fixture.time.advance(by: .milliseconds(1))
    #expect(await fixture.error() != nil)
  }

  @Test func aClockThatWasSetBackMakesNothingFresh() async throws {
    let fixture = try LookUpFixture()
    _ = try await fixture.ask()
    fixture.time.jump(to: Timestamp("2026-11-21T11:00:00Z")!)
    #expect(try await fixture.ask().freshness == .live)
  }

  @Test(
    arguments: zip(
      failures,
      [
        LookUpOrderError.platformTimeout(limit: .seconds(10)),
        .platformUnavailable(.failing, retryAfter: .seconds(1)),
        .platformUnavailable(.throttled, retryAfter: .seconds(3)),
        .platformUnavailable(.failing, retryAfter: .seconds(1)),
      ]))
  func saysWhyThereIsNoAnswer(_ failure: OrderPlatformError, _ error: LookUpOrderError) async throws {
    let fixture = try LookUpFixture()
    fixture.platform.step = .failure(failure)
    #expect(await fixture.error() == error)
  }

  // MARK: - Time limit

  @Test func aPlatformThatIsSilentIsGivenUpAtTheLimit() async throws {
    let fixture = try LookUpFixture()
    fixture.platform.step = .silence
    async let error = fixture.error()
    #expect(await eventually { fixture.time.sleeperCount == 2 })
    #expect(fixture.platform.calls.first?.context.deadline == .seconds(10))
    fixture.time.advance(by: .seconds(10))
    #expect(await error == .platformTimeout(limit: .seconds(10)))
    #expect(await eventually { fixture.time.sleeperCount == 0 })
  }

  @Test(arguments: [("2026-11-21", 15), ("12:00-13:00", 15), ("2026-11-22", 10), ("13:00-14:00", 10)])
  func peakPeriodsGiveThePlatformLonger(_ period: String, _ seconds: Int64) async throws {
    let fixture = try LookUpFixture { $0.peakPeriods = [PeakPeriod(period)].compactMap(\.self) }
    fixture.platform.step = .failure(.timedOut)
    #expect(await fixture.error() == .platformTimeout(limit: .seconds(seconds)))
    #expect(fixture.platform.calls.first?.context.deadline == .seconds(seconds))
  }

  @Test func peakPeriodsAreInLocalTime() async throws {
    let fixture = try LookUpFixture {
      $0.peakPeriods = [PeakPeriod("14:00-15:00")].compactMap(\.self)
      $0.utcOffset = { _ in .seconds(7_200) }
    }
    fixture.platform.step = .failure(.timedOut)
    #expect(await fixture.error() == .platformTimeout(limit: .seconds(15)))
  }

  // MARK: - Sharing one call

  @Test func equalLookUpsShareOneCall() async throws {
    let fixture = try LookUpFixture { $0.timeToLive = .zero }
    fixture.platform.step = .slowly(.seconds(1), [.sample])
    let tasks = (0..<16).map { _ in Task { try await fixture.ask() } }
    #expect(await eventually { fixture.waiters == 16 && fixture.time.sleeperCount == 2 })
    fixture.time.advance(by: .seconds(1))
    for task in tasks { #expect(try await task.value.copy.order == .sample) }
    #expect(fixture.platform.calls.count == 1)
  }

  @Test func aCallerWhoHangsUpDoesNotTakeTheOthersAlong() async throws {
    let fixture = try LookUpFixture()
    fixture.platform.step = .slowly(.seconds(1), [.sample])
    let first = Task { try await fixture.ask() }
    let second = Task { try await fixture.ask() }
    #expect(await eventually { fixture.waiters == 2 && fixture.time.sleeperCount == 2 })
    first.cancel()
    #expect(await eventually { fixture.waiters == 1 })
    fixture.time.advance(by: .seconds(1))
    #expect(try await second.value.copy.order == .sample)
    #expect(fixture.platform.calls.count == 1)
  }

  /// A call that nobody waits for any more is cut off, and says nothing about the platform.
  @Test func whenAllHangUpTheCallEnds() async throws {
    let fixture = try LookUpFixture { $0.failureLimit = 1 }
    fixture.platform.step = .slowly(.seconds(1), [.sample])
    let only = Task { try await fixture.ask() }
    #expect(await eventually { fixture.time.sleeperCount == 2 })
    only.cancel()
    #expect(await eventually { fixture.log.count("call scripted abandoned") == 1 })
    fixture.platform.step = .orders([.sample])
    #expect(try await fixture.ask().freshness == .live)
  }
}
