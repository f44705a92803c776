/// A JSON text that was read once and left as it lies: where each value is, and no copy of one before somebody asks for it.
/// For a body of which a few members are wanted, or of very many members, a tree would cost more than all that is done
/// with it.
package final class JSONDocument: Sendable {
  /// A value, or the name of a member. Those of an array follow it, those of an object follow it in pairs.
  struct Item: Sendable {
    enum Kind: UInt8, Sendable {
      case null, no, yes, number
      /// In printable ASCII without escapes: as it lies there it is what it means.
      case plainString
      case string
      case array, object
    }

    let kind: Kind
    /// Where a number's digits or a string's characters lie; of an array or object, from 0 to how many it holds.
    var start: UInt32
    var end: UInt32
    /// The item after this one and all that it holds.
    var next: UInt32
  }

  let bytes: [UInt8]
  let items: [Item]

  /// Reads one JSON text, as strictly as `JSONValue(parsing:)`.
  ///
  /// - Parameter depth: how many arrays and objects may be nested.
  /// - Throws: `JSONError`.
  package init(parsing text: [UInt8], depth: Int = 64) throws(JSONError) {
    bytes = text
    items = try JSONReader.items(of: text, depth: depth)
  }

  package var root: JSONNode { JSONNode(document: self, index: 0) }

  /// Whether any string, number or name of a member is such, asked in one pass; one with an escape, or beyond ASCII, is
  /// not looked into and counts as such.
  package func contains(_ isSuch: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
    bytes.withUnsafeBufferPointer { bytes in
      items.contains { item in
        switch item.kind {
        case .number, .plainString: isSuch(UnsafeBufferPointer(rebasing: bytes[Int(item.start)..<Int(item.end)]))
        case .string: true
        case .null, .no, .yes, .array, .object: false
        }
      }
    }
  }

  func text(_ item: Item) -> String {
    bytes.withUnsafeBufferPointer { bytes in
      let lies = UnsafeBufferPointer(rebasing: bytes[Int(item.start)..<Int(item.end)])
      guard item.kind == .string, lies.contains(UInt8(ascii: "\\")) else {
        return String(decoding: lies, as: UTF8.self)
      }
      return JSONReader.unescaped(lies)
    }
  }
}

/// One value of a document.
package struct JSONNode: Sendable {
  private let document: JSONDocument
  private let index: Int

  init(document: JSONDocument, index: Int) {
    (self.document, self.index) = (document, index)
  }

  private var item: JSONDocument.Item { document.items[index] }

  package var isNull: Bool { item.kind == .null }
  package var isObject: Bool { item.kind == .object }
  package var bool: Bool? { item.kind == .yes ? true : item.kind == .no ? false : nil }
  package var string: String? {
    let item = item
    return item.kind == .plainString || item.kind == .string ? document.text(item) : nil
  }
  /// The characters of a string or the digits of a number.
  package var text: String? {
    let item = item
    switch item.kind {
    case .number, .plainString, .string: return document.text(item)
    case .null, .no, .yes, .array, .object: return nil
    }
  }
  /// As of `JSONValue.integer`.
  package var integer: Int64? {
    guard item.kind == .number else { return nil }
    return withPlainText(\.wholeNumber) ?? nil
  }
  /// The values of an array; nil for anything else.
  package var array: [JSONNode]? {
    let item = item
    guard item.kind == .array else { return nil }
    var values: [JSONNode] = []
    values.reserveCapacity(Int(item.end))
    var next = index + 1
    while next < item.next {
      values.append(JSONNode(document: document, index: next))
      next = Int(document.items[next].next)
    }
    return values
  }
  /// Those of an object; nil for anything else.
  package var members: [(name: JSONNode, value: JSONNode)]? {
    let item = item
    guard item.kind == .object else { return nil }
    var members: [(name: JSONNode, value: JSONNode)] = []
    members.reserveCapacity(Int(item.end))
    var next = index + 1
    while next < item.next {
      members.append((JSONNode(document: document, index: next), JSONNode(document: document, index: next + 1)))
      next = Int(document.items[next + 1].next)
    }
    return members
  }

  /// The member of an object.
  package subscript(_ name: String) -> JSONNode? {
    guard isObject else { return nil }
    var name = name
    return name.withUTF8 { name in document.member(name, of: index) }.map { JSONNode(document: document, index: $0) }
  }

  /// The bytes of a string that lies there as it is meant, in printable ASCII, or of a number; nil for anything else.
  package func withPlainText<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result? {
    let item = item
    guard item.kind == .plainString || item.kind == .number else { return nil }
    return document.bytes.withUnsafeBufferPointer {
      body(UnsafeBufferPointer(rebasing: $0[Int(item.start)..<Int(item.end)]))
    }
  }

  /// The whole of it as a tree.
  package var value: JSONValue {
    let item = item
    switch item.kind {
    case .null: return .null
    case .no: return .bool(false)
    case .yes: return .bool(true)
    case .number: return .number(document.text(item))
    case .plainString, .string: return .string(document.text(item))
    case .array: return .array((array ?? []).map(\.value))
    case .object:
      return .object((members ?? []).map { JSONValue.Member($0.name.string ?? "", $0.value.value) })
    }
  }

  /// Appends it as compact JSON, the same as of `value`.
  package func write(to output: inout [UInt8]) {
    let item = item
    let isString = item.kind == .plainString
    guard isString || item.kind == .number else { return value.write(to: &output) }
    if isString { output.append(UInt8(ascii: "\"")) }
    document.bytes.withUnsafeBufferPointer {
      output.append(contentsOf: UnsafeBufferPointer(rebasing: $0[Int(item.start)..<Int(item.end)]))
    }
    if isString { output.append(UInt8(ascii: "\"")) }
  }
}

extension JSONDocument {
  /// The item of a member's value.
  fileprivate func member(_ name: UnsafeBufferPointer<UInt8>, of object: Int) -> Int? {
    items.withUnsafeBufferPointer { items in
      bytes.withUnsafeBufferPointer { bytes in
        var index = object + 1
        let end = Int(items[object].next)
        while index < end {
          let item = items[index]
          let isIt =
            item.kind == .plainString
            ? item.end - item.start == name.count && bytes[Int(item.start)..<Int(item.end)].elementsEqual(name)
            : text(item) == String(decoding: name, as: UTF8.self)
          if isIt { return index + 1 }
          index = Int(items[index + 1].next)
        }
        return nil
      }
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// As `Int64` reads it.
  fileprivate var wholeNumber: Int64? {
    let isNegative = first == UInt8(ascii: "-")
    guard count > (isNegative ? 1 : 0) else { return nil }
    var value: Int64 = 0
    for byte in self[(isNegative ? 1 : 0)...] {
      guard byte.isDecimalDigit else { return nil }
      // Below zero, as there is one number more.
      let (product, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, carries) = product.subtractingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
      guard !overflows, !carries else { return nil }
      value = sum
    }
    return isNegative ? value : value == .min ? nil : -value
  }
}
