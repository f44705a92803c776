import Core

/// A template of a data action: the part of Apache Velocity that Genesys Cloud documents for requests and responses.
struct Template: Sendable {
  indirect enum Node: Sendable {
    case text(String)
    case reference(Reference)
    case branch([(condition: Operand, body: [Node])], otherwise: [Node])
    case set(String, Operand)
  }

  /// `$!{root.property.method(argument)[index]}`
  struct Reference: Sendable {
    enum Step: Sendable {
      case property(String)
      case method(String, [Operand])
      case index(Operand)
    }

    let root: String
    let steps: [Step]
    /// `$!`: nothing is written when the value is missing, instead of the reference itself.
    let isQuiet: Bool
    let source: String
    let offset: Int
  }

  indirect enum Operand: Sendable {
    case literal(JSONValue)
    /// A text in double quotes, in which references are replaced.
    case interpolated([Node])
    case reference(Reference)
    case not(Operand)
    case and(Operand, Operand)
    case or(Operand, Operand)
    case comparison(String, Operand, Operand)
  }

  let nodes: [Node]
  let references: [Reference]
  /// Names that `#set` gives a value.
  let assigned: Set<String>
}

struct TemplateProblem: Error, Sendable, Equatable {
  /// In Unicode scalars from the beginning of the template.
  let offset: Int
  let message: String
}

extension Template {
  static let maximumDepth = 50
  static let maximumSize = 1 << 16

  init(_ source: String) throws(TemplateProblem) {
    guard source.utf8.count <= Self.maximumSize else {
      throw TemplateProblem(offset: 0, message: "the template is larger than \(Self.maximumSize) bytes")
    }
    var parser = TemplateParser(source)
    nodes = try parser.document()
    references = parser.references
    assigned = parser.assigned
  }

  /// Whether the template names `root`, without regard to case.
  func mentions(_ root: String) -> Bool { references.contains { $0.root.lowercased() == root.lowercased() } }
}

private struct TemplateParser {
  private let text: [Unicode.Scalar]
  private var position = 0
  private var depth = 0
  private(set) var references: [Template.Reference] = []
  private(set) var assigned: Set<String> = []

  private static let refused: Set<String> = [
    "foreach", "macro", "include", "parse", "evaluate", "define", "stop", "break", "literal",
  ]

  init(_ source: String) {
    text = Array(source.unicodeScalars)
  }

  mutating func document() throws(TemplateProblem) -> [Template.Node] {
    let (nodes, end) = try nodes(until: [])
    if let end {
      throw TemplateProblem(offset: position - end.unicodeScalars.count - 1, message: "#\(end) without #if")
    }
    return nodes
  }

  private func peek(_ distance: Int = 0) -> Unicode.Scalar? {
    position + distance < text.count ? text[position + distance] : nil
  }

