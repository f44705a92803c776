/// Which types of events somebody wants: one by its name, `return.authorized`, or all below one, `return.*`; `*` for all.
package struct EventTypePattern: Sendable, Hashable, CustomStringConvertible {
  package let description: String
  /// What a type begins with; nil for a whole name.
  let prefix: String?

  /// Nil for anything but lower-case letters, digits and underscores between full stops, with a star at the end or none.
  package init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let isStarred = parts.last == "*"
    let names = isStarred ? parts.dropLast() : parts[...]
    guard text.utf8.count <= 100, names.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isNameByte) }) else {
      return nil
    }
    description = text
    prefix = isStarred ? String(text.dropLast()) : nil
  }

  package func matches(_ type: String) -> Bool {
    prefix.map(type.hasPrefix) ?? (type == description)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || byte == UInt8(ascii: "_")
  }
}

extension [EventTypePattern] {
  /// None stands for all.
  package func match(_ type: String) -> Bool {
    isEmpty || contains { $0.matches(type) }
  }
}
