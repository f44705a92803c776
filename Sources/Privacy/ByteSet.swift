/// A set of ASCII characters that is asked for every byte of a text.
struct ByteSet {
  private let low: UInt64
  private let high: UInt64

  init(_ characters: StaticString) {
    var (low, high): (UInt64, UInt64) = (0, 0)
    characters.withUTF8Buffer { buffer in
      for byte in buffer {
        if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte & 63) }
      }
    }
    (self.low, self.high) = (low, high)
  }

  func contains(_ byte: UInt8) -> Bool {
    byte < 0x80 && (byte < 64 ? low : high) & (1 << UInt64(byte & 63)) != 0
  }
}
