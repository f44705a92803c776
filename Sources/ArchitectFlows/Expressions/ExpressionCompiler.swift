import Core
import FoundationEssentials

/// Reads an expression and checks it against a scope in one pass. A syntax error ends it; everything else (an unknown
/// name, a wrong count, a type) is collected, so that one run shows all of them.
struct ExpressionCompiler {
  private struct Operand {
    let node: Expression.Node
    let type: FlowType
    let offset: Int
  }

  private static let maximumDepth = 64

  private let scope: Scope
  private let tokens: [ExpressionToken]
  private var position = 0
  private var depth = 0
  private var problems: [ExpressionProblem] = []

  private init(tokens: [ExpressionToken], scope: Scope) {
    self.tokens = tokens
    self.scope = scope
  }

  /// - Returns: nil with at least one problem, or an expression with none.
  static func compile(_ source: String, in scope: Scope) -> (expression: Expression?, problems: [ExpressionProblem]) {
    do throws(ExpressionProblem) {
      var compiler = ExpressionCompiler(tokens: try ExpressionLexer.tokens(of: source), scope: scope)
      guard compiler.current.kind != .end else {
        throw ExpressionProblem(offset: 0, message: "the expression is empty")
      }
      let operand = try compiler.disjunction()
      guard compiler.current.kind == .end else { throw compiler.unexpected() }
      guard compiler.problems.isEmpty else { return (nil, compiler.problems) }
      return (Expression(root: operand.node, type: operand.type, source: source), [])
    } catch {
      return (nil, [error])
    }
  }

  // MARK: - Tokens

  private var current: ExpressionToken { tokens[position] }

  private mutating func take(_ symbol: String) -> Bool {
    guard current.kind == .symbol(symbol) else { return false }
    position += 1
    return true
  }

  private mutating func takeWord(_ word: String) -> Bool {
    guard case .name(let name) = current.kind, name.lowercased() == word else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ symbol: String) throws(ExpressionProblem) {
    guard take(symbol) else { throw unexpected(wanted: "'\(symbol)'") }
  }

  private func unexpected(wanted: String? = nil) -> ExpressionProblem {
    let found =
      switch current.kind {
      case .end: "the expression ends too early"
      case .symbol(let symbol): "unexpected '\(symbol)'"
      case .name(let name): "unexpected '\(name)'"
      case .string: "unexpected text"
      case .integer, .decimal: "unexpected number"
      }
    return ExpressionProblem(offset: current.offset, message: wanted.map { "\(found); expected \($0)" } ?? found)
  }

  private mutating func report(_ message: String, at offset: Int) {
    problems.append(ExpressionProblem(offset: offset, message: message))
  }

  // MARK: - Operators, from the loosest to the tightest

  private mutating func disjunction() throws(ExpressionProblem) -> Operand {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else {
      throw ExpressionProblem(offset: current.offset, message: "the expression is nested too deeply")
    }
    var left = try conjunction()
    while takeWord("or") {
      let right = try conjunction()
      require(.boolean, left, of: "'or'")
      require(.boolean, right, of: "'or'")
      left = Operand(node: .or(left.node, right.node), type: .boolean, offset: left.offset)
    }
    return left
  }

  private mutating func conjunction() throws(ExpressionProblem) -> Operand {
    var left = try binary(minimum: 3)
    while takeWord("and") {
      let right = try binary(minimum: 3)
      require(.boolean, left, of: "'and'")
      require(.boolean, right, of: "'and'")
      left = Operand(node: .and(left.node, right.node), type: .boolean, offset: left.offset)
    }
    return left
  }

  private mutating func require(_ type: FlowType, _ operand: Operand, of user: String) {
    guard !type.accepts(operand.type) else { return }
    report("\(user) needs \(type.withArticle), not \(operand.type.withArticle)", at: operand.offset)
  }

  private mutating func binary(minimum: Int) throws(ExpressionProblem) -> Operand {
    var left = try unary()
    while case .symbol(let symbol) = current.kind, let operation = BinaryOperator(rawValue: symbol),
      operation.precedence >= minimum
    {
      let offset = current.offset
      position += 1
      let right = try binary(minimum: operation.precedence + 1)
      let type = resultType(operation, left, right, at: offset)
      left = Operand(node: .binary(operation, left.node, right.node), type: type, offset: left.offset)
    }
    return left
  }

