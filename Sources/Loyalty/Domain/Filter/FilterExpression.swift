import Core

/// A question about an event, or a value in it: the subset of JSONata that docs/reference/loyalty-filters.md describes.
/// Pure; what it costs is bounded by its own length and by the event's.
package struct FilterExpression: Sendable, Hashable {
  /// In characters.
  package static let longest = 2_000
  /// Parentheses in each other.
  static let deepest = 32

  indirect enum Node: Sendable, Hashable {
    case literal(JSONValue)
    case path([Step])
    case compare(Node, Comparison, Node)
    case isIn(Node, Node)
    case and(Node, Node)
    case or(Node, Node)
    case not(Node)
  }

  /// One part of a path: `$` itself without a name.
  struct Step: Sendable, Hashable {
    var name: String?
    /// Below zero they count from the end.
    var indices: [Int] = []
  }

  enum Comparison: String, Sendable, Hashable {
    case equal = "="
    case unequal = "!="
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="
  }

  /// As it was written.
  package let text: String
  let root: Node

  /// - Throws: `FilterError` with the column of what is not understood.
  package init(_ text: String) throws(FilterError) {
    guard text.unicodeScalars.count <= Self.longest else {
      throw FilterError(
        column: Self.longest + 1, message: "an expression has \(Self.longest) characters at most.")
    }
    var parser = FilterParser(try FilterLexer.tokens(of: text))
    self.text = text
    root = try parser.parse()
  }

  /// The same for a value to be taken from an event: a path or a literal.
  ///
  /// - Throws: `FilterError`.
  package init(value text: String) throws(FilterError) {
    try self.init(text)
    switch root {
    case .path, .literal: break
    default:
      throw FilterError(
        column: 1, message: "this is a question; what is wanted here is a path such as $.type, or a text.")
    }
  }
}

/// What is wrong with an expression.
package struct FilterError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Of the first character that is not understood, from 1.
  package let column: Int
  /// A sentence that begins in small letters.
  package let message: String

  package var description: String { "column \(column): \(message)" }
}
