import Core

/// Reads an expression by JSONata's precedence: `or`, then `and`, then comparisons and `in`, each from the left.
struct FilterParser {
  private typealias Node = FilterExpression.Node
  private typealias Token = FilterLexer.Token

  private let tokens: [FilterLexer.Token]
  private var place = 0
  private var depth = 0

  /// - Parameter tokens: the last is `end`.
  init(_ tokens: [FilterLexer.Token]) {
    self.tokens = tokens
  }

  private var token: Token { tokens[min(place, tokens.count - 1)] }

  mutating func parse() throws(FilterError) -> FilterExpression.Node {
    if token.kind == .end { throw refusal("it is empty.") }
    let node = try alternatives()
    guard token.kind == .end else { throw unexpected() }
    return node
  }

  private mutating func alternatives() throws(FilterError) -> Node {
    var node = try conditions()
    while takeWord("or") { node = .or(node, try conditions()) }
    return node
  }

  private mutating func conditions() throws(FilterError) -> Node {
    var node = try comparison()
    while takeWord("and") { node = .and(node, try comparison()) }
    return node
  }

  private mutating func comparison() throws(FilterError) -> Node {
    var node = try operand()
    while true {
      if takeWord("in") {
        node = .isIn(node, try operand())
      } else if case .symbol(let text) = token.kind, let comparison = FilterExpression.Comparison(rawValue: text) {
        place += 1
        node = .compare(node, comparison, try operand())
      } else {
        return node
      }
    }
  }

  private mutating func operand() throws(FilterError) -> Node {
    let start = token
    switch start.kind {
    case .string(let text):
      place += 1
      // As in JSONata, a text before a dot is a name.
      return token.kind == .symbol(".") ? try path([.init(name: text)]) : .literal(.string(text))
    case .number, .symbol("-"): return .literal(try number())
    case .symbol("["): return .literal(try list())
    case .symbol("("):
      place += 1
      return try parenthesis()
    case .quotedName(let name):
      place += 1
      return try path([.init(name: name)])
    case .dollar(""):
      place += 1
      return try path([.init()])
    case .dollar("not"):
      place += 1
      return try negation()
    case .dollar(let name):
      throw refusal("$\(name) is not known: the only function is not(…), and there are no variables.")
    case .name(let name): return try word(name)
    case .symbol, .end: throw unexpected()
    }
  }

  private mutating func word(_ name: String) throws(FilterError) -> Node {
    if let literal = Self.literals[name] {
      place += 1
      return .literal(literal)
    }
    switch name {
    case "and", "AND", "or", "OR", "in", "IN":
      throw refusal("\(name) stands between two values; write `\(name)` in backticks for a member of that name.")
    case "not", "NOT":
      place += 1
      return try negation()
    default: break
    }
    place += 1
    if token.kind == .symbol("(") {
      place -= 1
      throw refusal("\(name)(…) is not known: the only function is not(…).")
    }
    return try path([.init(name: name)])
  }

  private static let literals: [String: JSONValue] = ["true": true, "false": false, "null": .null]

  private mutating func negation() throws(FilterError) -> Node {
    guard token.kind == .symbol("(") else { throw refusal("write what is negated in parentheses: not(…).") }
    place += 1
    return .not(try parenthesis())
  }

  private mutating func parenthesis() throws(FilterError) -> Node {
    depth += 1
    defer { depth -= 1 }
    guard depth <= FilterExpression.deepest else {
      throw refusal("parentheses stand in each other \(FilterExpression.deepest) times at most.")
    }
    let node = try alternatives()
    guard token.kind == .symbol(")") else { throw token.kind == .end ? refusal("a ) is missing.") : unexpected() }
    place += 1
    return node
  }

  private mutating func path(_ first: [FilterExpression.Step]) throws(FilterError) -> Node {
    var steps = first
    while case .symbol(let symbol) = token.kind, symbol == "." || symbol == "[" {
      place += 1
      if symbol == "[" {
        let index = try number()
        guard let whole = index.integer, abs(whole) <= 1_000_000 else {
          place -= 1
          throw refusal("an index is a whole number, such as [0] or [-1].")
        }
        guard token.kind == .symbol("]") else { throw refusal("a ] is missing: an index is a number alone.") }
        steps[steps.count - 1].indices.append(Int(whole))
      } else {
        switch token.kind {
        case .name(let name), .quotedName(let name), .string(let name): steps.append(.init(name: name))
        default: throw refusal("the name of a member is missing after the dot.")
        }
      }
      place += 1
    }
    return .path(steps)
  }

  private mutating func number() throws(FilterError) -> JSONValue {
    var sign = ""
    if token.kind == .symbol("-") {
      place += 1
      sign = "-"
    }
    guard case .number(let digits) = token.kind else {
      throw refusal(
        sign.isEmpty ? "a number is missing." : "nothing is computed here; a name with - in it is written in backticks."
      )
    }
    place += 1
    return .number(sign + digits)
  }

  private mutating func list() throws(FilterError) -> JSONValue {
    place += 1
    var items: [JSONValue] = []
    if token.kind == .symbol("]") {
      place += 1
      return []
    }
    while true {
      let start = token
      guard case .literal(let item) = try operand(), item.array == nil else {
        throw FilterError(column: start.column, message: "a list holds texts, numbers, true, false and null.")
      }
      items.append(item)
      let isLast = token.kind == .symbol("]")
      guard isLast || token.kind == .symbol(",") else { throw refusal("a , or ] is missing.") }
      place += 1
      if isLast { return .array(items) }
    }
  }

  // MARK: - Words

  /// `AND` as well as `and`: the guide writes capitals, JSONata small letters.
  private mutating func takeWord(_ word: String) -> Bool {
    guard case .name(let name) = token.kind, name == word || name == word.uppercased() else { return false }
    place += 1
    return true
  }

  private func refusal(_ message: String) -> FilterError { FilterError(column: token.column, message: message) }

  private func unexpected() -> FilterError {
    switch token.kind {
    case .end: refusal("a value is missing at the end.")
    case .symbol("-"): refusal("nothing is computed here; a name with - in it is written in backticks.")
    case .symbol(let text): refusal("\(text) does not belong here.")
    case .name(let text): refusal("\(text) does not belong here; between two questions stands and or or.")
    case .quotedName, .string, .number, .dollar: refusal("an operator is missing before this.")
    }
  }
}
