import Core
import Glibc

/// A time in which the platform is given longer to answer (`orders.peak_periods`): days, hours of the day, or both, in
/// local time.
package struct PeakPeriod: Sendable, Hashable {
  /// Nil for every day.
  package var days: ClosedRange<CalendarDate>?
  /// Nil for the whole day.
  package var hours: Hours?

  /// Minutes since midnight, the end not included. May pass midnight: 22:00 to 02:00.
  package struct Hours: Sendable, Hashable {
    package var from: Int
    package var until: Int

    func contains(_ minute: Int) -> Bool {
      from <= until ? minute >= from && minute < until : minute >= from || minute < until
    }
  }

  /// Reads `2026-11-27`, `2026-11-27/2026-11-30`, `17:00-20:00`, or a day or days and hours with a space between. Nil
  /// for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard (1...2).contains(parts.count) else { return nil }
    if let days = Self.days(parts[0]) {
      self.days = days
    } else if parts.count == 2 {
      return nil
    }
    guard days == nil || parts.count == 2 else { return }
    guard let hours = Self.hours(parts[parts.count - 1]) else { return nil }
    self.hours = hours
  }

  /// - Parameter local: seconds since 1970 as a clock on the wall counts them.
  package func contains(localSeconds local: Int64) -> Bool {
    let date = CalendarDate(daysSince1970: Timestamp(seconds: local).dayNumber)
    if let days, !days.contains(date) { return false }
    guard let hours else { return true }
    return hours.contains(Int(local / 60 - Timestamp(seconds: local).dayNumber * 1_440))
  }

  private static func days(_ text: String) -> ClosedRange<CalendarDate>? {
    let ends = text.split(separator: "/", omittingEmptySubsequences: false).map { CalendarDate(String($0)) }
    guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last else {
      return nil
    }
    return first...last
  }

  private static func hours(_ text: String) -> Hours? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).compactMap { minute(of: $0) }
    guard ends.count == 2, ends[0] != ends[1] else { return nil }
    return Hours(from: ends[0], until: ends[1])
  }

  private static func minute(of text: Substring) -> Int? {
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.count == 2 }), let hour = parts[0].decimalNumber,
      let minute = parts[1].decimalNumber, hour <= 24, minute < 60, hour * 60 + minute <= 1_440
    else { return nil }
    return Int(hour * 60 + minute)
  }
}

extension Timestamp {
  /// Days since 1970, rounded down.
  fileprivate var dayNumber: Int64 { seconds >= 0 ? seconds / 86_400 : (seconds + 1) / 86_400 - 1 }
}

/// How far local time is ahead of UTC at a moment.
package typealias UTCOffset = @Sendable (Timestamp) -> Duration

/// The zone of the machine, or of the environment's `TZ`.
package let machineUTCOffset: UTCOffset = { moment in
  var seconds = time_t(moment.seconds)
  var local = tm()
  localtime_r(&seconds, &local)
  return .seconds(local.tm_gmtoff)
}
