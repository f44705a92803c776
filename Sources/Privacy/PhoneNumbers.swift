import Core

/// Finds telephone numbers in text: E.164 with any spacing, and the national shapes that no date, amount or id has.
enum PhoneNumbers {
  private static let spacing = ByteSet(" -./()")
  private static let glue = ByteSet("-.:/%+")

  static func find(in utf8: [UInt8]) -> [PersonalData.Edit] {
    var edits: [PersonalData.Edit] = []
    var index = 0
    while index < utf8.count {
      let byte = utf8[index]
      guard byte.isDecimalDigit || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "(") else {
        index += 1
        continue
      }
      let candidate = candidate(in: utf8, from: index)
      if isFree(utf8, candidate), let digits = phoneDigits(utf8[candidate]) {
        edits.append((candidate, "[phone …\(String(decoding: digits.suffix(2), as: UTF8.self))]"))
      }
      index = max(candidate.upperBound, index + 1)
    }
    return edits
  }

  /// Digits, with at most two of the characters that space a number between them.
  private static func candidate(in utf8: [UInt8], from start: Int) -> Range<Int> {
    var end = start
    var index = start
    var gap = 0
    while index < utf8.count, gap <= 2 {
      if utf8[index].isDecimalDigit {
        (end, gap) = (index + 1, 0)
      } else if index == start || spacing.contains(utf8[index]) {
        gap += index == start ? 0 : 1
      } else {
        break
      }
      index += 1
    }
    return start..<max(end, start)
  }

  /// Whether nothing stands around the candidate that would make it a part of something else.
  private static func isFree(_ utf8: [UInt8], _ range: Range<Int>) -> Bool {
    guard !range.isEmpty else { return false }
    if range.lowerBound > 0 {
      let before = utf8[range.lowerBound - 1]
      if before.isWordCharacter || glue.contains(before) { return false }
    }
    guard range.upperBound < utf8.count else { return true }
    let after = utf8[range.upperBound]
    return !after.isWordCharacter && after != UInt8(ascii: ":")
  }

  private static func phoneDigits(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    let digits = text.filter(\.isDecimalDigit)
    if text.first == UInt8(ascii: "+") { return (7...15).contains(digits.count) ? digits : nil }
    let groups = text.split(whereSeparator: { !$0.isDecimalDigit }).map(\.count)
    guard groups.count > 1 else { return nil }
    if isNorthAmerican(text, groups, digits) || isInternational(digits) || isNational(text, groups, digits) {
      return digits
    }
    return nil
  }

  /// `(555) 123-4567`, `555-123-4567`, `1-555-123-4567`.
  private static func isNorthAmerican(_ text: ArraySlice<UInt8>, _ groups: [Int], _ digits: [UInt8]) -> Bool {
    (groups == [3, 3, 4] || groups == [1, 3, 3, 4] && digits[0] == UInt8(ascii: "1"))
      && !text.contains(UInt8(ascii: "/"))
  }

  /// `0049 30 1234567`.
  private static func isInternational(_ digits: [UInt8]) -> Bool {
    digits.count >= 10 && digits.count <= 17 && digits.starts(with: "00".utf8) && digits[2] != UInt8(ascii: "0")
  }

  /// `030 1234567`, `0151/12345678`, `06 12 34 56 78`: the trunk prefix 0 and nine to twelve digits. Dots and several
  /// hyphens are left to dates and versions.
  private static func isNational(_ text: ArraySlice<UInt8>, _ groups: [Int], _ digits: [UInt8]) -> Bool {
    guard digits[0] == UInt8(ascii: "0"), digits[1] != UInt8(ascii: "0"), (9...12).contains(digits.count),
      (2...5).contains(groups[0]), groups.dropFirst().allSatisfy({ $0 >= 2 }), !text.contains(UInt8(ascii: "."))
    else { return false }
    return groups.count == 2 || !text.contains { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "/") }
  }
}
