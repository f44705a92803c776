import Core
import Testing

@Suite struct TimeTests {
  @Test(arguments: [
    ("2026-11-20T09:30:00Z", "2026-11-20T09:30:00.000Z"),
    ("2026-11-20T09:30:00.5Z", "2026-11-20T09:30:00.500Z"),
    ("2026-11-20T09:30:00.1239999+01:00", "2026-11-20T08:30:00.123Z"),
    ("2026-11-20t09:30:00z", "2026-11-20T09:30:00.000Z"),
    ("2026-11-20", "2026-11-20T00:00:00.000Z"),
    ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
    ("2024-02-29T00:00:00-11:30", "2024-02-29T11:30:00.000Z"),
    ("1900-03-01T00:00:00Z", "1900-03-01T00:00:00.000Z"),
  ])
  func readsAndWritesRFC3339(text: String, written: String) throws {
    #expect(try #require(Timestamp(text)).description == written)
  }

  @Test(arguments: [
    "", "2026-11-20T", "2026-11-20T09:30Z", "2026-11-20T24:00:00Z", "2026-11-20T09:60:00Z", "2026-02-30",
    "2026-13-01", "2026-11-20T09:30:00", "2026-11-20T09:30:00.Z", "2026-11-20T09:30:00+1:00", "20261120",
    "2026-11-20T09:30:00Zz", "+026-11-20", "2026-11-20T09:30:00+24:00",
  ])
  func refusesWhatIsNoTime(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test func everyDayOfEightCenturiesComesBack() {
    for day in Int64(-146_097)...Int64(146_097) {
      let date = CalendarDate(daysSince1970: day)
      #expect(date.daysSince1970 == day)
    }
  }

  @Test(arguments: [("1970-01-01", 3), ("2026-11-20", 4), ("2024-02-29", 3), ("1969-12-28", 6)])
  func knowsTheWeekday(text: String, weekday: Int) throws {
    #expect(try #require(CalendarDate(text)).weekday == weekday)
  }

  @Test(arguments: [
    (Duration.milliseconds(1), Int64(1)), (.seconds(2), 2), (.milliseconds(2001), 3), (.seconds(-5), 0),
  ])
  func retryAfterIsRoundedUp(duration: Duration, seconds: Int64) {
    #expect(duration.secondsRoundedUp == seconds)
  }

  @Test func manualTimeWakesSleepersInTheirTurn() async throws {
    let time = ManualTime()
    let woken = Task { try await time.sleep(for: .seconds(5)) }
    let cancelled = Task { try await time.sleep(for: .seconds(50)) }
    while time.sleeperCount < 2 { try? await Task.sleep(for: .milliseconds(1)) }
    time.advance(by: .seconds(5))
    try await woken.value
    #expect(time.sleeperCount == 1)
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
  }

  @Test func theWallClockMayJumpWithoutTouchingUptime() {
    let time = ManualTime(now: Timestamp(seconds: 1_000))
    time.jump(to: Timestamp(seconds: 10))
    #expect(time.now.seconds == 10)
    #expect(time.uptime == .zero)
  }
}
