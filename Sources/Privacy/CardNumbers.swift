import Core

/// Finds payment card numbers in text: by range, length, grouping, boundary and check digit. Digits and Luhn alone fire
/// on one number in ten; the range and the length bring that down to one in twenty-five, and grouping and boundary to
/// nearly none in ordinary logs.
package enum CardNumbers {
  package enum Threshold: Sendable, Hashable {
    /// For what is written to a log: rather a number too many than a card.
    case mask
    /// For refusing what a caller sent: only what is a card beyond reasonable doubt. Lengths that barcodes and ids also
    /// have (12, 13 and 17 to 19 digits, mostly) ask for a word such as `card` beside them or in the field's name.
    case refuse
  }

  package struct Match: Sendable, Hashable {
    /// Offsets into the text's UTF-8.
    package let range: Range<Int>
    package let brand: CardBrand
    /// All that may be kept of the number.
    package let lastFour: String
  }

  /// The card numbers in `text`, in order: plain, with any of the usual separators, in Unicode digits, percent-encoded,
  /// and within one level of base 64.
  ///
  /// - Parameter name: what the text is stored under; `card_number` and the like lower the bar.
  package static func find(
    in text: some StringProtocol, named name: String = "", threshold: Threshold = .mask
  ) -> [Match] {
    find(in: Array(text.utf8), named: name, threshold: threshold)
  }

  static func find(in utf8: [UInt8], named name: String, threshold: Threshold) -> [Match] {
    let hints = TextHints(utf8)
    guard hints.mayHoldCard else { return [] }
    var matches: [Match] = []
    if hints.digits >= 12 || hints.hasNonASCII {
      matches += CardScan(text: FoldedText(utf8), name: name, threshold: threshold).matches()
    }
    if let decoded = FoldedText(percentDecoding: utf8) {
      matches += CardScan(text: decoded, name: name, threshold: threshold).matches()
    }
    if hints.longestWord >= Base64Words.shortest {
      matches += Base64Words.find(in: utf8, named: name, threshold: threshold)
    }
    guard matches.count > 1 else { return matches }
    return matches.sorted { ($0.range.lowerBound, $1.range.upperBound) < ($1.range.lowerBound, $0.range.upperBound) }
      .reduce(into: []) { kept, next in
        if kept.last.map({ $0.range.upperBound <= next.range.lowerBound }) ?? true { kept.append(next) }
      }
  }

  /// Where a JSON text holds a card number, as a JSON pointer (RFC 6901) such as `/items/0/title`; nil when it is clean.
  /// Member names are looked at too.
  package static func pointer(in document: JSONDocument, threshold: Threshold = .refuse) -> String? {
    // Nearly every text is seen to be clean in one pass.
    document.contains(mayHoldCard) ? pointer(in: document.root, named: nil, threshold: threshold) : nil
  }

  private static func pointer(in value: JSONNode, named name: JSONNode?, threshold: Threshold) -> String? {
    if let members = value.members {
      for (index, member) in members.enumerated() {
        if holdsCard(member.name, named: nil, threshold: threshold) { return "/(name of member \(index + 1))" }
        if let rest = pointer(in: member.value, named: member.name, threshold: threshold) {
          return "/\(member.name.string ?? "")\(rest)"
        }
      }
      return nil
    }
    if let items = value.array {
      for (index, item) in items.enumerated() {
        if let rest = pointer(in: item, named: name, threshold: threshold) { return "/\(index)\(rest)" }
      }
      return nil
    }
    return holdsCard(value, named: name, threshold: threshold) ? "" : nil
  }

  private static func holdsCard(_ value: JSONNode, named name: JSONNode?, threshold: Threshold) -> Bool {
    // What cannot be a card is seen without a copy of it.
    if let isClean = value.withPlainText({ !mayHoldCard($0) }), isClean { return false }
    guard let text = value.text, Array(text.utf8).withUnsafeBufferPointer(mayHoldCard) else { return false }
    return !find(in: Array(text.utf8), named: name?.string ?? "", threshold: threshold).isEmpty
  }

  /// Twelve digits are at least as many bytes, and most members are shorter.
  private static func mayHoldCard(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
    utf8.count >= 12 && !isUUID(utf8) && TextHints(utf8).mayHoldCard
  }

  /// A UUID and nothing else, such as a key: digits in one are never a card's, and there is no other way to write a card in
  /// hexadecimal digits and hyphens.
  private static func isUUID(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
    guard utf8.count == 36 else { return false }
    for (index, byte) in utf8.enumerated() {
      switch index {
      case 8, 13, 18, 23: if byte != UInt8(ascii: "-") { return false }
      default: if byte.hexDigit == nil { return false }
      }
    }
    return true
  }

  /// The check digit of ISO/IEC 7812-1, annex B.
  static func passesLuhn(_ digits: [UInt8]) -> Bool {
    var sum = 0
    for (index, digit) in digits.reversed().enumerated() {
      let value = index.isMultiple(of: 2) ? Int(digit) : Int(digit) * 2
      sum += value > 9 ? value - 9 : value
    }
    return sum.isMultiple(of: 10)
  }
}
