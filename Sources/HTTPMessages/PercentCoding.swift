import Core

extension String {
  /// Percent-decoded UTF-8; nil for a `%` without two hex digits or for bytes that are not UTF-8.
  ///
  /// - Parameter plusIsSpace: as in `application/x-www-form-urlencoded`.
  package func percentDecoded(plusIsSpace: Bool = false) -> String? {
    var text = self
    let isPlain = text.withUTF8 { bytes in
      bytes.allSatisfy { $0 != UInt8(ascii: "%") && !(plusIsSpace && $0 == UInt8(ascii: "+")) }
    }
    if isPlain { return self }
    var output: [UInt8] = []
    output.reserveCapacity(utf8.count)
    var rest = utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%") {
        guard let high = rest.popFirst()?.hexDigitValue, let low = rest.popFirst()?.hexDigitValue else { return nil }
        output.append(high << 4 | low)
      } else {
        output.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(validating: output, as: UTF8.self)
  }

  /// Everything but the unreserved characters of RFC 3986 as `%XX`.
  package var percentEncoded: String {
    var output: [UInt8] = []
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        output.append(byte)
      default:
        output.append(UInt8(ascii: "%"))
        output.append(contentsOf: [byte >> 4, byte & 15].map { Array("0123456789ABCDEF".utf8)[Int($0)] })
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}

extension UInt8 {
  fileprivate var hexDigitValue: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

/// The pairs of a query string or of an `application/x-www-form-urlencoded` body, in order.
package struct FormFields: Sendable, Hashable {
  package struct Pair: Sendable, Hashable {
    package let name: String
    package let value: String
  }

  package private(set) var pairs: [Pair]

  /// Nil when a name or a value does not decode.
  package init?(_ text: some StringProtocol) {
    pairs = []
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = String(parts[0]).percentDecoded(plusIsSpace: true),
        let value = parts.count == 2 ? String(parts[1]).percentDecoded(plusIsSpace: true) : ""
      else { return nil }
      pairs.append(Pair(name: name, value: value))
    }
  }

  /// The first value of a name.
  package subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

  package func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

  /// The form of `pairs` that a request body carries.
  package static func encode(_ pairs: KeyValuePairs<String, String>) -> String {
    pairs.map { "\($0.key.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
  }
}