  private mutating func resultType(
    _ operation: BinaryOperator, _ left: Operand, _ right: Operand, at offset: Int
  ) -> FlowType {
    if let type = operation.resultType(left.type, right.type) { return type }
    report(
      "'\(operation.rawValue)' cannot be used between \(left.type.withArticle) and \(right.type.withArticle)",
      at: offset)
    return .any
  }

  private mutating func unary() throws(ExpressionProblem) -> Operand {
    let start = current.offset
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth * 2 else {
      throw ExpressionProblem(offset: start, message: "the expression is nested too deeply")
    }
    if take("!") || takeWord("not") {
      let operand = try unary()
      require(.boolean, operand, of: "'not'")
      return Operand(node: .not(operand.node), type: .boolean, offset: start)
    }
    if take("-") {
      let operand = try unary()
      let isNumber = [.integer, .decimal, .duration, .any, .json].contains(operand.type)
      if !isNumber { report("'-' needs a number, not \(operand.type.withArticle)", at: operand.offset) }
      return Operand(node: .negative(operand.node), type: operand.type, offset: start)
    }
    return try postfix()
  }

  // MARK: - Values

  private mutating func postfix() throws(ExpressionProblem) -> Operand {
    var operand = try primary()
    while true {
      if take("[") {
        let index = try disjunction()
        try expect("]")
        operand = item(of: operand, at: index)
      } else if take(".") {
        guard case .name(let name) = current.kind else { throw unexpected(wanted: "the name of a property") }
        let offset = current.offset
        position += 1
        operand = property(name, of: operand, at: offset)
      } else {
        return operand
      }
    }
  }

  private mutating func item(of operand: Operand, at index: Operand) -> Operand {
    let type: FlowType
    switch operand.type {
    case .collection(let item):
      require(.integer, index, of: "an index")
      type = item
    case .json: type = .json
    case .any: type = .any
    default:
      report("\(operand.type.withArticle) has no items", at: operand.offset)
      type = .any
    }
    return Operand(node: .item(operand.node, index: index.node), type: type, offset: operand.offset)
  }

  private mutating func property(_ name: String, of operand: Operand, at offset: Int) -> Operand {
    let type: FlowType
    switch operand.type {
    case .json: type = .json
    case .any, .resource("externalContact"), .resource("user"), .resource("agentScorePair"): type = .any
    case .phoneNumber:
      type = .string
      reportUnknownProperty(name, of: operand.type, known: FlowValue.phoneNumberProperties, at: offset)
    case .resource:
      type = .string
      reportUnknownProperty(name, of: operand.type, known: ["id", "name"], at: offset)
    default:
      report("\(operand.type.withArticle) has no property \"\(name)\"", at: offset)
      type = .any
    }
    return Operand(node: .property(operand.node, name), type: type, offset: operand.offset)
  }

  private mutating func reportUnknownProperty(_ name: String, of type: FlowType, known: [String], at offset: Int) {
    guard !known.contains(where: { $0.lowercased() == name.lowercased() }) else { return }
    report("\(type.withArticle) has no property \"\(name)\".\(nearestNameHint(for: name, among: known))", at: offset)
  }

  private mutating func primary() throws(ExpressionProblem) -> Operand {
    let token = current
    switch token.kind {
    case .string(let text):
      position += 1
      return Operand(node: .literal(.string(text)), type: .string, offset: token.offset)
    case .integer(let number):
      position += 1
      return Operand(node: .literal(.integer(number)), type: .integer, offset: token.offset)
    case .decimal(let number):
      position += 1
      return Operand(node: .literal(.decimal(number)), type: .decimal, offset: token.offset)
    case .symbol("("):
      position += 1
      let operand = try disjunction()
      try expect(")")
      return operand
    case .name(let name):
      position += 1
      return try named(name, at: token.offset)
    default: throw unexpected(wanted: "a value")
    }
  }

  private mutating func named(_ name: String, at offset: Int) throws(ExpressionProblem) -> Operand {
    switch name.lowercased() {
    case "true": return Operand(node: .literal(.boolean(true)), type: .boolean, offset: offset)
    case "false": return Operand(node: .literal(.boolean(false)), type: .boolean, offset: offset)
    case "not_set": return Operand(node: .literal(.notSet), type: .notSet, offset: offset)
    case "and", "or":
      throw ExpressionProblem(offset: offset, message: "unexpected '\(name)'; expected a value")
    default: break
    }
    return take("(") ? try call(name, at: offset) : variable(startingWith: name, at: offset)
  }

