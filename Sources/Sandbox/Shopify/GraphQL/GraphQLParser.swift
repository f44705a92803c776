import Core

/// Reads executable documents; `GraphQLSchema` reads type definitions with the same parts.
struct GraphQLParser {
  /// Selections and values nest at most so deep.
  static let depthLimit = 50

  private var lexer: GraphQLLexer
  private(set) var token: GraphQLLexer.Token
  private(set) var location: GraphQLLocation
  private var depth = 0

  init(_ text: String) throws(GraphQLError) {
    lexer = GraphQLLexer(text)
    (token, location) = try lexer.token()
  }

  static func document(_ text: String) throws(GraphQLError) -> GraphQLDocument {
    var parser = try GraphQLParser(text)
    var document = GraphQLDocument()
    guard parser.token != .end else { throw GraphQLError(message: "Unexpected end of document") }
    while parser.token != .end {
      if parser.token == .name("fragment") {
        let fragment = try parser.fragment()
        document.fragments[fragment.name] = fragment
      } else {
        document.operations.append(try parser.operation())
      }
    }
    return document
  }

  // MARK: - Parts that schemas share

  mutating func advance() throws(GraphQLError) { (token, location) = try lexer.token() }

  func unexpected() -> GraphQLError {
    let place = token == .end ? "" : " at [\(location.line), \(location.column)]"
    return GraphQLError(message: "syntax error, unexpected \(token.shown)\(place)", locations: [location])
  }

  mutating func take(_ punctuator: String) throws(GraphQLError) -> Bool {
    guard token == .punctuator(punctuator) else { return false }
    try advance()
    return true
  }

  mutating func expect(_ punctuator: String) throws(GraphQLError) {
    guard try take(punctuator) else { throw unexpected() }
  }

  mutating func name() throws(GraphQLError) -> String {
    guard case .name(let name) = token else { throw unexpected() }
    try advance()
    return name
  }

  mutating func type() throws(GraphQLError) -> GraphQLType {
    var type: GraphQLType
    if try take("[") {
      type = .list(try self.type())
      try expect("]")
    } else {
      type = .named(try name())
    }
    return try take("!") ? .nonNull(type) : type
  }

  mutating func value() throws(GraphQLError) -> GraphQLValue {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else {
      throw GraphQLError(message: "The value is nested too deeply", locations: [location])
    }
    switch token {
    case .punctuator("$"):
      try advance()
      return .variable(try name())
    case .int(let digits), .float(let digits):
      try advance()
      return .constant(.number(digits))
    case .string(let text):
      try advance()
      return .constant(.string(text))
    case .name(let word):
      try advance()
      switch word {
      case "true", "false": return .constant(.bool(word == "true"))
      case "null": return .constant(.null)
      default: return .enumeration(word)
      }
    case .punctuator("["):
      try advance()
      var items: [GraphQLValue] = []
      while !(try take("]")) { items.append(try value()) }
      return .list(items)
    case .punctuator("{"):
      try advance()
      var members: [String: GraphQLValue] = [:]
      while !(try take("}")) {
        let name = try name()
        try expect(":")
        members[name] = try value()
      }
      return .object(members)
    default: throw unexpected()
    }
  }

  // MARK: - Documents

  private mutating func operation() throws(GraphQLError) -> GraphQLOperation {
    let start = location
    guard case .name(let word) = token else {
      return .init(kind: .query, name: nil, variables: [], selections: try selections(), location: start)
    }
    guard let kind = GraphQLOperation.Kind(rawValue: word) else { throw unexpected() }
    try advance()
    var name: String?
    if case .name(let given) = token {
      name = given
      try advance()
    }
    var variables: [GraphQLVariable] = []
    if try take("(") {
      repeat { variables.append(try variable()) } while token == .punctuator("$")
      try expect(")")
    }
    _ = try directives()
    return .init(kind: kind, name: name, variables: variables, selections: try selections(), location: start)
  }

  private mutating func variable() throws(GraphQLError) -> GraphQLVariable {
    let start = location
    try expect("$")
    let name = try name()
    try expect(":")
    let type = try type()
    return .init(name: name, type: type, defaultValue: try take("=") ? try value() : nil, location: start)
  }

  private mutating func fragment() throws(GraphQLError) -> GraphQLFragment {
    let start = location
    try advance()
    let name = try name()
    guard name != "on", token == .name("on") else { throw unexpected() }
    try advance()
    let type = try self.name()
    _ = try directives()
    return .init(name: name, type: type, selections: try selections(), location: start)
  }

  private mutating func selections() throws(GraphQLError) -> [GraphQLSelection] {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else {
      throw GraphQLError(message: "The query is nested too deeply", locations: [location])
    }
    try expect("{")
    var selections: [GraphQLSelection] = []
    repeat { selections.append(try selection()) } while token != .punctuator("}") && token != .end
    try expect("}")
    return selections
  }

  private mutating func selection() throws(GraphQLError) -> GraphQLSelection {
    let start = location
    guard try take("...") else { return .field(try field()) }
    if case .name(let name) = token, name != "on" {
      try advance()
      return .spread(name: name, directives: try directives(), location: start)
    }
    var type: String?
    if token == .name("on") {
      try advance()
      type = try name()
    }
    return .inline(type: type, directives: try directives(), selections: try selections(), location: start)
  }

  private mutating func field() throws(GraphQLError) -> GraphQLField {
    let start = location
    let first = try name()
    let second = try take(":") ? try name() : nil
    let arguments = try arguments()
    let directives = try directives()
    return .init(
      alias: second == nil ? nil : first, name: second ?? first, arguments: arguments, directives: directives,
      selections: token == .punctuator("{") ? try selections() : [], location: start)
  }

  private mutating func arguments() throws(GraphQLError) -> [(name: String, value: GraphQLValue)] {
    guard try take("(") else { return [] }
    var arguments: [(name: String, value: GraphQLValue)] = []
    repeat {
      let name = try name()
      try expect(":")
      arguments.append((name, try value()))
    } while token != .punctuator(")") && token != .end
    try expect(")")
    return arguments
  }

  private mutating func directives() throws(GraphQLError) -> [GraphQLDirective] {
    var directives: [GraphQLDirective] = []
    while token == .punctuator("@") {
      let start = location
      try advance()
      let name = try name()
      let arguments = Dictionary(try arguments().map { ($0.name, $0.value) }) { first, _ in first }
      directives.append(.init(name: name, arguments: arguments, location: start))
    }
    return directives
  }
}
