/// A place in a text: lines and columns count from 1, columns in Unicode scalars.
package struct YAMLPosition: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let line: Int
  package let column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package static func < (left: YAMLPosition, right: YAMLPosition) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }

  /// `14:3`.
  package var description: String { "\(line):\(column)" }
}

/// One value of a YAML document, with the place where it begins.
package struct YAMLNode: Sendable, Hashable {
  package enum Content: Sendable, Hashable {
    case scalar(String, ScalarStyle)
    case sequence([YAMLNode])
    /// In the order of the text; no key occurs twice.
    case mapping([Entry])
  }

  package enum ScalarStyle: Sendable, Hashable {
    /// Written without quotes: the only style whose text may stand for a number, a truth value or nothing.
    case plain
    case singleQuoted
    case doubleQuoted
    /// `|`
    case literal
    /// `>`
    case folded
  }

  package struct Entry: Sendable, Hashable {
    package let key: String
    package let keyNode: YAMLNode
    package let value: YAMLNode

    package init(key: String, keyNode: YAMLNode, value: YAMLNode) {
      self.key = key
      self.keyNode = keyNode
      self.value = value
    }
  }

  package let content: Content
  package let position: YAMLPosition

  package init(_ content: Content, at position: YAMLPosition) {
    self.content = content
    self.position = position
  }
}

// MARK: - Reading what a node holds

extension YAMLNode {
  /// The value of a key of a mapping.
  package subscript(_ key: String) -> YAMLNode? { entry(key)?.value }

  package func entry(_ key: String) -> Entry? { entries?.first { $0.key == key } }

  package subscript(_ index: Int) -> YAMLNode? {
    guard let items, items.indices.contains(index) else { return nil }
    return items[index]
  }

  package var entries: [Entry]? { if case .mapping(let entries) = content { entries } else { nil } }
  package var items: [YAMLNode]? { if case .sequence(let items) = content { items } else { nil } }

  /// The text of a scalar, whatever its style; `12` gives "12". Nil for a mapping or a sequence.
  package var string: String? { if case .scalar(let text, _) = content { text } else { nil } }

  package var isScalar: Bool { string != nil }

  package var style: ScalarStyle? { if case .scalar(_, let style) = content { style } else { nil } }

  /// The text of a scalar without quotes.
  package var plainText: String? { if case .scalar(let text, .plain) = content { text } else { nil } }

  /// Nothing, `~` or `null` (YAML 1.2, core schema).
  package var isNull: Bool {
    guard let plainText else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(plainText)
  }

  /// `true` or `false` without quotes (YAML 1.2, core schema): `yes` and `on` are texts.
  package var bool: Bool? {
    switch plainText {
    case "true", "True", "TRUE": true
    case "false", "False", "FALSE": false
    default: nil
    }
  }

  /// A whole number without quotes: `12`, `-3`, `0x1F`, `0o17` (YAML 1.2, core schema). Nil when it does not fit.
  package var int: Int64? {
    guard let plainText else { return nil }
    if plainText.hasPrefix("0x") { return Self.digits(plainText.dropFirst(2), radix: 16) }
    if plainText.hasPrefix("0o") { return Self.digits(plainText.dropFirst(2), radix: 8) }
    return Int64(plainText)
  }

  private static func digits(_ text: Substring, radix: Int) -> Int64? {
    guard let first = text.first, first != "-", first != "+" else { return nil }
    return Int64(text, radix: radix)
  }

  /// Yes or no as Archy files write it: `yes`, `True`, `"no"`, `on`, with or without quotes and in any case.
  package var yesOrNo: Bool? { string.flatMap(Self.yesOrNo) }

  /// What a word says when it may be read as YAML 1.1 did; nil for any other text.
  package static func yesOrNo(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "yes", "true", "on", "y": true
    case "no", "false", "off", "n": false
    default: nil
    }
  }

  /// "a mapping", "a list", "a text": for messages.
  package var kindName: String {
    switch content {
    case .scalar: isNull ? "nothing" : "a text"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}
