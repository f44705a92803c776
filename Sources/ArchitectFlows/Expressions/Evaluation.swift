import Core
import FoundationEssentials

/// One evaluation of one expression. It remembers whether a secure variable was read, so that what came of it is not
/// printed.
struct Evaluation {
  let variables: Variables
  let time: any TimeSource
  private(set) var touchedSecret = false

  /// Texts and lists larger than this are a mistake of the flow, not data.
  static let maximumLength = 1 << 18

  init(variables: Variables, time: any TimeSource) {
    self.variables = variables
    self.time = time
  }

  mutating func value(of node: Expression.Node) throws(FlowFault) -> FlowValue {
    switch node {
    case .literal(let value): return value
    case .variable(let key):
      if variables.isSecure(key) { touchedSecret = true }
      return variables[key]
    case .property(let owner, let name): return try value(of: owner).property(name)
    case .item(let owner, let index): return try value(of: owner).item(try value(of: index))
    case .not(let operand): return .boolean(try !truth(of: operand))
    case .negative(let operand):
      let number = try value(of: operand)
      if case .integer(let whole) = number { return .integer(-whole) }
      if case .duration(let duration) = number { return .duration(.zero - duration) }
      return .decimal(-(try number.number(for: "'-'")))
    case .and(let left, let right):
      guard try truth(of: left) else { return .boolean(false) }
      return .boolean(try truth(of: right))
    case .or(let left, let right):
      if try truth(of: left) { return .boolean(true) }
      return .boolean(try truth(of: right))
    case .binary(let operation, let left, let right):
      return try operation.apply(try value(of: left), try value(of: right))
    case .choice(let condition, let yes, let no):
      return try truth(of: condition) ? try value(of: yes) : try value(of: no)
    case .call(let function, let arguments): return try call(function, arguments)
    }
  }

  mutating func truth(of node: Expression.Node) throws(FlowFault) -> Bool {
    let value = try value(of: node).converted(to: .boolean)
    guard case .boolean(let flag) = value else { throw FlowFault("a condition is NOT_SET") }
    return flag
  }

  private mutating func call(_ function: FlowFunction, _ nodes: [Expression.Node]) throws(FlowFault) -> FlowValue {
    var arguments: [FlowValue] = []
    for (index, node) in nodes.enumerated() {
      let argument = try value(of: node)
      guard argument.isSet || function.toleratesNotSet else {
        throw FlowFault("function \(function.name): argument \(index + 1) is NOT_SET")
      }
      arguments.append(argument)
    }
    let result = try function.body(arguments, time)
    guard result.length <= Self.maximumLength else {
      throw FlowFault("function \(function.name): the result is longer than \(Self.maximumLength)")
    }
    return result
  }
}

extension FlowValue {
  fileprivate var length: Int {
    switch self {
    case .string(let text), .audio(let text): text.utf8.count
    case .list(let items): items.count
    default: 0
    }
  }

  func number(for user: String) throws(FlowFault) -> Decimal {
    switch self {
    case .integer(let number): return Decimal(number)
    case .decimal(let number): return number
    case .json(.number(let digits)):
      if let number = Decimal(string: digits) { return number }
    case .notSet, .json(.null): throw FlowFault("\(user): a value is NOT_SET")
    default: break
    }
    throw FlowFault("\(user): \(type.withArticle) is no number")
  }

  static let phoneNumberProperties = ["e164", "dialingCode", "countryCode", "extension", "userInput"]

  fileprivate func property(_ name: String) throws(FlowFault) -> FlowValue {
    switch self {
    case .notSet: throw FlowFault("property \"\(name)\" of NOT_SET")
    case .json(let json):
      guard json.members != nil else { throw FlowFault("property \"\(name)\" of JSON that is no object") }
      return json[name].map { $0.isNull ? .notSet : .json($0) } ?? .notSet
    case .phoneNumber(let number):
      switch name.lowercased() {
      case "e164": return number.hasPrefix("+") ? .string(number) : .notSet
      case "userinput": return .string(number)
      default: return .notSet
      }
    case .resource(_, let text): return .string(text)
    default: throw FlowFault("\(type.withArticle) has no property \"\(name)\"")
    }
  }

  fileprivate func item(_ index: FlowValue) throws(FlowFault) -> FlowValue {
    if case .json(let json) = self, case .string(let name) = index {
      return json[name].map { $0.isNull ? .notSet : .json($0) } ?? .notSet
    }
    guard case .integer(let position) = try index.converted(to: .integer) else {
      throw FlowFault("an index is NOT_SET")
    }
    let items = try list(for: "an index")
    guard position >= 0, position < items.count else {
      throw FlowFault("index \(position) is outside a list of \(items.count)")
    }
    return items[Int(position)]
  }

  func list(for user: String) throws(FlowFault) -> [FlowValue] {
    switch self {
    case .list(let items): return items
    case .json(.array(let items)): return items.map(FlowValue.json)
    case .notSet: throw FlowFault("\(user): the list is NOT_SET")
    default: throw FlowFault("\(user): \(type.withArticle) is no list")
    }
  }
}

