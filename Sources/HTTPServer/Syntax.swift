import Core
import Glibc
import HTTPMessages

/// A set of ASCII characters, asked one byte at a time.
struct ByteSet: Sendable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  init(_ characters: String, alphanumeric: Bool = false) {
    for byte in characters.utf8 { insert(byte) }
    guard alphanumeric else { return }
    for byte in UInt8(ascii: "0")...UInt8(ascii: "9") { insert(byte) }
    for byte in UInt8(ascii: "A")...UInt8(ascii: "Z") {
      insert(byte)
      insert(byte | 0x20)
    }
  }

  private mutating func insert(_ byte: UInt8) {
    if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte & 63) }
  }

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    byte < 128 && ((byte < 64 ? low : high) >> UInt64(byte & 63)) & 1 == 1
  }

  /// RFC 9110, section 5.6.2: methods and field names.
  static let token = ByteSet("!#$%&'*+-.^_`|~", alphanumeric: true)
  /// RFC 3986, section 3.3: what a path is made of.
  static let path = ByteSet("/-._~!$&'()*+,;=:@%", alphanumeric: true)
  /// RFC 3986, section 3.4, and the characters that the WHATWG's URL leaves as they are in a query.
  static let query = ByteSet("/?-._~!$&'()*+,;=:@%[]|\\^`{}", alphanumeric: true)
  /// Names that resolve; narrower than `reg-name` of RFC 3986, whose `,` and `(` are in no host that exists.
  static let host = ByteSet("-._", alphanumeric: true)
  /// Of ids that callers send and that are logged and sent on.
  static let identifier = ByteSet("-._~:/+=@", alphanumeric: true)
}

typealias Bytes = Slice<UnsafeRawBufferPointer>

extension Bytes {
  /// Whether this is `text`, without regard to the case of ASCII letters.
  ///
  /// - Precondition: `text` is in lower case.
  func isCaseInsensitively(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    var other = text.utf8Start
    for byte in self {
      guard byte.lowercased == other.pointee else { return false }
      other += 1
    }
    return true
  }

  func isExactly(_ text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount
      && UnsafeRawBufferPointer(rebasing: self).baseAddress.map { memcmp($0, text.utf8Start, count) == 0 } ?? true
  }

  /// RFC 9110, section 5.5: visible ASCII, space, tab and what lies above ASCII.
  ///
  /// Words of eight bytes, and one question for all of them, as a bearer token is hundreds of bytes; only a value with a
  /// control character in it, which may be a tab, is looked at one by one.
  var isFieldValue: Bool {
    let bytes = UnsafeRawBufferPointer(rebasing: self)
    let words = bytes.count & ~7
    var found: UInt64 = 0
    for position in stride(from: 0, to: words, by: 8) {
      found |= bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self).controlCharacters
    }
    return (found == 0 ? bytes[words...] : bytes[...]).allSatisfy(Self.mayBeInValue)
  }

  private static func mayBeInValue(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

  /// Without the spaces and tabs around it.
  var trimmed: Bytes {
    var slice = self
    while let first = slice.first, first == 0x20 || first == 0x09 { slice.removeFirst() }
    while let last = slice.last, last == 0x20 || last == 0x09 { slice.removeLast() }
    return slice
  }

  /// Whether a comma-separated list has `option`, which is in lower case.
  func hasOption(_ option: StaticString) -> Bool {
    split(separator: UInt8(ascii: ",")).contains { $0.trimmed.isCaseInsensitively(option) }
  }

  /// A host with or without a port (RFC 9110, section 7.2): a name, an IPv4 address, or an IPv6 address in brackets.
  var isAuthority: Bool {
    var name = self
    if first == UInt8(ascii: "[") {
      guard let close = firstIndex(of: UInt8(ascii: "]")) else { return false }
      let address = self[index(after: startIndex)..<close]
      guard address.count >= 2, address.allSatisfy({ $0.isHexDigit || $0 == 0x3A || $0 == 0x2E }),
        address.contains(UInt8(ascii: ":"))
      else { return false }
      name = self[index(after: close)...]
      return name.isEmpty || name.isPort
    }
    let colon = name.firstIndex(of: UInt8(ascii: ":")) ?? name.endIndex
    let allowed = ByteSet.host
    return colon > startIndex && self[startIndex..<colon].allSatisfy(allowed.contains)
      && (colon == endIndex || self[colon...].isPort)
  }

  private var isPort: Bool {
    guard first == UInt8(ascii: ":"), (2...6).contains(count) else { return false }
    var port = 0
    for byte in dropFirst() {
      guard byte.isDecimalDigit else { return false }
      port = port * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return port <= 65_535
  }
}

extension UInt64 {
  /// Not zero if one of its eight bytes is below 0x20, or 0x7F. Borrows may run on only from a byte that is one itself.
  fileprivate var controlCharacters: UInt64 {
    let each: UInt64 = 0x0101_0101_0101_0101
    let top = each << 7
    let delete = self ^ (each &* 0x7F)
    return ((self &- each &* 0x20) & ~self | (delete &- each) & ~delete) & top
  }
}
