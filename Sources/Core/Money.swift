/// An amount of a currency in its minor unit: 12990 of EUR is 129.90.
package struct Money: Sendable, Hashable, Codable {
  package var minorUnits: Int64
  package var currency: Currency

  package init(minorUnits: Int64, currency: Currency) {
    self.minorUnits = minorUnits
    self.currency = currency
  }

  /// Reads a decimal such as `129.90`, `129.9`, `129` or `-5.00`. More fraction digits than the currency has are taken
  /// only when they are zeros. Nil for anything else, and for what does not fit.
  package init?(decimal text: String, currency: Currency) {
    var digits = text.utf8[...]
    let negative = digits.first == UInt8(ascii: "-")
    if negative { digits = digits.dropFirst() }
    let parts = digits.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first?.decimalNumber else { return nil }
    var fraction: Int64 = 0
    if parts.count == 2 {
      guard !parts[1].isEmpty, parts[1].allSatisfy(\.isDecimalDigit),
        parts[1].dropFirst(currency.fractionDigits).allSatisfy({ $0 == UInt8(ascii: "0") })
      else { return nil }
      let padded = (Array(parts[1]) + Array(repeating: UInt8(ascii: "0"), count: currency.fractionDigits))
        .prefix(currency.fractionDigits)
      fraction = padded.decimalNumber ?? 0
    }
    let (scaled, overflowed) = whole.multipliedReportingOverflow(by: currency.unit)
    let (sum, carried) = scaled.addingReportingOverflow(fraction)
    guard !overflowed, !carried else { return nil }
    self.init(minorUnits: negative ? -sum : sum, currency: currency)
  }

  /// `129.90`: always all the fraction digits of the currency.
  package var decimal: String {
    let magnitude = minorUnits.magnitude
    let unit = UInt64(currency.unit)
    let sign = minorUnits < 0 ? "-" : ""
    guard currency.fractionDigits > 0 else { return "\(sign)\(magnitude)" }
    return "\(sign)\(magnitude / unit).\((magnitude % unit).padded(to: currency.fractionDigits))"
  }
}

/// An ISO 4217 currency.
package struct Currency: Sendable, Hashable {
  /// Three capital letters.
  package let code: String

  package init?(_ code: String) {
    let upper = code.uppercased()
    guard upper.utf8.count == 3, upper.utf8.allSatisfy({ $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }) else {
      return nil
    }
    self.code = upper
  }

  /// ISO 4217, list one: two for all but these.
  package var fractionDigits: Int {
    switch code {
    case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF":
      0
    case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
    default: 2
    }
  }

  /// How many minor units make one: 100 for most.
  package var unit: Int64 { (0..<fractionDigits).reduce(1) { product, _ in product * 10 } }
}
