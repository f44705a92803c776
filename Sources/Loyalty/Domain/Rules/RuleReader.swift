import Core
import YAML

/// Something in a rules document that cannot be used as it is.
package struct RuleProblem: Error, Sendable, Hashable, CustomStringConvertible {
  package let position: YAMLPosition
  /// What is wrong and what would be right.
  package let message: String

  /// `14:3: unknown key "poinst" in a rule. Did you mean "points"?`
  package var description: String { "\(position): \(message)" }
}

/// All that is wrong with a rules document, in its order; never empty.
package struct RuleProblems: Error, Sendable, Hashable, CustomStringConvertible {
  package let problems: [RuleProblem]

  package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Reads the values of a document one by one and gathers what is wrong with them.
struct RuleReader {
  private(set) var problems: [RuleProblem] = []

  mutating func refuse(_ node: YAMLNode, _ message: String) {
    problems.append(RuleProblem(position: node.position, message: message))
  }

  /// Whether a node is a mapping; keys that it may not have are refused.
  mutating func isMapping(_ node: YAMLNode, _ what: String, of keys: [String]) -> Bool {
    guard let entries = node.entries else {
      refuse(node, "\(what) is \(node.shown); it takes a mapping of \(keys.joined(separator: ", ")).")
      return false
    }
    for entry in entries where !keys.contains(entry.key) {
      refuse(
        entry.keyNode,
        "unknown key \"\(entry.key)\" in \(what).\(nearestNameHint(for: entry.key, among: keys))")
    }
    return true
  }

  /// The items of a list; none where it is missing.
  mutating func items(_ key: String, of node: YAMLNode, atMost limit: Int) -> [YAMLNode] {
    guard let value = node[key] else { return [] }
    guard let items = value.items, items.count <= limit else {
      refuse(value, "\(key) is \(value.shown); it takes a list of at most \(limit).")
      return []
    }
    return items
  }

  /// - Parameter read: nil for what is not taken.
  mutating func value<Value>(
    _ key: String, of node: YAMLNode, _ expectation: String, _ read: (YAMLNode) -> Value?
  ) -> Value? {
    guard let given = node[key] else { return nil }
    if let value = read(given) { return value }
    refuse(given, "\(key) is \(given.shown); it takes \(expectation).")
    return nil
  }

  mutating func required<Value>(
    _ key: String, of node: YAMLNode, _ expectation: String, _ read: (YAMLNode) -> Value?
  ) -> Value? {
    if node[key] == nil { refuse(node, "\(key) is missing; it takes \(expectation).") }
    return value(key, of: node, expectation, read)
  }

  mutating func number(_ key: String, of node: YAMLNode, _ range: ClosedRange<Int64>) -> Int64? {
    value(key, of: node, "a whole number from \(range.lowerBound) to \(range.upperBound)") { value in
      value.int.flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// The one of two keys that has to be there.
  ///
  /// - Returns: nil where there is neither, or both, which is refused.
  mutating func either(_ first: String, or second: String, of node: YAMLNode, _ what: String) -> String? {
    switch (node[first], node[second]) {
    case (.some, nil): return first
    case (nil, .some): return second
    case (nil, nil): refuse(node, "\(what) needs \(first) or \(second).")
    case (.some, .some(let other)): refuse(other, "\(what) has \(first) and \(second); it takes one of them.")
    }
    return nil
  }
}

extension YAMLNode {
  /// What stands there, for a message; cut where it is long.
  fileprivate var shown: String {
    guard let string, !isNull else { return kindName }
    let text = string.count <= 60 ? "\"\(string)\"" : "\"\(string.prefix(59))…\""
    // Where a number is wanted, quotes are what is wrong.
    return style == .plain ? text : "the text \(text)"
  }
}

/// The texts that a document may hold.
enum RuleText {
  /// Of tiers, rules and campaigns.
  static func id(_ node: YAMLNode) -> String? {
    node.string.flatMap { $0.isName(upTo: 40, besides: "-_") ? $0 : nil }
  }

  static let idExpectation = "up to 40 letters, digits, \"-\" and \"_\", for example \"silver\""

  static func eventType(_ node: YAMLNode) -> String? {
    node.string.flatMap { $0.isName(upTo: 64, besides: "-_.:") ? $0 : nil }
  }

  static let eventTypeExpectation = "up to 64 letters, digits and \"-_.:\", for example \"purchase\""

  static func language(_ text: String) -> Bool { text.isName(upTo: 35, besides: "-") }

  /// A day is its midnight in UTC.
  static func time(_ node: YAMLNode) -> Timestamp? { node.string.flatMap(Timestamp.init) }

  /// The first moment after it: a day counts to its end.
  static func end(_ node: YAMLNode) -> Timestamp? {
    time(node).map { $0 + .seconds(node.string?.utf8.count == 10 ? 86_400 : 0) }
  }

  static func expiry(_ node: YAMLNode) -> LotExpiry? {
    // `after: 365d` is taken for `after 365d`, as the colon is easily written.
    if let entries = node.entries, entries.count == 1, entries[0].key == "after", let period = entries[0].value.string {
      return LotExpiry("after \(period)")
    }
    return node.string.flatMap(LotExpiry.init)
  }

  static let expiryExpectation =
    "\"never\", \"after 365d\", \"end_of_month after 24 months\" or \"end_of_year after 1 year\""

  /// Above zero and at most 100.
  static func multiplier(_ node: YAMLNode) -> Fraction? {
    node.plainText.flatMap(Fraction.init).flatMap { fraction in
      fraction.numerator > 0 && fraction.numerator <= 100 * fraction.denominator ? fraction : nil
    }
  }

  static let multiplierExpectation = "a number above 0 and at most 100, with at most four decimals, for example 1.5"
}

extension String {
  /// Letters and digits of ASCII and some marks, none of which comes first.
  fileprivate func isName(upTo length: Int, besides marks: String) -> Bool {
    guard let first = utf8.first, utf8.count <= length, !marks.utf8.contains(first) else { return false }
    return utf8.allSatisfy { byte in
      byte.isDecimalDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || marks.utf8.contains(byte)
    }
  }
}
