/// Why a text is not JSON as RFC 8259 and we want it.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Offset of the byte at which reading stopped.
  package let offset: Int
  package let reason: String
  package var description: String { "\(reason) at byte \(offset)" }
}

extension JSONValue {
  /// Reads one JSON text, strictly: UTF-8, no repeated member in an object, no lone surrogate, nothing after the value.
  ///
  /// - Parameter depth: how many arrays and objects may be nested.
  /// - Throws: `JSONError`.
  package init(parsing text: some Sequence<UInt8>, depth: Int = 64) throws(JSONError) {
    self = try JSONDocument(parsing: Array(text), depth: depth).root.value
  }

  package init(parsing text: String, depth: Int = 64) throws(JSONError) {
    try self.init(parsing: text.utf8, depth: depth)
  }
}

/// Finds where the values of a JSON text lie.
struct JSONReader {
  typealias Item = JSONDocument.Item

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var items: [Item] = []

  static func items(of text: [UInt8], depth: Int) throws(JSONError) -> [Item] {
    let items: Result<[Item], JSONError> = text.withUnsafeBufferPointer { bytes in
      var reader = JSONReader(bytes)
      return Result { () throws(JSONError) in try reader.document(depth: depth) }
    }
    return try items.get()
  }

  /// What stands between the quotes of a string that was read before.
  static func unescaped(_ text: UnsafeBufferPointer<UInt8>) -> String {
    var reader = JSONReader(text)
    var characters: [UInt8] = []
    try? reader.characters(into: &characters)
    return String(decoding: characters, as: UTF8.self)
  }

  private init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  private mutating func document(depth: Int) throws(JSONError) -> [Item] {
    guard bytes.count < Int32.max else { throw failure("text too long") }
    items.reserveCapacity(bytes.count / 12 + 8)
    try value(depth: depth)
    skipSpace()
    guard position == bytes.count else { throw failure("unexpected text after the value") }
    return items
  }

  private func failure(_ reason: String) -> JSONError { JSONError(offset: position, reason: reason) }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func add(_ kind: Item.Kind, _ range: Range<Int> = 0..<0) {
    items.append(
      Item(
        kind: kind, start: UInt32(range.lowerBound), end: UInt32(range.upperBound), next: UInt32(items.count + 1)))
  }

  private mutating func value(depth: Int) throws(JSONError) {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): try object(depth: depth)
    case UInt8(ascii: "["): try array(depth: depth)
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "t"): try literal("true", .yes)
    case UInt8(ascii: "f"): try literal("false", .no)
    case UInt8(ascii: "n"): try literal("null", .null)
    case .some(let byte) where byte == UInt8(ascii: "-") || byte.isDecimalDigit: try number()
    case .some: throw failure("unexpected character")
    case nil: throw failure("unexpected end")
    }
  }

  private mutating func literal(_ word: String, _ kind: Item.Kind) throws(JSONError) {
    guard bytes[position...].starts(with: word.utf8) else { throw failure("unexpected word") }
    position += word.utf8.count
    add(kind)
  }

  private mutating func object(depth: Int) throws(JSONError) {
    guard depth > 0 else { throw failure("nested too deeply") }
    position += 1
    let object = items.count
    var count = 0
    var names: Set<String> = []
    add(.object)
    skipSpace()
    if take(UInt8(ascii: "}")) { return }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw failure("expected a member name") }
      let name = items.count
      try string()
      guard !isRepeated(name, count, of: object, &names) else { throw failure("member repeated") }
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw failure("expected ':'") }
      try value(depth: depth - 1)
      count += 1
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw failure("expected ',' or '}'") }
    close(object, count)
  }

  private mutating func close(_ container: Int, _ count: Int) {
    items[container].end = UInt32(count)
    items[container].next = UInt32(items.count)
  }

  /// A few names are compared with each other; of many there is a set, or an object of very many would take for ever.
  private func isRepeated(_ name: Int, _ count: Int, of object: Int, _ names: inout Set<String>) -> Bool {
    if count >= 16, !names.isEmpty { return !names.insert(text(items[name])).inserted }
    var isRepeated = false
    var earlier = object + 1
    while earlier < name {
      if isEqual(items[earlier], items[name]) { isRepeated = true }
      if count >= 16 { names.insert(text(items[earlier])) }
      earlier = Int(items[earlier + 1].next)
    }
    if count >= 16 { names.insert(text(items[name])) }
    return isRepeated
  }

  private func isEqual(_ one: Item, _ other: Item) -> Bool {
    if one.kind == .plainString, other.kind == .plainString {
      return one.end - one.start == other.end - other.start && raw(one).elementsEqual(raw(other))
    }
    return text(one) == text(other)
  }

  private func raw(_ item: Item) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: bytes[Int(item.start)..<Int(item.end)])
  }

  private func text(_ item: Item) -> String { Self.unescaped(raw(item)) }

  private mutating func array(depth: Int) throws(JSONError) {
    guard depth > 0 else { throw failure("nested too deeply") }
    position += 1
    let array = items.count
    var count = 0
    add(.array)
    skipSpace()
    if take(UInt8(ascii: "]")) { return }
    repeat {
      try value(depth: depth - 1)
      count += 1
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw failure("expected ',' or ']'") }
    close(array, count)
  }

  private mutating func number() throws(JSONError) {
    let start = position
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    add(.number, start..<position)
  }

  private mutating func digits() throws(JSONError) {
    let start = position
    while let byte = next, byte.isDecimalDigit { position += 1 }
    guard position > start else { throw failure("expected a digit") }
  }

  private mutating func string() throws(JSONError) {
    position += 1
    let start = position
    while let byte = next, byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
      position += 1
    }
    if take(UInt8(ascii: "\"")) { return add(.plainString, start..<position - 1) }
    position = start
    var text: [UInt8] = []
    try characters(into: &text)
    guard take(UInt8(ascii: "\"")) else { throw failure("string without an end") }
    guard String(validating: text, as: UTF8.self) != nil else { throw failure("text that is not UTF-8") }
    add(.string, start..<position - 1)
  }

  /// Up to the closing quote, or the end.
  private mutating func characters(into text: inout [UInt8]) throws(JSONError) {
    while let byte = next, byte != UInt8(ascii: "\"") {
      switch byte {
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &text)
      case 0..<0x20:
        throw failure("control character in a string")
      default:
        text.append(byte)
        position += 1
      }
    }
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    guard let byte = next else { throw failure("unexpected end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text.append(contentsOf: String(Character(try scalar())).utf8)
    default: throw failure("unknown escape")
    }
  }

  private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw failure("lone surrogate") }
    let second = try codeUnit()
    guard (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + UInt32(second) - 0xDC00)
    else { throw failure("lone surrogate") }
    return scalar
  }

  private mutating func codeUnit() throws(JSONError) -> UInt16 {
    guard position + 4 <= bytes.count,
      bytes[position..<position + 4].allSatisfy(\.isHexDigit),
      let unit = UInt16(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw failure("expected four hex digits") }
    position += 4
    return unit
  }
}

extension UInt8 {
  package var isHexDigit: Bool {
    isDecimalDigit || (self | 0x20 >= UInt8(ascii: "a") && self | 0x20 <= UInt8(ascii: "f"))
  }
}
