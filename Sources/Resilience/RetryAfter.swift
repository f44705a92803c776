import Core

/// The `Retry-After` field (RFC 9110, section 10.2.3).
package enum RetryAfter {
  /// Longer waits are cut: a vendor that asks for more is mistaken more often than not.
  package static let maximum = Duration.seconds(86_400)

  /// The wait that a value asks for: seconds, or one of the three forms of an HTTP date. Nothing for a date that has
  /// passed, nil for anything else.
  package static func duration(_ value: String, now: Timestamp) -> Duration? {
    let text = value.utf8.drop { $0 == 0x20 || $0 == 0x09 }
    let trimmed = text.prefix(text.count - text.reversed().prefix { $0 == 0x20 || $0 == 0x09 }.count)
    guard !trimmed.isEmpty else { return nil }
    if trimmed.allSatisfy(\.isDecimalDigit) {
      // More digits than fit are a long time.
      return trimmed.decimalNumber.map { min(.seconds(min($0, 86_400)), maximum) } ?? maximum
    }
    guard let date = HTTPDate.timestamp(String(trimmed) ?? "", now: now) else { return nil }
    return min(max(date - now, .zero), maximum)
  }

  /// A wait that was asked for, up to a tenth longer: many that were told the same do not come back together.
  package static func spread(_ wait: Duration, random: any RandomSource) -> Duration {
    let asked = min(max(wait, .zero), maximum).wholeMicroseconds
    return .microseconds(asked + Int64(random.number(below: UInt64(asked / 10) + 1)))
  }
}

/// The date forms of RFC 9110, section 5.6.7.
package enum HTTPDate {
  private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  private static let longDays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// - Parameter now: a year of two digits that would lie more than 50 years after it is taken from the century before.
  package static func timestamp(_ text: String, now: Timestamp) -> Timestamp? {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard let first = words.first else { return nil }
    if words.count == 6, first.hasSuffix(","), words[5] == "GMT", days.contains(String(first.dropLast())) {
      // Sun, 06 Nov 1994 08:49:37 GMT
      guard words[1].utf8.count == 2, words[3].utf8.count == 4 else { return nil }
      return timestamp(day: words[1], month: words[2], year: words[3].utf8.decimalNumber, clock: words[4])
    }
    if words.count == 4, first.hasSuffix(","), words[3] == "GMT", longDays.contains(String(first.dropLast())) {
      // Sunday, 06-Nov-94 08:49:37 GMT
      let date = words[1].split(separator: "-", omittingEmptySubsequences: false).map(String.init)
      guard date.count == 3, date[0].utf8.count == 2, date[2].utf8.count == 2, let year = date[2].utf8.decimalNumber
      else { return nil }
      return timestamp(day: date[0], month: date[1], year: fullYear(year, now: now), clock: words[2])
    }
    if days.contains(first), words.count == 5 || words.count == 6 && words[2].isEmpty {
      // Sun Nov  6 08:49:37 1994
      let (day, clock, year) = (words[words.count - 3], words[words.count - 2], words[words.count - 1])
      guard day.utf8.count == 7 - words.count, year.utf8.count == 4 else { return nil }
      return timestamp(day: day, month: words[1], year: year.utf8.decimalNumber, clock: clock)
    }
    return nil
  }

  private static func timestamp(day: String, month: String, year: Int64?, clock: String) -> Timestamp? {
    let parts = clock.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard let year, let day = day.utf8.decimalNumber, let month = months.firstIndex(of: month),
      let date = CalendarDate(year: Int(year), month: month + 1, day: Int(day)),
      parts.count == 3, parts.allSatisfy({ $0.count == 2 }),
      let hour = parts[0].decimalNumber, let minute = parts[1].decimalNumber, let second = parts[2].decimalNumber,
      hour < 24, minute < 60, second <= 60
    else { return nil }
    return Timestamp(seconds: date.daysSince1970 * 86_400 + hour * 3_600 + minute * 60 + second)
  }

  private static func fullYear(_ twoDigits: Int64, now: Timestamp) -> Int64 {
    let thisYear = Int64(CalendarDate(daysSince1970: now.seconds / 86_400).year)
    let year = thisYear / 100 * 100 + twoDigits
    return year > thisYear + 50 ? year - 100 : year
  }
}
