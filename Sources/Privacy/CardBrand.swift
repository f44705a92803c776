/// A card scheme, with the number ranges and lengths that it issues.
package enum CardBrand: String, Sendable, Hashable, CaseIterable {
  case visa, mastercard, amex, diners, discover, jcb, unionpay, elo, mir, hiper, verve, maestro

  /// The scheme that could have issued a number: by its first digits and its length. The ranges are those of
  /// `braintree/credit-card-type`, with Visa's old 13 digits added, and with Maestro's catch-all `6` left out.
  package init?(digits: [UInt8]) {
    let prefix = Self.prefix(of: digits)
    guard
      let range = Self.ranges.first(where: {
        $0.prefixes.contains(prefix) && $0.lengths & (1 << UInt32(digits.count)) != 0
      })
    else { return nil }
    self = range.brand
  }

  /// The length that nearly all cards of the scheme have. Other lengths also occur in barcodes, tracking numbers and
  /// database ids, so that only context tells.
  var usualLength: Int {
    switch self {
    case .amex: 15
    case .diners: 14
    default: 16
    }
  }

  /// The first eight digits as a number, filled with zeros: what ranges are compared with.
  private static func prefix(of digits: [UInt8]) -> UInt32 {
    (0..<8).reduce(0) { $0 * 10 + ($1 < digits.count ? UInt32(digits[$1]) : 0) }
  }

  private struct IssuerRange {
    let brand: CardBrand
    let prefixes: ClosedRange<UInt32>
    /// Bit n is set when n digits are issued.
    let lengths: UInt32

    init(_ brand: CardBrand, _ low: UInt32, _ high: UInt32, _ lengths: [Int]) {
      var (low, high) = (low, high)
      while low < 10_000_000 {
        low *= 10
        high = high * 10 + 9
      }
      self.brand = brand
      prefixes = low...high
      self.lengths = lengths.reduce(0) { $0 | 1 << UInt32($1) }
    }
  }

  private static let maestroLengths = Array(12...19)
  private static let unionPayLengths = Array(14...19)

  /// Narrow ranges stand before the wide ones that hold them.
  private static let ranges: [IssuerRange] = [
    IssuerRange(.elo, 504_175, 504_175, [16]), IssuerRange(.elo, 506_699, 506_778, [16]),
    IssuerRange(.elo, 509_000, 509_999, [16]), IssuerRange(.elo, 627_780, 627_780, [16]),
    IssuerRange(.elo, 636_297, 636_297, [16]), IssuerRange(.elo, 636_368, 636_368, [16]),
    IssuerRange(.hiper, 637_095, 637_095, [16]), IssuerRange(.hiper, 637_568, 637_568, [16]),
    IssuerRange(.hiper, 637_599, 637_612, [16]), IssuerRange(.hiper, 606_282, 606_282, [16]),
    IssuerRange(.verve, 506_099, 506_198, [16, 18, 19]), IssuerRange(.verve, 650_002, 650_027, [16, 18, 19]),
    IssuerRange(.verve, 507_865, 507_964, [16, 18, 19]),
    IssuerRange(.visa, 4, 4, [13, 16, 18, 19]),
    IssuerRange(.mastercard, 51, 55, [16]), IssuerRange(.mastercard, 2221, 2720, [16]),
    IssuerRange(.amex, 34, 34, [15]), IssuerRange(.amex, 37, 37, [15]),
    IssuerRange(.diners, 300, 305, [14, 16, 19]), IssuerRange(.diners, 36, 36, [14, 16, 19]),
    IssuerRange(.diners, 38, 39, [14, 16, 19]),
    IssuerRange(.discover, 6011, 6011, [16, 19]), IssuerRange(.discover, 644, 659, [16, 19]),
    IssuerRange(.jcb, 3528, 3589, [16, 17, 18, 19]),
    // Fifteen digits only: from January 2027 sixteen digits that begin with 1800 are microseconds since 1970.
    IssuerRange(.jcb, 1800, 1800, [15]), IssuerRange(.jcb, 2131, 2131, [15]),
    IssuerRange(.mir, 2200, 2204, [16, 17, 18, 19]),
    IssuerRange(.unionpay, 620, 626, unionPayLengths), IssuerRange(.unionpay, 6270, 6270, unionPayLengths),
    IssuerRange(.unionpay, 6272, 6272, unionPayLengths), IssuerRange(.unionpay, 6276, 6277, unionPayLengths),
    IssuerRange(.unionpay, 6282, 6289, unionPayLengths), IssuerRange(.unionpay, 6291, 6292, unionPayLengths),
    IssuerRange(.unionpay, 8100, 8171, unionPayLengths),
    IssuerRange(.maestro, 493_698, 493_698, maestroLengths),
    IssuerRange(.maestro, 50, 50, maestroLengths), IssuerRange(.maestro, 56, 59, maestroLengths),
    IssuerRange(.maestro, 63, 63, maestroLengths), IssuerRange(.maestro, 67, 67, maestroLengths),
  ]
}
