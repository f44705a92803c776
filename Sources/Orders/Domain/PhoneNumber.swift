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
    var rest = text.utf8[...]
    if text.utf8.count > 4, rest.prefix(4).elementsEqual("tel:".utf8, by: { $0 | 0x20 == $1 | 0x20 }) {
      rest = rest.dropFirst(4)
    }
    var hasPlus = false
    var all: [UInt8] = []
    all.reserveCapacity(rest.count)
    for byte in rest {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): all.append(byte)
      case UInt8(ascii: "+") where all.isEmpty && !hasPlus: hasPlus = true
      case UInt8(ascii: ")") where hasPlus && all.last == UInt8(ascii: "0") && text.contains("(0)"):
        // `+49 (0)30…` as it is printed on letterheads: the zero is not dialled.
        all.removeLast()
      case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "("),
        UInt8(ascii: ")"):
        break
      default: return nil
      }
    }
    isInternational = hasPlus || all.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "0")])
    hasTrunkPrefix = !isInternational && all.first == UInt8(ascii: "0")
    if !hasPlus, all.first == UInt8(ascii: "0") { all.removeFirst(all.prefix { $0 == UInt8(ascii: "0") }.count) }
    guard !all.isEmpty else { return nil }
    digits = all
  }
}
