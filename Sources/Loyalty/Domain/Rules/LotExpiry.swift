import Core

/// When points expire that come at a time.
package enum LotExpiry: Sendable, Hashable {
  case never
  /// After a time, at the end of the day, month or year (UTC) in which that lies. Ends that many days share make many
  /// awards one lot: an account has at most 25 lots where they live for 24 months.
  case after(CalendarPeriod, endOf: CalendarPeriod.Unit)

  /// The last millisecond of the day, as customers are shown its date.
  package func date(of arrival: Timestamp) -> Timestamp? {
    guard case .after(let period, let unit) = self,
      let next = (CalendarDate(daysSince1970: arrival.day) + period)?.firstDay(after: unit)
    else { return nil }
    return Timestamp(microseconds: next.daysSince1970 * 86_400_000_000 - 1_000)
  }

  /// Reads `never`, `after 365d`, `end_of_month after 24 months` and `end_of_year after 1 year`.
  package init?(_ text: String) {
    if text == "never" {
      self = .never
      return
    }
    let words = text.split(separator: " ").map(String.init)
    guard let after = words.firstIndex(of: "after"), after <= 1,
      let period = CalendarPeriod(words[(after + 1)...].joined())
    else { return nil }
    switch words.first {
    case "after": self = .after(period, endOf: .day)
    case "end_of_month": self = .after(period, endOf: .month)
    case "end_of_year": self = .after(period, endOf: .year)
    default: return nil
    }
  }
}

/// Some days, months or years of the calendar.
package struct CalendarPeriod: Sendable, Hashable {
  package enum Unit: String, Sendable, Hashable {
    case day, month, year
  }

  package let count: Int
  package let unit: Unit

  package init(_ count: Int, _ unit: Unit) {
    self.count = count
    self.unit = unit
  }

  /// Reads `365d`, `365days`, `12months` or `1year`; nil for anything else, for nothing and for more than a century.
  init?(_ text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int(digits), count > 0 else { return nil }
    switch text.dropFirst(digits.count) {
    case "d", "day", "days": self.init(count, .day)
    case "month", "months": self.init(count, .month)
    case "year", "years": self.init(count, .year)
    default: return nil
    }
    guard count <= (unit == .day ? 36_500 : unit == .month ? 1_200 : 100) else { return nil }
  }
}

extension CalendarDate {
  /// A month later is the same day of the next month, or its last day: 31 January and a month is 28 or 29 February.
  static func + (date: CalendarDate, period: CalendarPeriod) -> CalendarDate? {
    if period.unit == .day { return CalendarDate(daysSince1970: date.daysSince1970 + Int64(period.count)) }
    let months = date.year * 12 + date.month - 1 + period.count * (period.unit == .year ? 12 : 1)
    for day in stride(from: date.day, through: min(date.day, 28), by: -1) {
      if let later = CalendarDate(year: months / 12, month: months % 12 + 1, day: day) { return later }
    }
    return nil
  }

  fileprivate func firstDay(after unit: CalendarPeriod.Unit) -> CalendarDate? {
    switch unit {
    case .day: CalendarDate(daysSince1970: daysSince1970 + 1)
    case .month: CalendarDate(year: month == 12 ? year + 1 : year, month: month % 12 + 1, day: 1)
    case .year: CalendarDate(year: year + 1, month: 1, day: 1)
    }
  }
}
