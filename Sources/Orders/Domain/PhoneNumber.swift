import Core

/// A telephone number in the international form of ITU-T E.164: `+` and 7 to 15 digits. Printing it shows nothing of it,
/// so that it cannot slip into a log.
package struct PhoneNumber: Sendable, Hashable, CustomStringConvertible {
  /// Such as `+4930123456`.
  package let e164: String

  package var description: String { "[phone number]" }

  /// Reads a number as people and contact centres write it: `+49 (0)30 1234-56`, `0049…`, `030 123456`, `tel:+49…`.
  ///
  /// - Parameter countryCode: the code of the country that a number without one belongs to, such as `49`; empty when
  ///   there is none, so that only international numbers are taken.
  package init?(_ text: String, countryCode: String) {
    guard let dialled = DialledNumber(text) else { return nil }
    var digits = dialled.digits
    if !dialled.isInternational {
      guard !countryCode.isEmpty else { return nil }
      // Ten digits and more that begin with the country code are a number whose plus was lost on the way.
      let hasCode = !dialled.hasTrunkPrefix && digits.count > 9 && digits.starts(with: countryCode.utf8)
      if !hasCode { digits = Array(countryCode.utf8) + digits }
    }
    guard (7...15).contains(digits.count), digits.first != UInt8(ascii: "0") else { return nil }
    e164 = "+" + String(decoding: digits, as: UTF8.self)
  }
}

/// The digits of a number, without what is dialled before them.
struct DialledNumber: Sendable {
  /// Without `+`, `00` or the zeros of a national number.
  let digits: [UInt8]
  let isInternational: Bool
  /// Whether it began with a zero, as a national number does in most countries.
  let hasTrunkPrefix: Bool

  private static let maximumLength = 40

  /// Nil for what holds anything but digits and the marks that group them.
  init?(_ text: String) {
    guard text.utf8.count <= Self.maximumLength else { return nil }
    var text = text.utf8.filter { $0 != UInt8(ascii: " ") }[...]
    if text.count > 4, text.prefix(4).elementsEqual("tel:".utf8, by: { $0 | 0x20 == $1 | 0x20 }) { text.removeFirst(4) }
    let hasPlus = text.first == UInt8(ascii: "+")
    if hasPlus {
      text.removeFirst()
      text = Self.withoutOptionalTrunkZero(text)
    }
    guard text.allSatisfy({ $0.isDecimalDigit || "-./()".utf8.contains($0) }) else { return nil }
    let all = text.filter(\.isDecimalDigit)
    isInternational = hasPlus || all.starts(with: "00".utf8)
    hasTrunkPrefix = !isInternational && all.first == UInt8(ascii: "0")
    digits = Array(hasPlus ? all[...] : all.drop { $0 == UInt8(ascii: "0") })
    guard !digits.isEmpty else { return nil }
  }

  /// `49(0)30…` as it is printed on letterheads.
  private static func withoutOptionalTrunkZero(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let open = text.firstIndex(of: UInt8(ascii: "(")), text[open...].starts(with: "(0)".utf8) else { return text }
    return text[..<open] + text[(open + 3)...]
  }
}