extension BinaryOperator {
  func apply(_ left: FlowValue, _ right: FlowValue) throws(FlowFault) -> FlowValue {
    switch self {
    case .equal: return .boolean(try left.isEqual(to: right))
    case .notEqual: return .boolean(try !left.isEqual(to: right))
    default: break
    }
    guard left.isSet, right.isSet else {
      throw FlowFault("'\(rawValue)' was given NOT_SET (Append and If(IsSet(…)) allow it)")
    }
    switch self {
    case .less: return .boolean(try left.order(right, for: rawValue) < 0)
    case .lessOrEqual: return .boolean(try left.order(right, for: rawValue) <= 0)
    case .greater: return .boolean(try left.order(right, for: rawValue) > 0)
    case .greaterOrEqual: return .boolean(try left.order(right, for: rawValue) >= 0)
    case .add: return try sum(left, right)
    case .subtract: return try difference(left, right)
    default: return try product(left, right)
    }
  }

  private func sum(_ left: FlowValue, _ right: FlowValue) throws(FlowFault) -> FlowValue {
    switch (left, right) {
    case (.audio, _), (_, .audio): return .audio(left.text + " " + right.text)
    case (.string, _), (_, .string), (.json(.string), _), (_, .json(.string)):
      let text = left.text + right.text
      guard text.utf8.count <= Evaluation.maximumLength else { throw FlowFault("'+': the text is too long") }
      return .string(text)
    case (.dateTime(let time), .duration(let duration)), (.duration(let duration), .dateTime(let time)):
      return .dateTime(time + duration)
    case (.duration(let one), .duration(let other)): return .duration(one + other)
    case (.integer(let one), .integer(let other)):
      let (sum, overflow) = one.addingReportingOverflow(other)
      guard !overflow else { throw FlowFault("'+': the number is too large") }
      return .integer(sum)
    default: return .decimal(try left.number(for: "'+'") + right.number(for: "'+'"))
    }
  }

  private func difference(_ left: FlowValue, _ right: FlowValue) throws(FlowFault) -> FlowValue {
    switch (left, right) {
    case (.dateTime(let later), .dateTime(let earlier)): return .duration(later - earlier)
    case (.dateTime(let time), .duration(let duration)): return .dateTime(time - duration)
    case (.duration(let one), .duration(let other)): return .duration(one - other)
    case (.integer(let one), .integer(let other)):
      let (difference, overflow) = one.subtractingReportingOverflow(other)
      guard !overflow else { throw FlowFault("'-': the number is too large") }
      return .integer(difference)
    default: return .decimal(try left.number(for: "'-'") - right.number(for: "'-'"))
    }
  }

  private func product(_ left: FlowValue, _ right: FlowValue) throws(FlowFault) -> FlowValue {
    let (one, other) = (try left.number(for: "'\(rawValue)'"), try right.number(for: "'\(rawValue)'"))
    let bothWhole = if case (.integer, .integer) = (left, right) { true } else { false }
    switch self {
    case .divide:
      guard other != 0 else { throw FlowFault("'/': division by zero") }
      return .decimal(one / other)
    case .remainder:
      guard let dividend = Int64(exactly: one), let divisor = Int64(exactly: other), divisor != 0 else {
        throw FlowFault("'%': needs whole numbers and no zero")
      }
      return .integer(divisor == -1 ? 0 : dividend % divisor)
    case .power:
      guard let exponent = Int64(exactly: other), (0...64).contains(exponent) else {
        throw FlowFault("'^': the exponent must be between 0 and 64")
      }
      return try Self.whole((0..<exponent).reduce(Decimal(1)) { power, _ in power * one }, if: bothWhole)
    default: return try Self.whole(one * other, if: bothWhole)
    }
  }

  private static func whole(_ number: Decimal, if isWhole: Bool) throws(FlowFault) -> FlowValue {
    guard isWhole else { return .decimal(number) }
    guard let integer = Int64(exactly: number) else { throw FlowFault("the number is too large") }
    return .integer(integer)
  }
}

extension FlowValue {
  func isEqual(to other: FlowValue) throws(FlowFault) -> Bool {
    let (left, right) = (normalized, other.normalized)
    switch (left, right) {
    case (.notSet, _), (_, .notSet): return left == right
    case (.integer, .decimal), (.decimal, .integer), (.integer, .integer), (.decimal, .decimal):
      return try left.number(for: "'=='") == right.number(for: "'=='")
    case (.list(let one), .list(let two)):
      guard one.count == two.count else { return false }
      for (a, b) in zip(one, two) where try !a.isEqual(to: b) { return false }
      return true
    case _ where left.type == right.type: return left == right
    default: return left.text == right.text
    }
  }

  /// JSON texts, numbers and truth values as the values they stand for.
  private var normalized: FlowValue {
    switch self {
    case .json(.null): .notSet
    case .json(.string(let text)): .string(text)
    case .json(.bool(let flag)): .boolean(flag)
    case .json(.number(let digits)):
      Int64(digits).map(FlowValue.integer) ?? Decimal(string: digits).map(FlowValue.decimal) ?? self
    default: self
    }
  }

  /// Below zero, zero or above, as the left comes before, with or after the right.
  fileprivate func order(_ other: FlowValue, for symbol: String) throws(FlowFault) -> Int {
    switch (normalized, other.normalized) {
    case (.string(let left), .string(let right)): return left < right ? -1 : left == right ? 0 : 1
    case (.dateTime(let left), .dateTime(let right)): return left < right ? -1 : left == right ? 0 : 1
    case (.duration(let left), .duration(let right)): return left < right ? -1 : left == right ? 0 : 1
    case (let left, let right):
      let (one, two) = (try left.number(for: "'\(symbol)'"), try right.number(for: "'\(symbol)'"))
      return one < two ? -1 : one == two ? 0 : 1
    }
  }
}
