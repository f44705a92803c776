import Core
import HTTPMessages

/// Fills a template in. Nothing in it can loop, and what it writes is bounded, so that no template hangs the runner.
struct TemplateRendering {
  static let maximumOutput = 1 << 20

  /// What stands behind the names, in lower case: `input`, `credentials`, `authresponse`, `rawresult`, …
  private var values: [String: JSONValue]

  init(_ values: [String: JSONValue]) {
    self.values = values
  }

  mutating func render(_ template: Template) throws(FlowFault) -> String {
    try render(template.nodes)
  }

  private mutating func render(_ nodes: [Template.Node]) throws(FlowFault) -> String {
    var output = ""
    for node in nodes {
      switch node {
      case .text(let text): output += text
      case .reference(let reference):
        output += try value(of: reference).map(\.templateText) ?? (reference.isQuiet ? "" : reference.source)
      case .set(let name, let operand): values[name] = try value(of: operand)
      case .branch(let branches, let otherwise):
        var chosen = otherwise
        for branch in branches where try value(of: branch.condition).isTrueInTemplate {
          chosen = branch.body
          break
        }
        output += try render(chosen)
      }
      guard output.utf8.count <= Self.maximumOutput else { throw FlowFault("the template writes more than 1 MiB") }
    }
    return output
  }

  private mutating func value(of operand: Template.Operand) throws(FlowFault) -> JSONValue? {
    switch operand {
    case .literal(let value): return value
    case .interpolated(let nodes): return .string(try render(nodes))
    case .reference(let reference): return try value(of: reference)
    case .not(let inner): return .bool(try !value(of: inner).isTrueInTemplate)
    case .and(let left, let right):
      guard try value(of: left).isTrueInTemplate else { return .bool(false) }
      return .bool(try value(of: right).isTrueInTemplate)
    case .or(let left, let right):
      if try value(of: left).isTrueInTemplate { return .bool(true) }
      return .bool(try value(of: right).isTrueInTemplate)
    case .comparison(let symbol, let left, let right):
      return .bool(Self.compare(symbol, try value(of: left) ?? .null, try value(of: right) ?? .null))
    }
  }

  private static func compare(_ symbol: String, _ left: JSONValue, _ right: JSONValue) -> Bool {
    switch symbol {
    case "==": return left.templateText == right.templateText && left.isNull == right.isNull
    case "!=": return !(left.templateText == right.templateText && left.isNull == right.isNull)
    default: break
    }
    guard let one = Double(left.templateText), let other = Double(right.templateText) else { return false }
    return switch symbol {
    case "<": one < other
    case "<=": one <= other
    case ">": one > other
    default: one >= other
    }
  }

  private mutating func value(of reference: Template.Reference) throws(FlowFault) -> JSONValue? {
    let root = reference.root.lowercased()
    if let tool = TemplateTool(rawValue: root), values[root] == nil {
      guard let first = reference.steps.first else { return nil }
      let result: JSONValue?
      switch first {
      case .property(let name): result = try tool.call(name, [])
      case .method(let name, let operands): result = try tool.call(name, try arguments(operands))
      case .index: result = nil
      }
      return try follow(reference.steps.dropFirst(), from: result)
    }
    return try follow(reference.steps[...], from: values[root])
  }

  private mutating func arguments(_ operands: [Template.Operand]) throws(FlowFault) -> [JSONValue] {
    var arguments: [JSONValue] = []
    for operand in operands { arguments.append(try value(of: operand) ?? .null) }
    return arguments
  }

  private mutating func follow(
    _ steps: ArraySlice<Template.Reference.Step>, from start: JSONValue?
  ) throws(FlowFault) -> JSONValue? {
    var current = start
    for step in steps {
      guard let value = current, !value.isNull else { return nil }
      switch step {
      case .property(let name): current = value.member(name)
      case .method(let name, let operands): current = try value.call(name, try arguments(operands))
      case .index(let operand):
        let index = try self.value(of: operand) ?? .null
        current = index.integer.flatMap { value[Int($0)] } ?? index.string.flatMap { value.member($0) }
      }
    }
    return current == .some(.null) ? .none : current
  }
}

extension JSONValue {
  /// A text without its quotes; anything else as JSON.
  var templateText: String {
    switch self {
    case .string(let text): text
    case .null: ""
    default: text
    }
  }

  /// A member by its name; where no member has exactly that name, without regard to case.
  fileprivate func member(_ name: String) -> JSONValue? {
    self[name] ?? members?.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// The methods of Java's `String` and `List` that data actions use.
  fileprivate func call(_ method: String, _ arguments: [JSONValue]) throws(FlowFault) -> JSONValue? {
    let words = arguments.map(\.templateText)
    switch (method, arguments.count) {
    case ("size", 0): return .integer(array?.count ?? members?.count ?? 0)
    case ("get", 1): return arguments[0].integer.flatMap { self[Int($0)] } ?? member(words[0])
    case ("isEmpty", 0): return .bool(array?.isEmpty ?? members?.isEmpty ?? templateText.isEmpty)
    case ("toString", 0): return .string(templateText)
    case ("length", 0): return .integer(templateText.count)
    case ("trim", 0): return .string(templateText.trimmed)
    case ("toLowerCase", 0): return .string(templateText.lowercased())
    case ("toUpperCase", 0): return .string(templateText.uppercased())
    case ("replace", 2): return .string(templateText.replacing(words[0], by: words[1]))
    case ("concat", 1): return .string(templateText + words[0])
    case ("contains", 1):
      if let array { return .bool(array.contains(arguments[0])) }
      return .bool(templateText.offset(of: words[0], from: 0) != nil)
    case ("startsWith", 1): return .bool(templateText.hasPrefix(words[0]))
    case ("endsWith", 1): return .bool(templateText.hasSuffix(words[0]))
    case ("equals", 1): return .bool(templateText == words[0])
    case ("equalsIgnoreCase", 1): return .bool(templateText.lowercased() == words[0].lowercased())
    case ("indexOf", 1): return .integer(templateText.offset(of: words[0], from: 0) ?? -1)
    case ("substring", 1), ("substring", 2):
      let (start, end) = (
        arguments[0].integer ?? -1, arguments.count == 2 ? arguments[1].integer ?? -1 : Int64(templateText.count)
      )
      guard start >= 0, end >= start, end <= templateText.count else {
        throw FlowFault("substring(\(words.joined(separator: ", "))) lies outside the text")
      }
      return .string(String(templateText.dropFirst(Int(start)).prefix(Int(end - start))))
    default: throw FlowFault("method \(method) with \(arguments.count) arguments is not known to the runner")
    }
  }

  static let templateMethods: Set<String> = [
    "size", "get", "isEmpty", "toString", "length", "trim", "toLowerCase", "toUpperCase", "replace", "concat",
    "contains", "startsWith", "endsWith", "equals", "equalsIgnoreCase", "indexOf", "substring",
  ]
}

extension JSONValue? {
  /// Velocity: missing and false are false, everything else is true.
  fileprivate var isTrueInTemplate: Bool {
    switch self {
    case nil, .null, .bool(false): false
    default: true
    }
  }
}
