import Core

/// One search through one text. Digits come in groups with single separators between them; a card is a window of groups.
struct CardScan {
  private struct Group {
    let range: Range<Int>
    /// What stands between this group and the next, when one separator and another digit follow.
    let separator: UInt8?
  }

  /// How card numbers are printed and typed (ISO/IEC 7812 leaves it open; these are the schemes' habits).
  private static let groupings: Set<[Int]> = [[4, 4, 4, 4], [4, 6, 5], [4, 6, 4], [4, 4, 4, 4, 3], [6, 13]]
  /// Seen in transcripts and forms besides.
  private static let looseGroupings: Set<[Int]> = [
    [4, 4, 4, 4, 1], [4, 4, 4, 4, 2], [4, 4, 4, 3], [4, 4, 4, 2], [4, 4, 4, 1], [4, 4, 5], [4, 3, 3, 3], [8, 8],
    [5, 5, 5],
    [6, 10], [4, 12], [12, 4],
  ]

  private let bytes: [UInt8]
  private let text: FoldedText
  private let threshold: CardNumbers.Threshold
  private let nameIsOfCard: Bool

  init(text: FoldedText, name: String, threshold: CardNumbers.Threshold) {
    self.text = text
    self.bytes = text.bytes
    self.threshold = threshold
    nameIsOfCard = !name.isEmpty && CardWords.occur(in: Array(name.utf8)[...])
  }

  func matches() -> [CardNumbers.Match] {
    var found: [CardNumbers.Match] = []
    var position = 0
    while position < bytes.count {
      guard bytes[position].isDecimalDigit else {
        position += 1
        continue
      }
      let groups = groups(from: position)
      position = groups[groups.count - 1].range.upperBound
      var first = 0
      while first < groups.count {
        if let (last, match) = match(in: groups, from: first) {
          found.append(match)
          first = last + 1
        } else {
          first += 1
        }
      }
    }
    return found
  }

  private func groups(from start: Int) -> [Group] {
    var groups: [Group] = []
    var start = start
    while true {
      var end = start
      while end < bytes.count, bytes[end].isDecimalDigit { end += 1 }
      guard end + 1 < bytes.count, Self.isSeparator(bytes[end]), bytes[end + 1].isDecimalDigit else {
        groups.append(Group(range: start..<end, separator: nil))
        return groups
      }
      groups.append(Group(range: start..<end, separator: bytes[end]))
      start = end + 1
    }
  }