  private func slice(_ start: Int, _ end: Int) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: text[start..<end])
    return String(view)
  }

  private func failure(_ message: String, at offset: Int? = nil) -> TemplateProblem {
    TemplateProblem(offset: offset ?? position, message: message)
  }

  /// Reads up to one of the directives in `ends`, which is taken and returned.
  private mutating func nodes(until ends: Set<String>) throws(TemplateProblem) -> ([Template.Node], String?) {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Template.maximumDepth else {
      throw failure("the template is nested deeper than \(Template.maximumDepth)")
    }
    var nodes: [Template.Node] = []
    var literal = String.UnicodeScalarView()
    func flush() {
      if !literal.isEmpty { nodes.append(.text(String(literal))) }
      literal = String.UnicodeScalarView()
    }
    while let scalar = peek() {
      if scalar == "\\", let next = peek(1), next == "$" || next == "#" {
        literal.append(next)
        position += 2
      } else if scalar == "$", let reference = try reference() {
        flush()
        nodes.append(.reference(reference))
      } else if scalar == "#", let directive = directive() {
        if directive == "end" || directive == "else" || directive == "elseif" {
          flush()
          return (nodes, directive)
        }
        flush()
        if let node = try statement(directive) { nodes.append(node) }
      } else {
        literal.append(scalar)
        position += 1
      }
    }
    guard ends.isEmpty else { throw failure("#if without #end") }
    flush()
    return (nodes, nil)
  }

  /// The name of a directive that begins here, which is then passed; nil when `#` is only a character.
  private mutating func directive() -> String? {
    if peek(1) == "#" || peek(1) == "*" { return comment() ? "" : nil }
    var end = position + 1
    let isFormal = end < text.count && text[end] == "{"
    if isFormal { end += 1 }
    let start = end
    while end < text.count, ("a"..."z").contains(text[end]) { end += 1 }
    let name = slice(start, end)
    let isKnown = ["if", "elseif", "else", "end", "set"].contains(name)
    guard isKnown || (Self.refused.contains(name) && end < text.count && text[end] == "(") else { return nil }
    if isFormal {
      guard end < text.count, text[end] == "}" else { return nil }
      end += 1
    }
    position = end
    return name
  }

  private mutating func comment() -> Bool {
    if peek(1) == "#" {
      while let scalar = peek(), scalar != "\n" { position += 1 }
      return true
    }
    var end = position + 2
    while end + 1 < text.count, !(text[end] == "*" && text[end + 1] == "#") { end += 1 }
    guard end + 1 < text.count else { return false }
    position = end + 2
    return true
  }

  private mutating func statement(_ directive: String) throws(TemplateProblem) -> Template.Node? {
    let start = position - directive.unicodeScalars.count - 1
    switch directive {
    case "": return nil
    case "if": return try conditional()
    case "set":
      try expect("(")
      skipSpace()
      guard take("$"), let name = identifier() else { throw failure("expected $name") }
      try expect("=")
      let value = try operand()
      try expect(")")
      assigned.insert(name.lowercased())
      return .set(name.lowercased(), value)
    default:
      throw failure("directive #\(directive) is not taken; known are #if, #elseif, #else, #end and #set", at: start)
    }
  }

  private mutating func conditional() throws(TemplateProblem) -> Template.Node {
    var branches: [(condition: Template.Operand, body: [Template.Node])] = []
    var otherwise: [Template.Node] = []
    var directive: String? = "if"
    while let current = directive {
      switch current {
      case "if", "elseif":
        try expect("(")
        let condition = try operand()
        try expect(")")
        let (body, next) = try nodes(until: ["end", "else", "elseif"])
        branches.append((condition, body))
        directive = next
      case "else": (otherwise, directive) = try nodes(until: ["end"])
      default: return .branch(branches, otherwise: otherwise)
      }
    }
    return .branch(branches, otherwise: otherwise)
  }

  // MARK: - References

  private mutating func reference() throws(TemplateProblem) -> Template.Reference? {
    let start = position
    position += 1
    let isQuiet = take("!")
    let isFormal = take("{")
    guard let root = identifier() else {
      position = start
      return nil
    }
    var steps: [Template.Reference.Step] = []
    loop: while let scalar = peek() {
      switch scalar {
      case "." where peek(1).map(Self.startsName) == true:
        position += 1
        let name = identifier() ?? ""
        steps.append(take("(") ? .method(name, try arguments()) : .property(name))
      case "[" where isFormal:
        position += 1
        let index = try operand()
        try expect("]")
        steps.append(.index(index))
      default: break loop
      }
    }
    if isFormal, !take("}") { throw failure("expected } to end \(slice(start, position))") }
    let reference = Template.Reference(
      root: root, steps: steps, isQuiet: isQuiet, source: slice(start, position), offset: start)
    references.append(reference)
    return reference
  }

  private mutating func arguments() throws(TemplateProblem) -> [Template.Operand] {
    var arguments: [Template.Operand] = []
    skipSpace()
    if take(")") { return arguments }
    repeat {
      arguments.append(try operand())
      skipSpace()
    } while take(",")
    try expect(")")
    return arguments
  }

  private static func startsName(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
  }

  private mutating func identifier() -> String? {
    guard let first = peek(), Self.startsName(first) else { return nil }
    let start = position
    while let scalar = peek(), Self.startsName(scalar) || ("0"..."9").contains(scalar) || isInnerHyphen {
      position += 1
    }
    return slice(start, position)
  }

  /// `input.order-id` is one name.
  private var isInnerHyphen: Bool { peek() == "-" && peek(1).map(Self.startsName) == true }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek() == scalar else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ scalar: Unicode.Scalar) throws(TemplateProblem) {
    skipSpace()
    guard take(scalar) else { throw failure("expected '\(scalar)'") }
  }

  private mutating func skipSpace() {
    while let scalar = peek(), scalar.properties.isWhitespace { position += 1 }
  }

  // MARK: - Conditions and arguments

  private mutating func operand() throws(TemplateProblem) -> Template.Operand {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Template.maximumDepth else {
      throw failure("the template is nested deeper than \(Template.maximumDepth)")
    }
    var left = try conjunction()
    while takeWord(["||", "or"]) { left = .or(left, try conjunction()) }
    return left
  }

  private mutating func conjunction() throws(TemplateProblem) -> Template.Operand {
    var left = try comparison()
    while takeWord(["&&", "and"]) { left = .and(left, try comparison()) }
    return left
  }

  private mutating func comparison() throws(TemplateProblem) -> Template.Operand {
    let left = try single()
    for symbol in ["==", "!=", "<=", ">=", "<", ">"] where takeWord([symbol]) {
      return .comparison(symbol, left, try single())
    }
    return left
  }

  private mutating func takeWord(_ words: [String]) -> Bool {
    skipSpace()
    for word in words where text[position...].starts(with: word.unicodeScalars) {
      let end = position + word.unicodeScalars.count
      if let first = word.unicodeScalars.first, Self.startsName(first), end < text.count, Self.startsName(text[end]) {
        continue
      }
      position = end
      return true
    }
    return false
  }

  private mutating func single() throws(TemplateProblem) -> Template.Operand {
    skipSpace()
    guard let scalar = peek() else { throw failure("the template ends too early") }
    switch scalar {
    case "(":
      position += 1
      let inner = try operand()
      try expect(")")
      return inner
    case "!":
      position += 1
      depth += 1
      defer { depth -= 1 }
      guard depth <= Template.maximumDepth else {
        throw failure("the template is nested deeper than \(Template.maximumDepth)")
      }
      return .not(try single())
    case "$":
      guard let reference = try reference() else { throw failure("expected a name after $") }
      return .reference(reference)
    case "\"", "'": return try quoted(scalar)
    case "-", "0"..."9":
      let start = position
      position += 1
      while let next = peek(), ("0"..."9").contains(next) || next == "." { position += 1 }
      return .literal(.number(slice(start, position)))
    default:
      for (word, value) in [("true", JSONValue.bool(true)), ("false", .bool(false)), ("null", .null)]
      where takeWord([word]) {
        return .literal(value)
      }
      throw failure("unexpected '\(scalar)'")
    }
  }

  /// In single quotes a text stands for itself, in double quotes references are replaced.
  private mutating func quoted(_ quote: Unicode.Scalar) throws(TemplateProblem) -> Template.Operand {
    let start = position
    position += 1
    while let scalar = peek(), scalar != quote { position += scalar == "\\" && peek(1) == quote ? 2 : 1 }
    guard peek() == quote else { throw failure("text without a closing \(quote)", at: start) }
    let content = slice(start + 1, position)
    position += 1
    guard quote == "\"" else { return .literal(.string(content)) }
    var inner = TemplateParser(content)
    inner.depth = depth
    let nodes = try inner.document()
    references += inner.references
    return .interpolated(nodes)
  }
}
