import Core
import Testing

@testable import Orders

@Suite struct PeakPeriodTests {
  private func contains(_ period: String, _ local: String) throws -> Bool {
    let moment = try #require(Timestamp(local))
    return try #require(PeakPeriod(period)).contains(localSeconds: moment.seconds)
  }

  @Test(arguments: [
    ("2026-11-27", "2026-11-27T00:00:00Z", true),
    ("2026-11-27", "2026-11-28T00:00:00Z", false),
    ("2026-11-27/2026-11-30", "2026-11-30T23:59:59Z", true),
    ("17:00-20:00", "2026-03-01T17:00:00Z", true),
    ("17:00-20:00", "2026-03-01T20:00:00Z", false),
    ("22:00-02:00", "2026-03-01T01:59:00Z", true),
    ("22:00-02:00", "2026-03-01T02:00:00Z", false),
    ("20:00-24:00", "2026-03-01T23:59:00Z", true),
    ("2026-11-27 08:00-10:00", "2026-11-27T09:00:00Z", true),
    ("2026-11-27 08:00-10:00", "2026-11-26T09:00:00Z", false),
    ("2026-11-27 08:00-10:00", "2026-11-27T10:00:00Z", false),
    ("00:00-06:00", "1969-12-31T05:00:00Z", true),
  ])
  func holds(_ period: String, at local: String, _ expected: Bool) throws {
    #expect(try contains(period, local) == expected)
  }

  @Test(arguments: [
    "", "today", "2026-02-30", "2026-11-30/2026-11-27", "17:00", "17:00-25:00", "17:00-17:00", "7:00-8:00",
    "17:00-20:00 2026-11-27", "2026-11-27 08:00-10:00 x", "24:01-02:00",
  ])
  func refuses(_ text: String) {
    #expect(PeakPeriod(text) == nil)
  }
}
