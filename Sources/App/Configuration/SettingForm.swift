import Core
import Orders

/// How the text of a setting becomes a value, and how it is shown.
struct SettingForm<Value: Sendable>: Sendable {
  /// What a person is told that is expected, such as `a duration, for example "10s"`.
  let expectation: String
  let parse: @Sendable (String) -> Value?
  let show: @Sendable (Value) -> String
}

extension SettingForm where Value == String {
  static let text = SettingForm(expectation: "text", parse: { $0.isEmpty ? nil : $0 }, show: { $0 })

  static let url = SettingForm(
    expectation: "a URL, for example \"https://api.example.com\"",
    parse: { text in
      guard text.hasPrefix("https://") || text.hasPrefix("http://"), !text.contains(where: \.isWhitespace) else {
        return nil
      }
      return text.hasSuffix("/") ? String(text.dropLast()) : text
    }, show: { $0 })
}

extension SettingForm where Value == Bool {
  static let flag = SettingForm(
    expectation: "true or false", parse: { ["true": true, "false": false][$0] }, show: { $0 ? "true" : "false" })
}

extension SettingForm where Value == Int {
  static func number(_ range: ClosedRange<Int>) -> SettingForm {
    SettingForm(
      expectation: "a whole number from \(range.lowerBound) to \(range.upperBound)",
      parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }, show: { String($0) })
  }

  /// Bytes, with `KiB` or `MiB`.
  static let size = SettingForm(
    expectation: "a size, for example \"16KiB\" or \"1MiB\"",
    parse: { text in
      let digits = text.prefix { $0.isASCII && $0.isNumber }
      guard let count = Int(digits), count > 0 else { return nil }
      switch text.dropFirst(digits.count) {
      case "B", "": return count
      case "KiB": return count.multiplied(by: 1 << 10)
      case "MiB": return count.multiplied(by: 1 << 20)
      default: return nil
      }
    },
    show: { size in
      if size.isMultiple(of: 1 << 20) { return "\(size >> 20)MiB" }
      return size.isMultiple(of: 1 << 10) ? "\(size >> 10)KiB" : "\(size)B"
    })
}

extension Int {
  fileprivate func multiplied(by factor: Int) -> Int? {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? nil : product
  }
}

extension SettingForm where Value == Duration {
  static let duration = SettingForm(
    expectation: "a duration with its unit, for example \"250ms\", \"10s\", \"15m\", \"1h\" or \"30d\"",
    parse: { Duration(text: $0) }, show: { $0.text })
}

extension SettingForm where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  static var choice: SettingForm {
    SettingForm(
      expectation: Value.allCases.map(\.rawValue).joined(separator: " | "), parse: { Value(rawValue: $0) },
      show: { $0.rawValue })
  }
}

extension Duration {
  private static let units: [(suffix: String, unit: Duration)] = [
    ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3_600)), ("d", .seconds(86_400)),
  ]

  /// Reads `250ms`, `10s`, `15m`, `1h` or `30d`; nil for anything else, and for more than a century.
  init?(text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int(digits),
      let unit = Self.units.first(where: { $0.suffix == text.dropFirst(digits.count) })?.unit,
      count <= Int(Duration.seconds(3_153_600_000) / unit)
    else { return nil }
    self = unit * count
  }

  /// The shortest text that `init(text:)` reads as this.
  var text: String {
    for (suffix, unit) in Self.units.reversed() where wholeMilliseconds.isMultiple(of: unit.wholeMilliseconds) {
      if self >= unit { return "\(wholeMilliseconds / unit.wholeMilliseconds)\(suffix)" }
    }
    return "\(wholeMilliseconds)ms"
  }
}

extension SettingForm where Value == String {
  /// Text that may be empty.
  static let anyText = SettingForm(expectation: "text", parse: { $0 }, show: { $0 })
}

extension SettingForm where Value == PeakPeriod {
  static let peakPeriod = SettingForm(
    expectation: "\"2026-11-27/2026-11-30\", \"17:00-20:00\" or both with a space between", parse: { PeakPeriod($0) },
    show: { period in
      let days = period.days.map { "\($0.lowerBound)/\($0.upperBound)" }
      let hours = period.hours.map { hours in
        [hours.from, hours.until].map { "\(($0 / 60).padded(to: 2)):\(($0 % 60).padded(to: 2))" }.joined(separator: "-")
      }
      return [days, hours].compactMap { $0 }.joined(separator: " ")
    })
}

/// A scope of an outside issuer and the one of ours that it stands for.
struct ScopePair: Sendable, Hashable {
  let theirs: String
  let ours: String
}

extension SettingForm where Value == ScopePair {
  static let scopePair = SettingForm(
    expectation: "their scope, \"=\" and ours, or one name for both, for example \"order.view=orders:read\"",
    parse: { text in
      let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard (1...2).contains(parts.count), !parts.contains("") else { return nil }
      return ScopePair(theirs: parts[0], ours: parts[parts.count - 1])
    }, show: { $0.theirs == $0.ours ? $0.ours : "\($0.theirs)=\($0.ours)" })
}