  /// `+` is the space of a form.
  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "+")
  }

  /// The longest window that begins at `first` and is a card number.
  private func match(in groups: [Group], from first: Int) -> (last: Int, CardNumbers.Match)? {
    var best: (last: Int, CardNumbers.Match)?
    var lengths: [Int] = []
    var total = 0
    for last in first..<groups.count {
      if last > first + 1, groups[last - 1].separator != groups[first].separator { break }
      lengths.append(groups[last].range.count)
      total += groups[last].range.count
      if total > 19 { break }
      guard total >= 12, isAccepted(lengths, groups, first...last), !isFraction(groups, first...last),
        let match = match(groups, first...last, single: lengths.count == 1)
      else { continue }
      best = (last, match)
    }
    return best
  }

  private func isAccepted(_ lengths: [Int], _ groups: [Group], _ window: ClosedRange<Int>) -> Bool {
    if lengths.count == 1 { return true }
    if Self.groupings.contains(lengths) {
      return threshold == .mask || !continues(groups, window)
    }
    guard threshold == .mask else { return false }
    if Self.looseGroupings.contains(lengths) { return true }
    // Read out digit by digit or in pairs: only when nothing else stands in the row.
    return window.count == groups.count && lengths[0] <= 2 && lengths.allSatisfy { $0 == lengths[0] }
  }

  /// Whether more groups of four stand beside the window, as in a parcel's number of five groups.
  private func continues(_ groups: [Group], _ window: ClosedRange<Int>) -> Bool {
    let separator = groups[window.lowerBound].separator
    let before = window.lowerBound - 1
    let after = window.upperBound + 1
    return before >= 0 && groups[before].separator == separator && groups[before].range.count == 4
      || after < groups.count && groups[window.upperBound].separator == separator && groups[after].range.count == 4
  }

  /// `0.4111111111111111` is a number and no card.
  private func isFraction(_ groups: [Group], _ window: ClosedRange<Int>) -> Bool {
    window.count == 1 && window.lowerBound > 0 && groups[window.lowerBound - 1].separator == UInt8(ascii: ".")
  }

  private func match(_ groups: [Group], _ window: ClosedRange<Int>, single: Bool) -> CardNumbers.Match? {
    let range = groups[window.lowerBound].range.lowerBound..<groups[window.upperBound].range.upperBound
    let digits = bytes[range].filter(\.isDecimalDigit).map { $0 - UInt8(ascii: "0") }
    guard let brand = CardBrand(digits: digits), CardNumbers.passesLuhn(digits), Set(digits).count > 1,
      standsAlone(range), !isPhone(range, digits: digits.count), !isInUUID(range)
    else { return nil }
    if threshold == .refuse, digits.count != brand.usualLength, !nameIsOfCard, !cardWordIsNear(range) { return nil }
    return CardNumbers.Match(
      range: text.original(range), brand: brand, lastFour: digits.suffix(4).map(String.init).joined())
  }

  /// Not glued to letters, digits or `_`; a word such as `pan` may be glued to it when masking.
  private func standsAlone(_ range: Range<Int>) -> Bool {
    let before = bytes[..<range.lowerBound].reversed().prefix { $0.isWordCharacter }
    let after = bytes[range.upperBound...].prefix { $0.isWordCharacter }
    if before.isEmpty, after.isEmpty { return true }
    guard threshold == .mask else { return false }
    return (before.isEmpty || CardWords.occur(in: Array(before.reversed())[...]))
      && (after.isEmpty || CardWords.occur(in: after))
  }

  /// `+` and at most 15 digits is E.164.
  private func isPhone(_ range: Range<Int>, digits: Int) -> Bool {
    digits <= 15 && range.lowerBound > 0 && bytes[range.lowerBound - 1] == UInt8(ascii: "+")
  }

  private func isInUUID(_ range: Range<Int>) -> Bool {
    func isPart(_ byte: UInt8) -> Bool { byte.hexDigit != nil || byte == UInt8(ascii: "-") }
    let start = range.lowerBound - bytes[..<range.lowerBound].reversed().prefix(while: isPart).count
    let end = range.upperBound + bytes[range.upperBound...].prefix(while: isPart).count
    let lengths = bytes[start..<end].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map(\.count)
    return lengths == [8, 4, 4, 4, 12]
  }

  private func cardWordIsNear(_ range: Range<Int>) -> Bool {
    CardWords.occur(in: bytes[max(0, range.lowerBound - 32)..<range.lowerBound])
      || CardWords.occur(in: bytes[range.upperBound..<min(bytes.count, range.upperBound + 24)])
  }
}

/// Words that stand beside card numbers.
enum CardWords {
  private static let anywhere = [
    "card", "credit", "debit", "visa", "amex", "maestro", "ccnum", "karte", "tarjeta", "carte",
  ]
  .map { Array($0.utf8) }
  private static let whole: Set<String> = ["pan", "cc", "cvv", "cvc", "ccno"]

  static func occur(in text: ArraySlice<UInt8>) -> Bool {
    let lower = text.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    if anywhere.contains(where: { word in contains(lower, word) }) { return true }
    return lower.split(whereSeparator: { !$0.isASCIILetter })
      .contains { whole.contains(String(decoding: $0, as: UTF8.self)) }
  }

  private static func contains(_ text: [UInt8], _ word: [UInt8]) -> Bool {
    guard text.count >= word.count else { return false }
    return (0...(text.count - word.count)).contains { text[$0] == word[0] && text[$0...].starts(with: word) }
  }
}
