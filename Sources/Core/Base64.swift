/// RFC 4648 base 64, in both alphabets. Reading is strict: no white space, and the unused bits of the last character
/// must be zero, so that one value has one spelling (RFC 4648, section 3.5).
package enum Base64: Sendable {
  /// With padding.
  case standard
  /// `-` and `_`, without padding: the form of tokens.
  case url

  private static let standardDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let urlDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  private var digits: [UInt8] { self == .url ? Self.urlDigits : Self.standardDigits }

  package func encode(_ bytes: some Sequence<UInt8>) -> String {
    bytes.withContiguousStorageIfAvailable(encode) ?? Array(bytes).withUnsafeBufferPointer(encode)
  }

  private func encode(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    let digits = digits
    return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { output in
      var count = 0
      func put(_ digit: UInt8) {
        output[count] = digit
        count += 1
      }
      var buffer: UInt32 = 0
      var bits = 0
      for byte in bytes {
        buffer = buffer << 8 | UInt32(byte)
        bits += 8
        while bits >= 6 {
          bits -= 6
          put(digits[Int(buffer >> UInt32(bits) & 63)])
        }
      }
      if bits > 0 { put(digits[Int(buffer << UInt32(6 - bits) & 63)]) }
      if self == .standard {
        while !count.isMultiple(of: 4) { put(UInt8(ascii: "=")) }
      }
      return count
    }
  }

  /// Nil for anything that `encode` would not have written.
  package func decode(_ text: some StringProtocol) -> [UInt8]? {
    var characters = Array(text.utf8)
    if self == .standard {
      guard characters.count.isMultiple(of: 4) else { return nil }
      for _ in 0..<2 where characters.last == UInt8(ascii: "=") { characters.removeLast() }
    }
    guard characters.count % 4 != 1 else { return nil }
    var output: [UInt8] = []
    var buffer: UInt32 = 0
    var bits = 0
    for character in characters {
      guard let value = value(of: character) else { return nil }
      buffer = buffer << 6 | value
      bits += 6
      if bits >= 8 {
        bits -= 8
        output.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
      }
    }
    return buffer & (1 << UInt32(bits) - 1) == 0 ? output : nil
  }

  private func value(of character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case digits[62]: 62
    case digits[63]: 63
    default: nil
    }
  }
}
