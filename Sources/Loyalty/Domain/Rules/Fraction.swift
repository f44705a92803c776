import Core

/// A number that is not whole, exactly: 1.5 is 15 of 10. Points are never counted in floating point.
package struct Fraction: Sendable, Hashable {
  package let numerator: UInt64
  package let denominator: UInt64

  package static let one = Fraction(1, of: 1)

  /// - Precondition: the denominator is above zero.
  package init(_ numerator: UInt64, of denominator: UInt64) {
    precondition(denominator > 0, "nothing is a part of nothing")
    self.numerator = numerator
    self.denominator = denominator
  }

  /// Reads a decimal such as `2`, `1.5` or `0.25`, with at most four places; nil for anything else.
  package init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let whole = parts[0].decimalNumber, whole <= 1_000_000_000 else { return nil }
    guard parts.count == 2 else {
      self.init(UInt64(whole), of: 1)
      return
    }
    guard (1...4).contains(parts[1].count), let rest = parts[1].decimalNumber else { return nil }
    let scale = parts[1].reduce(1 as UInt64) { scale, _ in scale * 10 }
    self.init(UInt64(whole) * scale + UInt64(rest), of: scale)
  }

  /// What is above one; nil for less than one.
  var beyondOne: Fraction? { numerator < denominator ? nil : Fraction(numerator - denominator, of: denominator) }

  var isAboveOne: Bool { numerator > denominator }

  /// This part of a number, rounded down; 0 of what is below zero, nil where it does not fit.
  package func of(_ number: Int64) -> Int64? {
    let product = numerator.multipliedFullWidth(by: UInt64(max(0, number)))
    guard product.high < denominator else { return nil }
    return Int64(exactly: denominator.dividingFullWidth(product).quotient)
  }
}
