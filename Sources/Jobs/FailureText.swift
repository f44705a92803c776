import Core
import Privacy

/// What is kept of the reason that a handler gave.
struct FailureText: Sendable, Hashable {
  /// Masked and short.
  let reason: String
  /// What reasons have in common that differ only in ids, numbers and details: `shopify 422 INVALID_STATE` of
  /// `shopify 422 INVALID_STATE: ret_01JD… is closed`.
  let cause: String

  init(_ text: String) {
    reason = String(Masking.masked(text).prefix(200))
    let words = (reason.split(separator: ": ", maxSplits: 1).first ?? "").split(whereSeparator: \.isWhitespace)
    cause = String(words.map(Self.common).joined(separator: " ").prefix(80))
  }

  /// Statuses of HTTP say what went wrong and stay. Of long words with several digits, such as ids and URLs, nothing stays;
  /// of others the digits go.
  private static func common(_ word: Substring) -> String {
    let bytes = word.utf8
    let digits = bytes.count { $0.isDecimalDigit }
    if digits == 0 { return String(word) }
    if digits == 3, bytes.count == 3, let status = bytes.decimalNumber, (100..<600).contains(status) {
      return String(word)
    }
    if bytes.count >= 16, digits >= 4 { return "#" }
    var result = ""
    for character in word {
      if !character.isASCII || !character.isNumber {
        result.append(character)
      } else if result.last != "#" {
        result.append("#")
      }
    }
    return result
  }
}
