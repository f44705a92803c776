/// Makes ids such as `cb_01KAGX3V8N…`: a prefix that says what it names, 48 bits of time so that new rows land at the
/// end of an index, and 100 bits of randomness so that nobody guesses one. Never a bare run of digits.
package struct IdentifierSource: Sendable {
  private let time: any TimeSource
  private let random: any RandomSource

  package init(time: any TimeSource, random: any RandomSource) {
    self.time = time
    self.random = random
  }

  /// - Parameter prefix: lower-case letters, such as `cb` or `msg`.
  package func make(_ prefix: String) -> String {
    Self.text(prefix, at: time.now, chance: (random.word(), random.word()))
  }

  /// What no id of `prefix` that is made at `time` or later stands before, and every earlier one does.
  package static func first(_ prefix: String, at time: Timestamp) -> String {
    text(prefix, at: time, chance: nil)
  }

  private static func text(_ prefix: String, at time: Timestamp, chance: (UInt64, UInt64)?) -> String {
    let milliseconds = UInt64(max(0, time.microseconds / 1_000))
    return String(unsafeUninitializedCapacity: prefix.utf8.count + 31) { buffer in
      var position = 0
      func put(_ byte: UInt8) {
        buffer[position] = byte
        position += 1
      }
      for byte in prefix.utf8 { put(byte) }
      put(UInt8(ascii: "_"))
      for place in 0..<10 { put(digit(milliseconds >> UInt64(5 * (9 - place)))) }
      guard let chance else { return position }
      for place in 0..<10 { put(digit(chance.0 >> UInt64(5 * place))) }
      for place in 0..<10 { put(digit(chance.1 >> UInt64(5 * place))) }
      return position
    }
  }

  /// Crockford's base 32: no I, L, O or U, so that an id can be read out.
  private static let alphabet: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

  private static func digit(_ value: UInt64) -> UInt8 { alphabet.utf8Start[Int(value & 31)] }
}