  /// The longest declared name is the variable; what follows it are properties.
  private mutating func variable(startingWith first: String, at offset: Int) -> Operand {
    let start = position
    var spelling = first
    var best: (declaration: VariableDeclaration, next: Int)? = scope[first].map { ($0, position) }
    while current.kind == .symbol("."), case .name(let part) = tokens[position + 1].kind {
      position += 2
      spelling += "." + part
      if let declaration = scope[spelling] { best = (declaration, position) }
    }
    if let best {
      position = best.next
      return Operand(node: .variable(best.declaration.key), type: best.declaration.type, offset: offset)
    }
    if Self.wordRoots.contains(first.lowercased()), position > start {
      return Operand(node: .literal(.word(spelling)), type: .word, offset: offset)
    }
    let advice =
      position == start
      ? " A text needs double quotes; a variable has a scope, such as Flow.\(first)."
      : nearestNameHint(for: spelling, among: scope.names)
    report("variable \"\(spelling)\" is not declared.\(advice)", at: offset)
    return Operand(node: .literal(.notSet), type: .any, offset: offset)
  }

  /// The first words of constants such as `Format.Date.shortYear`.
  private static let wordRoots: Set<String> = ["format", "language"]

  private mutating func call(_ name: String, at offset: Int) throws(ExpressionProblem) -> Operand {
    var arguments: [Operand] = []
    if !take(")") {
      repeat { arguments.append(try disjunction()) } while take(",")
      try expect(")")
    }
    guard let function = FlowFunction.named(name) else {
      let hint = nearestNameHint(for: name, among: FlowFunction.names)
      report("function \"\(name)\" is not known to the runner (see docs/reference/flows.md).\(hint)", at: offset)
      return Operand(node: .literal(.notSet), type: .any, offset: offset)
    }
    guard function.takes(arguments.count) else {
      report("function \"\(name)\": \(function.expectedCount) expected, \(arguments.count) given.", at: offset)
      return Operand(node: .literal(.notSet), type: .any, offset: offset)
    }
    for (index, argument) in arguments.enumerated() {
      let wanted = function.parameter(index)
      guard !wanted.contains(where: { $0.accepts(argument.type) }) else { continue }
      let types = wanted.map(\.description).joined(separator: " or ")
      report("function \"\(name)\": argument \(index + 1) must be \(types), not \(argument.type).", at: argument.offset)
    }
    let type = function.result(arguments.map(\.type))
    let nodes = arguments.map(\.node)
    guard function.name != "If" else {
      return Operand(node: .choice(nodes[0], nodes[1], nodes[2]), type: type, offset: offset)
    }
    return Operand(node: .call(function, nodes), type: type, offset: offset)
  }
}

extension BinaryOperator {
  /// The type of the result, or nil when the operator does not join the two.
  func resultType(_ left: FlowType, _ right: FlowType) -> FlowType? {
    let isLoose = [left, right].contains { $0 == .any || $0 == .json }
    switch self {
    case .equal, .notEqual:
      return left.accepts(right) || right.accepts(left) ? .boolean : nil
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      if isLoose || (left.isNumber && right.isNumber) { return .boolean }
      return left == right && [.string, .dateTime, .duration].contains(left) ? .boolean : nil
    case .add: return sumType(left, right) ?? (isLoose ? .any : nil)
    case .subtract:
      if left == .dateTime, right == .dateTime { return .duration }
      if left == .dateTime, right == .duration { return .dateTime }
      if left == .duration, right == .duration { return .duration }
      return numberType(left, right) ?? (isLoose ? .any : nil)
    case .divide: return numberType(left, right) == nil ? (isLoose ? .any : nil) : .decimal
    case .multiply, .remainder, .power: return numberType(left, right) ?? (isLoose ? .any : nil)
    }
  }

  private func numberType(_ left: FlowType, _ right: FlowType) -> FlowType? {
    guard left.isNumber, right.isNumber else { return nil }
    return left == .integer && right == .integer ? .integer : .decimal
  }

  private func sumType(_ left: FlowType, _ right: FlowType) -> FlowType? {
    if left == .audio || right == .audio {
      return FlowType.audio.accepts(left) && FlowType.audio.accepts(right) ? .audio : nil
    }
    if left == .string || right == .string {
      return FlowType.string.accepts(left) && FlowType.string.accepts(right) ? .string : nil
    }
    if (left == .dateTime && right == .duration) || (left == .duration && right == .dateTime) { return .dateTime }
    if left == .duration, right == .duration { return .duration }
    return numberType(left, right)
  }
}

extension FlowType {
  fileprivate var isNumber: Bool { self == .integer || self == .decimal }
}
