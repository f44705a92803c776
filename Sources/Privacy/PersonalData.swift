import Core

/// Finds what names a person or opens a door in plain text: telephone numbers, e-mail addresses, the values of a URL's
/// query, and credentials. Each answers the places in `utf8` and what to write there.
enum PersonalData {
  typealias Edit = (range: Range<Int>, replacement: String)

  private static let localPartMarks = ByteSet(".+-%'!#$&*~")
  private static let authorityEnds = ByteSet("/?#")
  private static let wordEnds = ByteSet("\"'<>()")
  private static let credentialEnds = ByteSet("\"',;=")

  static func emails(in utf8: [UInt8]) -> [Edit] {
    var edits: [Edit] = []
    var index = 0
    while index < utf8.count {
      let width = atSign(utf8, index)
      guard width > 0 else {
        index += 1
        continue
      }
      let start = index - utf8[..<index].reversed().prefix { isLocalPart($0) }.count
      let end = index + width + utf8[(index + width)...].prefix { isDomain($0) }.count
      let domain = utf8[(index + width)..<end]
      if start < index, domain.count > 3, domain.dropFirst().dropLast().contains(UInt8(ascii: ".")) {
        edits.append((start..<end, "[email]"))
      }
      index = max(end, index + 1)
    }
    return edits
  }

  /// The length of an `@` at `index`, plain or as `%40`; 0 when there is none.
  private static func atSign(_ utf8: [UInt8], _ index: Int) -> Int {
    if utf8[index] == UInt8(ascii: "@") { return 1 }
    return utf8[index] == UInt8(ascii: "%") && utf8[index...].starts(with: Array("%40".utf8)) ? 3 : 0
  }

  private static func isLocalPart(_ byte: UInt8) -> Bool {
    byte.isWordCharacter || byte >= 0x80 || localPartMarks.contains(byte)
  }

  private static func isDomain(_ byte: UInt8) -> Bool {
    byte.isASCIILetter || byte.isDecimalDigit || byte >= 0x80 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
  }

  /// The values of query parameters and the user of a URL: they carry tokens, numbers and names. Names of parameters
  /// stay, since they tell an operator what was asked.
  static func urlParts(in utf8: [UInt8]) -> [Edit] {
    var edits: [Edit] = []
    for word in words(in: utf8) {
      var tail = word
      if let scheme = firstRange(of: Array("://".utf8), in: utf8, word) {
        let authority =
          scheme
          .upperBound..<(utf8[scheme.upperBound..<word.upperBound].firstIndex { authorityEnds.contains($0) }
          ?? word.upperBound)
        if let at = utf8[authority].lastIndex(of: UInt8(ascii: "@")) {
          edits.append((authority.lowerBound..<at, "[redacted]"))
        }
        tail = authority.upperBound..<word.upperBound
      } else if utf8[word.lowerBound] != UInt8(ascii: "/") {
        continue
      }
      if let mark = utf8[tail].firstIndex(of: UInt8(ascii: "?")) {
        edits += queryValues(in: utf8, (mark + 1)..<word.upperBound)
      }
    }
    return edits
  }

  private static func queryValues(in utf8: [UInt8], _ query: Range<Int>) -> [Edit] {
    utf8[query].split(whereSeparator: { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: "#") }).compactMap { pair in
      guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { return (pair.indices, "[redacted]") }
      return equals + 1 < pair.endIndex ? ((equals + 1)..<pair.endIndex, "[redacted]") : nil
    }
  }

  private static func words(in utf8: [UInt8]) -> [Range<Int>] {
    utf8.split { $0 <= 0x20 || wordEnds.contains($0) }.map(\.indices)
  }

  private static func firstRange(of needle: [UInt8], in utf8: [UInt8], _ range: Range<Int>) -> Range<Int>? {
    guard range.count >= needle.count else { return nil }
    return (range.lowerBound...(range.upperBound - needle.count))
      .first { utf8[$0] == needle[0] && utf8[$0...].starts(with: needle) }.map { $0..<($0 + needle.count) }
  }

  /// What follows `Bearer` or `Basic`, and JWTs wherever they stand.
  static func credentials(in utf8: [UInt8]) -> [Edit] {
    var edits: [Edit] = []
    var previousIsScheme = false
    for word in utf8.split(whereSeparator: { $0 <= 0x20 || credentialEnds.contains($0) }) {
      let isJWT = word.count > 20 && word.starts(with: "eyJ".utf8) && word.contains(UInt8(ascii: "."))
      if isJWT || previousIsScheme && word.count >= 8 { edits.append((word.indices, "[redacted]")) }
      previousIsScheme = isScheme(word)
    }
    return edits
  }

  private static func isScheme(_ word: ArraySlice<UInt8>) -> Bool {
    guard word.count == 5 || word.count == 6 else { return false }
    return word.elementsEqual("bearer".utf8) { $0 | 0x20 == $1 } || word.elementsEqual("basic".utf8) { $0 | 0x20 == $1 }
  }
}
