extension Collection<UInt8> {
  /// Lower-case hexadecimal.
  package var hex: String {
    String(unsafeUninitializedCapacity: count * 2) { buffer in
      var position = 0
      for byte in self {
        buffer[position] = (byte >> 4).hexDigit
        buffer[position + 1] = (byte & 15).hexDigit
        position += 2
      }
      return position
    }
  }
}

extension UInt8 {
  /// Of a value below 16.
  fileprivate var hexDigit: UInt8 { self + (self < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10) }
}

extension [UInt8] {
  /// Reads hexadecimal of either case; nil for anything else.
  package init?(hex: String) {
    let digits = Array<UInt8>(hex.utf8)
    guard digits.count.isMultiple(of: 2), digits.allSatisfy(\.isHexDigit) else { return nil }
    self = stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
    }
  }
}
