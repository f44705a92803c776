import Core

/// What one pass over a text says about what it could hold, so that clean text costs no more than the pass.
struct TextHints {
  private(set) var digits = 0
  private(set) var longestWord = 0
  private(set) var hasNonASCII = false
  private(set) var hasPercent = false
  private(set) var hasAt = false
  private(set) var hasPlus = false
  private(set) var hasQuestionMark = false
  private(set) var hasColon = false
  private(set) var hasSpace = false

  init(_ utf8: [UInt8]) {
    self = utf8.withUnsafeBufferPointer { TextHints($0) }
  }

  init(_ utf8: UnsafeBufferPointer<UInt8>) {
    var word = 0
    for byte in utf8 {
      if byte.isWordCharacter {
        if byte.isDecimalDigit { digits += 1 }
        word += 1
        if word > longestWord { longestWord = word }
        continue
      }
      switch byte {
      case UInt8(ascii: "+"): (hasPlus, word) = (true, word + 1)
      case UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "="): word += 1
      case UInt8(ascii: "%"): (hasPercent, word) = (true, 0)
      case UInt8(ascii: "@"): (hasAt, word) = (true, 0)
      case UInt8(ascii: "?"): (hasQuestionMark, word) = (true, 0)
      case UInt8(ascii: ":"): (hasColon, word) = (true, 0)
      case UInt8(ascii: " "): (hasSpace, word) = (true, 0)
      case 0x80...: (hasNonASCII, word) = (true, 0)
      default: word = 0
      }
    }
  }

  var mayHoldCard: Bool { digits >= 12 || hasNonASCII || hasPercent || longestWord >= Base64Words.shortest }
  /// Nine digits make the shortest phone number that is written without its country.
  var mayHoldPhone: Bool { digits >= 9 || hasPlus && digits >= 7 }
  var isClean: Bool { !mayHoldCard && !mayHoldPhone && !hasAt && !hasQuestionMark && !(hasSpace && longestWord >= 8) }
}

/// Words that could be base 64 of a text with a card number in it.
enum Base64Words {
  /// Twelve digits make sixteen characters.
  static let shortest = 16

  static func find(in utf8: [UInt8], named name: String, threshold: CardNumbers.Threshold) -> [CardNumbers.Match] {
    var matches: [CardNumbers.Match] = []
    var start = 0
    while start < utf8.count {
      guard isBase64(utf8[start]) else {
        start += 1
        continue
      }
      var end = start
      while end < utf8.count, isBase64(utf8[end]) { end += 1 }
      if end - start >= shortest, mayHoldDigits(utf8[start..<end]),
        let match = match(in: utf8, start..<end, named: name, threshold: threshold)
      {
        matches.append(match)
      }
      start = end
    }
    return matches
  }

  /// Two digits where a group of three bytes begins are `M`, `N` or `O` and then `D`, `T`, `j` or `z`; four digits in a
  /// row hold such a pair wherever they begin. Ids in hexadecimal or capitals never do.
  private static func mayHoldDigits(_ word: ArraySlice<UInt8>) -> Bool {
    for index in word.indices.dropLast() {
      switch word[index] {
      case UInt8(ascii: "M"), UInt8(ascii: "N"), UInt8(ascii: "O"):
        switch word[index + 1] {
        case UInt8(ascii: "D"), UInt8(ascii: "T"), UInt8(ascii: "j"), UInt8(ascii: "z"): return true
        default: continue
        }
      default: continue
      }
    }
    return false
  }

  private static func match(
    in utf8: [UInt8], _ range: Range<Int>, named name: String, threshold: CardNumbers.Threshold
  ) -> CardNumbers.Match? {
    let word = String(decoding: utf8[range].map(urlForm), as: UTF8.self)
    guard let decoded = Base64.url.decode(word), decoded.count(where: \.isDecimalDigit) >= 12 else { return nil }
    let inner = CardScan(text: FoldedText(decoded), name: name, threshold: threshold).matches().first
    return inner.map { CardNumbers.Match(range: range, brand: $0.brand, lastFour: $0.lastFour) }
  }

  private static func isBase64(_ byte: UInt8) -> Bool {
    byte.isWordCharacter || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "-")
  }

  private static func urlForm(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "+"): UInt8(ascii: "-")
    case UInt8(ascii: "/"): UInt8(ascii: "_")
    default: byte
    }
  }
}
