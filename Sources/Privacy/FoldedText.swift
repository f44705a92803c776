import Core

/// Text as the card search reads it: one byte for each character, every kind of digit, space and dash as its ASCII
/// form, and for each byte the place in the original that it came from.
struct FoldedText {
  private(set) var bytes: [UInt8]
  /// Where `bytes[i]` begins in the original; one more entry holds the original's length. Nil when nothing moved.
  private let offsets: [Int]?

  /// Stands for any character that is no letter, digit or separator.
  private static let other: UInt8 = 0x01

  init(_ utf8: [UInt8]) {
    guard utf8.contains(where: { $0 >= 0x80 }) else {
      self.init(bytes: utf8, offsets: nil)
      return
    }
    self.init(folding: utf8, offsets: Array(0...utf8.count))
  }

  /// The text with `%XX` decoded; nil when there is nothing to decode.
  init?(percentDecoding utf8: [UInt8]) {
    guard utf8.contains(UInt8(ascii: "%")) else { return nil }
    var decoded: [UInt8] = []
    var offsets: [Int] = []
    var index = 0
    while index < utf8.count {
      offsets.append(index)
      if utf8[index] == UInt8(ascii: "%"), index + 2 < utf8.count, let high = utf8[index + 1].hexDigit,
        let low = utf8[index + 2].hexDigit
      {
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(utf8[index])
        index += 1
      }
    }
    offsets.append(utf8.count)
    self.init(folding: decoded, offsets: offsets)
  }

  /// - Parameter offsets: one for each byte and one for the end.
  private init(folding utf8: [UInt8], offsets: [Int]) {
    guard String(validating: utf8, as: UTF8.self) != nil else {
      self.init(bytes: utf8.map { $0 < 0x80 ? $0 : Self.other }, offsets: offsets)
      return
    }
    var folded: [UInt8] = []
    var places: [Int] = []
    var index = 0
    for scalar in String(decoding: utf8, as: UTF8.self).unicodeScalars {
      if let byte = Self.fold(scalar) {
        folded.append(byte)
        places.append(offsets[index])
      }
      index += UTF8.width(scalar)
    }
    places.append(offsets[index])
    self.init(bytes: folded, offsets: places)
  }

  private init(bytes: [UInt8], offsets: [Int]?) {
    self.bytes = bytes
    self.offsets = offsets
  }

  /// The bytes of the original that `range` stands for.
  func original(_ range: Range<Int>) -> Range<Int> {
    guard let offsets else { return range }
    return offsets[range.lowerBound]..<offsets[range.upperBound]
  }

  /// Nil for what is not seen when text is printed.
  private static func fold(_ scalar: Unicode.Scalar) -> UInt8? {
    switch scalar.value {
    case 0..<0x80: return UInt8(scalar.value)
    case 0xAD, 0x200B...0x200F, 0x2060, 0xFEFF: return nil
    case 0xA0, 0x2000...0x200A, 0x202F, 0x205F, 0x3000: return UInt8(ascii: " ")
    case 0x2010...0x2015, 0x2212, 0xFE63, 0xFF0D: return UInt8(ascii: "-")
    case 0xFF0E: return UInt8(ascii: ".")
    default: break
    }
    if scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue {
      return UInt8(ascii: "0") + UInt8(value)
    }
    return scalar.properties.isAlphabetic ? UInt8(ascii: "x") : other
  }
}

extension UInt8 {
  var hexDigit: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  var isASCIILetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
  /// A letter, a digit or `_`.
  var isWordCharacter: Bool { isASCIILetter || isDecimalDigit || self == UInt8(ascii: "_") }
}
