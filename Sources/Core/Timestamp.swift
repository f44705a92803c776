/// A point in time: microseconds since 1970-01-01T00:00:00Z, the only form of time that is stored.
package struct Timestamp: Sendable, Hashable, Comparable, BitwiseCopyable {
  package var microseconds: Int64

  package init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  package init(seconds: Int64) {
    self.init(microseconds: seconds * 1_000_000)
  }

  /// Whole seconds since 1970, rounded down: the unit of JWT claims and of most webhooks.
  package var seconds: Int64 { microseconds.flooredDivision(by: 1_000_000).quotient }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

  package static func + (time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp(microseconds: time.microseconds + duration.wholeMicroseconds)
  }

  package static func - (time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp(microseconds: time.microseconds - duration.wholeMicroseconds)
  }

  package static func - (later: Timestamp, earlier: Timestamp) -> Duration {
    .microseconds(later.microseconds - earlier.microseconds)
  }
}

extension Timestamp: CustomStringConvertible {
  /// RFC 3339 in UTC with milliseconds: `2026-11-20T09:30:00.000Z`.
  package var description: String {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the description: for a log, where a string would be one allocation too many.
  package func write(to output: inout [UInt8]) {
    output.append(atMost: Self.longestText) { write(to: &$0) }
  }

  /// In bytes: a year may be as long as a number.
  static let longestText = ByteWriter.longestNumber + 24

  func write(to output: inout ByteWriter) {
    let (days, rest) = microseconds.flooredDivision(by: 86_400_000_000)
    let date = CalendarDate(daysSince1970: days)
    let (seconds, microseconds) = rest.quotientAndRemainder(dividingBy: 1_000_000)
    output.append(decimal: Int64(date.year), width: 4)
    func put(_ mark: Unicode.Scalar, _ value: Int64, _ width: Int) {
      output.append(UInt8(ascii: mark))
      output.append(decimal: value, width: width)
    }
    put("-", Int64(date.month), 2)
    put("-", Int64(date.day), 2)
    put("T", seconds / 3_600, 2)
    put(":", seconds / 60 % 60, 2)
    put(":", seconds % 60, 2)
    put(".", microseconds / 1_000, 3)
    output.append(UInt8(ascii: "Z"))
  }

  /// Reads RFC 3339 (`2026-11-20T09:30:00Z`, with or without a fraction, `Z` or an offset) or a bare date, which is
  /// taken as its midnight in UTC. Anything else is nil.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 10, let date = CalendarDate(String(decoding: bytes[..<10], as: UTF8.self)) else { return nil }
    guard bytes.count > 10 else {
      self.init(seconds: date.daysSince1970 * 86_400)
      return
    }
    guard bytes.count >= 20, [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(bytes[10]),
      bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
      let hour = bytes[11..<13].decimalNumber, let minute = bytes[14..<16].decimalNumber,
      let second = bytes[17..<19].decimalNumber, hour < 24, minute < 60, second < 61
    else { return nil }
    var rest = bytes[19...]
    var fraction: Int64 = 0
    if rest.first == UInt8(ascii: ".") {
      let digits = rest.dropFirst().prefix { $0.isDecimalDigit }
      guard !digits.isEmpty, let value = (Array(digits.prefix(6)) + Array("000000".utf8)).prefix(6).decimalNumber else {
        return nil
      }
      fraction = value
      rest = rest.dropFirst(1 + digits.count)
    }
    guard let offset = Timestamp.offsetSeconds(rest) else { return nil }
    let seconds = date.daysSince1970 * 86_400 + hour * 3_600 + minute * 60 + second - offset
    self.init(microseconds: seconds * 1_000_000 + fraction)
  }

  private static func offsetSeconds(_ text: ArraySlice<UInt8>) -> Int64? {
    if text.count == 1, text.first.map({ $0 | 0x20 }) == UInt8(ascii: "z") { return 0 }
    guard text.count == 6, let sign = text.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
      text[text.startIndex + 3] == UInt8(ascii: ":"),
      let hours = text[(text.startIndex + 1)..<(text.startIndex + 3)].decimalNumber,
      let minutes = text[(text.startIndex + 4)...].decimalNumber, hours < 24, minutes < 60
    else { return nil }
    return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 3_600 + minutes * 60)
  }
}

extension Duration {
  /// Microseconds, rounded towards zero: the resolution of a stored time.
  package var wholeMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
  }

  package var wholeMilliseconds: Int64 { wholeMicroseconds / 1_000 }

  /// Seconds, rounded up and never below zero: what `Retry-After` carries.
  package var secondsRoundedUp: Int64 {
    max(0, components.seconds + (components.attoseconds > 0 ? 1 : 0))
  }

  /// Seconds with a fraction, for a metric or a line for a person; never for arithmetic that is stored.
  package var secondsApproximately: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}

extension Int64 {
  /// Division that rounds down, so that the remainder is never negative for a positive divisor.
  func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

extension BinaryInteger {
  /// Decimal digits with leading zeros up to `width`.
  package func padded(to width: Int) -> String {
    let digits = String(self)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}

extension UInt8 {
  package var isDecimalDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}

extension Collection<UInt8> {
  /// The value of a run of ASCII digits that fits `Int64`; nil for an empty run or any other byte.
  package var decimalNumber: Int64? {
    guard !isEmpty else { return nil }
    var value: Int64 = 0
    for byte in self {
      guard byte.isDecimalDigit else { return nil }
      let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
      guard !overflowed, !carried else { return nil }
      value = sum
    }
    return value
  }
}
