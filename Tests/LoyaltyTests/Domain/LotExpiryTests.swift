import Core
import Testing

@testable import Loyalty

@Suite struct LotExpiryTests {
  @Test(arguments: [
    ("never", "2026-11-21T10:00:00Z", nil),
    ("after 365d", "2026-11-21T10:00:00Z", "2027-11-21T23:59:59.999Z"),
    ("after 365 days", "2027-03-01T00:00:00Z", "2028-02-29T23:59:59.999Z"),
    ("after 1d", "2026-12-31T23:59:59.999Z", "2027-01-01T23:59:59.999Z"),
    ("after 1 month", "2027-01-31T10:00:00Z", "2027-02-28T23:59:59.999Z"),
    ("after 1 month", "2028-01-31T10:00:00Z", "2028-02-29T23:59:59.999Z"),
    ("after 1 year", "2028-02-29T10:00:00Z", "2029-02-28T23:59:59.999Z"),
    ("end_of_month after 12 months", "2026-11-01T00:00:00Z", "2027-11-30T23:59:59.999Z"),
    ("end_of_month after 12 months", "2026-11-30T23:59:59.999Z", "2027-11-30T23:59:59.999Z"),
    ("end_of_month after 3 months", "2027-11-30T10:00:00Z", "2028-02-29T23:59:59.999Z"),
    ("end_of_month after 1 month", "2026-11-21T10:00:00Z", "2026-12-31T23:59:59.999Z"),
    ("end_of_year after 1 year", "2026-01-01T00:00:00Z", "2027-12-31T23:59:59.999Z"),
    ("end_of_year after 2 months", "2026-11-21T10:00:00Z", "2027-12-31T23:59:59.999Z"),
  ])
  func ends(rule: String, arrival: String, end: String?) throws {
    let expiry = try #require(LotExpiry(rule))
    #expect(expiry.date(of: try #require(Timestamp(arrival))) == end.flatMap(Timestamp.init))
  }

  /// An account must not have a lot for each of its transactions.
  @Test(arguments: [("end_of_month after 24 months", 12), ("end_of_year after 1 year", 1), ("after 24 months", 365)])
  func aYearOfAwardsSharesItsEnds(rule: String, ends: Int) throws {
    let expiry = try #require(LotExpiry(rule))
    let start = try #require(Timestamp("2026-01-01"))
    let dates = (0..<(365 * 4)).compactMap { expiry.date(of: start + .seconds($0 * 21_600)) }
    #expect(Set(dates).count == ends)
  }

  @Test(arguments: [
    "", "Never", "after", "after 5", "after d", "after 1.5 years", "after -1d", "end_of_week after 1 month",
    "end_of_month end_of_month after 1 month", "end_of_month after 1 month or so", "after 99999999999999999999d",
  ])
  func otherTextsAreNone(text: String) {
    #expect(LotExpiry(text) == nil)
  }
}

@Suite struct FractionTests {
  @Test(
    arguments: [
      ("1.5", 3, 4), ("1.5", 1, 1), ("0.3333", 3, 0), ("2", 7, 14), ("1.1", 10, 11), ("1.25", 0, 0), ("1.5", -4, 0),
      ("0.5", Int64.max, Int64.max / 2), ("1.0000", Int64.max, Int64.max),
    ] as [(String, Int64, Int64)])
  func roundsDown(text: String, number: Int64, part: Int64) throws {
    #expect(try #require(Fraction(text)).of(number) == part)
  }

  @Test func whatDoesNotFitIsNone() {
    #expect(Fraction(11, of: 10).of(Int64.max) == nil)
    #expect(Fraction(UInt64.max, of: 1).of(Int64.max) == nil)
  }

  @Test(arguments: ["", ".5", "1.", "1.23456", "1,5", "1e3", "+1", "-1", "1.5.1", "0x10", "99999999999"])
  func otherTextsAreNone(text: String) {
    #expect(Fraction(text) == nil)
  }
}
