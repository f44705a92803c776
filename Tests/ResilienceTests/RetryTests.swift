import Core
import Resilience
import Testing

@Suite struct BackoffTests {
  private func delays(_ backoff: Backoff, _ failures: Int) -> [Duration] {
    let random = SeededRandom(seed: UInt64(failures))
    return (0..<2_000).compactMap { _ in backoff.delay(afterFailures: failures, random: random) }
  }

  @Test(arguments: [(1, 100), (2, 200), (3, 400), (5, 1_000), (60, 1_000)])
  func fullJitterFillsTheWholeRange(failures: Int, most: Int) throws {
    let delays = delays(.fullJitter(base: .milliseconds(100), cap: .seconds(1)), failures)
    #expect(try #require(delays.min()) >= .zero)
    #expect(try #require(delays.min()) < .milliseconds(most) / 20)
    #expect(try #require(delays.max()) <= .milliseconds(most))
    #expect(try #require(delays.max()) > .milliseconds(most) * 19 / 20)
  }

  @Test(arguments: [(1, 5), (2, 300), (3, 1_800)])
  func aScheduleIsSpreadByAFifth(failures: Int, seconds: Int) throws {
    let delays = delays(.schedule([.seconds(5), .seconds(300), .seconds(1_800)]), failures)
    #expect(try #require(delays.min()) >= .seconds(seconds) * 8 / 10)
    #expect(try #require(delays.max()) <= .seconds(seconds) * 12 / 10)
    #expect(try #require(delays.max()) - delays.min()! > .seconds(seconds) * 3 / 10)
  }

  @Test(arguments: [(0, 100, 100), (10, 90, 110), (100, 0, 200)])
  func aScheduleIsSpreadAsMuchAsItSays(percent: Int, least: Int, most: Int) throws {
    let delays = delays(.schedule([.seconds(100)], jitterPercent: percent), 1)
    #expect(try #require(delays.min()) >= .seconds(least))
    #expect(try #require(delays.max()) <= .seconds(most))
    #expect(delays.max()! - delays.min()! >= .seconds(most - least) * 9 / 10)
  }

  @Test func aScheduleEnds() {
    #expect(Backoff.schedule([.seconds(1)]).delay(afterFailures: 2, random: SeededRandom(seed: 1)) == nil)
  }

  @Test(arguments: [(1, 1), (2, 2), (3, 4), (4, 5), (1_000_000, 5)])
  func exponentialIsCapped(failures: Int, seconds: Int) throws {
    let delays = delays(.exponential(base: .seconds(1), cap: .seconds(5)), failures)
    #expect(try #require(delays.min()) >= .seconds(seconds) * 8 / 10)
    #expect(try #require(delays.max()) <= .seconds(seconds) * 12 / 10)
  }
}

@Suite struct RetryAfterTests {
  /// 1994-11-06T08:49:00Z, 37 seconds before the examples of RFC 9110.
  private let now = Timestamp("1994-11-06T08:49:00Z")!

  @Test(arguments: [
    ("0", 0), ("120", 120), (" 7\t", 7), ("86400", 86_400), ("86401", 86_400),
    ("99999999999999999999999999", 86_400), ("Sun, 06 Nov 1994 08:49:37 GMT", 37),
    ("Sunday, 06-Nov-94 08:49:37 GMT", 37), ("Sun Nov  6 08:49:37 1994", 37), ("Wed Nov 16 08:49:37 1994", 86_400),
    ("Sun, 06 Nov 1994 08:48:59 GMT", 0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ("Sunday, 06-Nov-93 08:49:37 GMT", 0), ("Monday, 06-Nov-95 08:49:37 GMT", 86_400),
    ("Sun, 06 Nov 1994 08:49:60 GMT", 60),
  ])
  func takesSecondsAndTheThreeForms(value: String, seconds: Int) {
    #expect(RetryAfter.duration(value, now: now) == .seconds(seconds))
  }

  @Test(arguments: [
    "", " ", "-1", "+1", "1.5", "1 2", "soon", "0x10", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 PST",
    "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:61:00 GMT", "Son, 06 Nov 1994 08:49:37 GMT", "Sun Nov 06 08:49:37 GMT 1994",
    "Sun Nov   6 08:49:37 1994", "1994-11-06T08:49:37Z", "Sunday, 06-Nov-1994 08:49:37 GMT",
  ])
  func refusesAnythingElse(value: String) {
    #expect(RetryAfter.duration(value, now: now) == nil)
  }

  @Test(arguments: [(120, 120, 132), (0, 0, 0), (-5, 0, 0), (1_000_000, 86_400, 95_040)])
  func aWaitIsSpreadUpwards(asked: Int, least: Int, most: Int) throws {
    let random = SeededRandom(seed: 1)
    let waits = (0..<2_000).map { _ in RetryAfter.spread(.seconds(asked), random: random) }
    #expect(try #require(waits.min()) >= .seconds(least))
    #expect(try #require(waits.max()) <= .seconds(most))
    #expect(waits.max()! - waits.min()! >= .seconds(most - least) * 9 / 10)
  }

  @Test(arguments: [("Friday, 06-Nov-76 00:00:00 GMT", "2076-11-06"), ("Friday, 06-Nov-77 00:00:00 GMT", "1977-11-06")])
  func aYearOfTwoDigitsIsTheNearest(text: String, date: String) {
    #expect(HTTPDate.timestamp(text, now: Timestamp("2026-11-20")!) == Timestamp(date))
  }
}
