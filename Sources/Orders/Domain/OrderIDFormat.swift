import Core

/// How the shop writes its order numbers, and the forms in which a caller may give one.
package struct OrderIDFormat: Sendable {
  /// The guide's rule (guide 1, section 2: validation before the look-up).
  package static let guidePattern = "^[A-Z0-9]{8,12}$"
  /// No shop's numbers are longer; what is longer never reaches the pattern.
  package static let maximumLength = 64

  /// Immutable; the program it is compiled to is published atomically by the standard library, and was made in `init`.
  private nonisolated(unsafe) let pattern: Regex<AnyRegexOutput>
  /// The guide's pattern is checked by hand: it is what most shops keep, on the path of every look-up.
  private let isGuides: Bool
  private let prefix: [UInt8]
  private let prefixLetters: [UInt8]
  /// How many digits follow the prefix in a number by the guide's pattern; nil where numbers are not of that form.
  private let digitsAfterPrefix: ClosedRange<Int>?

  /// - Parameters:
  ///   - pattern: matched against the whole number with its hyphens left out, as the guide's pattern and the guide's
  ///     example `ORD-839201` can both hold only so.
  ///   - prefix: put before a number of digits alone, which is all that a telephone can key, such as `ORD-`; empty for
  ///     a shop whose numbers are digits.
  /// - Throws: `OrderIDFormatError` with what is wrong with the configuration.
  package init(pattern: String = guidePattern, prefix: String = "") throws(OrderIDFormatError) {
    do {
      self.pattern = try Regex(pattern)
    } catch {
      throw .pattern(pattern)
    }
    guard prefix.utf8.allSatisfy(Self.isAllowed), prefix.utf8.count < Self.maximumLength else { throw .prefix(prefix) }
    isGuides = pattern == Self.guidePattern
    self.prefix = Array(prefix.uppercased().utf8)
    prefixLetters = self.prefix.filter { $0 != Self.hyphen }
    let taken = prefixLetters.count
    let isPlain = isGuides && (1..<12).contains(taken) && prefixLetters.allSatisfy(Self.isGuideCharacter)
    digitsAfterPrefix = isPlain ? max(1, 8 - taken)...(12 - taken) : nil
    _ = "".wholeMatch(of: self.pattern)
  }

  /// The number as the shop writes it: spaces around it trimmed, in capitals, the prefix added to bare digits and its
  /// hyphen put back where a caller or a speech recogniser left it out. Nil for what is no order number.
  package func parse(_ text: String) -> OrderID? {
    if isAsWritten(text) { return OrderID(rawValue: text) }
    guard text.utf8.count <= Self.maximumLength, var bytes = Self.folded(text) else { return nil }
    let letters = bytes.filter { $0 != Self.hyphen }
    if letters.allSatisfy(\.isDecimalDigit) {
      bytes = prefix + bytes
    } else if letters.starts(with: prefixLetters), letters.dropFirst(prefixLetters.count).allSatisfy(\.isDecimalDigit) {
      bytes = prefix + letters.dropFirst(prefixLetters.count)
    }
    guard fits(bytes.filter { $0 != Self.hyphen }) else { return nil }
    return OrderID(rawValue: String(decoding: bytes, as: UTF8.self))
  }

  /// What most look-ups bring, and there is nothing to make of it.
  private func isAsWritten(_ text: String) -> Bool {
    guard let digitsAfterPrefix else { return false }
    var text = text
    return text.withUTF8 { text in
      guard text.starts(with: prefix) else { return false }
      let digits = text[prefix.count...]
      return digitsAfterPrefix.contains(digits.count) && digits.allSatisfy(\.isDecimalDigit)
    }
  }

  private static func isGuideCharacter(_ byte: UInt8) -> Bool { byte.isDecimalDigit || (0x41...0x5A).contains(byte) }

  private func fits(_ letters: [UInt8]) -> Bool {
    guard isGuides else { return String(decoding: letters, as: UTF8.self).wholeMatch(of: pattern) != nil }
    return (8...12).contains(letters.count) && letters.allSatisfy(Self.isGuideCharacter)
  }

  /// Trimmed and in capitals; nil if empty or if anything but visible ASCII is in it, so that no look-alike letter, space
  /// or control character travels on to a platform.
  private static func folded(_ text: String) -> [UInt8]? {
    var bytes = Array(text.utf8)[...]
    while bytes.first == UInt8(ascii: " ") { bytes.removeFirst() }
    while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
    guard !bytes.isEmpty, bytes.allSatisfy(isAllowed) else { return nil }
    return bytes.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }
  }

  private static let hyphen = UInt8(ascii: "-")

  private static func isAllowed(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }
}

/// What is wrong with the configured format.
package enum OrderIDFormatError: Error, Sendable, Hashable {
  /// No regular expression.
  case pattern(String)
  /// Not made of visible ASCII, or too long.
  case prefix(String)
}
