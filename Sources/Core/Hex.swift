extension Collection<UInt8> {
  /// Lower-case hexadecimal.
  package var hex: String {
    withContiguousStorageIfAvailable(\.hexDigits) ?? Array(self).withUnsafeBufferPointer(\.hexDigits)
  }
}

extension UnsafeBufferPointer<UInt8> {
  fileprivate var hexDigits: String {
    String(unsafeUninitializedCapacity: count * 2) { buffer in
      for (index, byte) in self.enumerated() {
        buffer[2 * index] = (byte >> 4).hexDigit
        buffer[2 * index + 1] = (byte & 15).hexDigit
      }
      return 2 * count
    }
  }
}

extension UInt8 {
  /// Of a value below 16.
  fileprivate var hexDigit: UInt8 { hexDigits.utf8Start[Int(self)] }
}

extension [UInt8] {
  /// Appends the digits of `bytes`.
  package mutating func append(hex bytes: UnsafeRawBufferPointer) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * bytes.count) { digits in
      for (index, byte) in bytes.enumerated() {
        digits[2 * index] = (byte >> 4).hexDigit
        digits[2 * index + 1] = (byte & 15).hexDigit
      }
      append(contentsOf: digits)
    }
  }

  /// Reads hexadecimal of either case; nil for anything else.
  package init?(hex: String) {
    let digits = [UInt8](hex.utf8)
    guard digits.count.isMultiple(of: 2), digits.allSatisfy(\.isHexDigit) else { return nil }
    self = stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
    }
  }
}

private let hexDigits: StaticString = "0123456789abcdef"
