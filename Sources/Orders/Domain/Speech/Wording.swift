import Core

/// The words of one language. Dates and amounts are given to the sentences as they are spoken.
///
/// What a speech engine must read the same everywhere is written so: ordinals as words, since "20th" and "20." are read
/// differently by engine and place in the sentence; cardinals as plain digits without separators, which every engine
/// reads rightly in its language and which stay short; units as words, as symbols and decimal points are where engines
/// differ; letters and digits of a number apart, with a comma where a person would pause.
protocol Wording: Sendable {
  /// - Parameter order: the order number, spelled.
  func status(_ status: OrderStatus, order: String) -> String
  func shipped(on day: String) -> String
  func willShip(on day: String) -> String
  /// For an order without a date.
  var notYetProcessed: String { get }
  func total(_ amount: String) -> String
  func returnable(until day: String?) -> String
  /// For an answer given while the shop cannot be reached.
  var mayBeOutdated: String { get }

  /// Such as "Friday the twentieth of November"; German in the dative.
  func day(_ date: CalendarDate, withYear: Bool) -> String
  /// Such as "20 November 2026".
  func written(_ date: CalendarDate) -> String
  func currency(_ code: String) -> CurrencyName?
  var minus: String { get }
  var and: String { get }
  var point: String { get }

  /// What a text message says instead; written, not spoken.
  func text(for order: Order) -> String
  /// The text message for an order that was not found.
  func unknownOrder(statusPage: String) -> String
}

/// What a currency and its hundredth are called.
struct CurrencyName: Sendable {
  let one: String
  let many: String
  let minorOne: String
  let minorMany: String

  init(_ one: String, _ many: String, _ minorOne: String = "", _ minorMany: String = "") {
    (self.one, self.many, self.minorOne, self.minorMany) = (one, many, minorOne, minorMany)
  }
}

extension Wording {
  /// "129 euros and 90 cents".
  func amount(_ money: Money) -> String {
    let unit = money.currency.unit.magnitude
    let (major, minor) = money.minorUnits.magnitude.quotientAndRemainder(dividingBy: unit)
    let sign = money.minorUnits < 0 ? "\(minus) " : ""
    guard let name = currency(money.currency.code), money.currency.fractionDigits == 0 || !name.minorOne.isEmpty else {
      return sign + amountWithoutName(money, major: major, minor: minor)
    }
    let majorPart = "\(major) \(major == 1 ? name.one : name.many)"
    let minorPart = "\(minor) \(minor == 1 ? name.minorOne : name.minorMany)"
    if minor == 0 { return sign + majorPart }
    return sign + (major == 0 ? minorPart : "\(majorPart) \(and) \(minorPart)")
  }

  /// "12 point 5 0 0 K W D".
  private func amountWithoutName(_ money: Money, major: UInt64, minor: UInt64) -> String {
    let fraction = minor.padded(to: money.currency.fractionDigits).map(String.init).joined(separator: " ")
    let number = minor == 0 ? "\(major)" : "\(major) \(point) \(fraction)"
    return "\(number) \(money.currency.code.map(String.init).joined(separator: " "))"
  }

  /// "O R D, 8 3 9, 2 0 1": each character alone, a pause between letters and digits and after every third digit.
  func spelled(_ id: OrderID) -> String { spelled(id.rawValue) }

  func spelled(_ number: String) -> String {
    var groups: [[Character]] = []
    for run in number.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
      for character in run {
        if let last = groups.last?.last, groups.last?.count ?? 3 < 3, last.isNumber == character.isNumber {
          groups[groups.count - 1].append(character)
        } else {
          groups.append([character])
        }
      }
    }
    return groups.map { $0.map(String.init).joined(separator: " ") }.joined(separator: ", ")
  }
}
