import Core

/// The types that a query is checked against, read from schema definition language.
struct GraphQLSchema: Sendable {
  struct Argument: Sendable, Hashable {
    let type: GraphQLType
    let defaultValue: GraphQLValue?

    var isRequired: Bool { if case .nonNull = type { defaultValue == nil } else { false } }
  }

  struct Field: Sendable, Hashable {
    let type: GraphQLType
    let arguments: [String: Argument]
  }

  /// An object or an interface.
  struct Composite: Sendable, Hashable {
    let name: String
    let isInterface: Bool
    let fields: [String: Field]
    let interfaces: Set<String>
  }

  private(set) var composites: [String: Composite] = [:]
  /// The fields of input objects.
  private(set) var inputs: [String: [String: Argument]] = [:]
  private(set) var enumerations: [String: Set<String>] = [:]

  /// - Throws: `GraphQLError` for a text that is not made of `type`, `interface`, `input`, `enum` and `scalar` definitions.
  init(_ text: String) throws(GraphQLError) {
    var parser = try GraphQLParser(text)
    while parser.token != .end {
      let keyword = try parser.name()
      let name = try parser.name()
      switch keyword {
      case "scalar": break
      case "enum":
        try parser.expect("{")
        var values: Set<String> = []
        while !(try parser.take("}")) { values.insert(try parser.name()) }
        enumerations[name] = values
      case "type", "interface":
        composites[name] = try Self.composite(name, isInterface: keyword == "interface", &parser)
      case "input":
        try parser.expect("{")
        inputs[name] = try Self.arguments(until: "}", &parser)
      default: throw parser.unexpected()
      }
    }
  }

  func field(_ name: String, of type: String) -> Field? {
    if name == "__typename" { return Field(type: .nonNull(.named("String")), arguments: [:]) }
    return composites[type]?.fields[name]
  }

  /// Whether something of the type `object` may be selected as `condition`.
  func matches(_ object: String, condition: String) -> Bool {
    object == condition || composites[object]?.interfaces.contains(condition) == true
  }

  /// The same before some types came: without them and without the fields that answer them.
  func without(typesThatBeginWith prefix: String) -> GraphQLSchema {
    var earlier = self
    earlier.composites = composites.filter { !$0.key.hasPrefix(prefix) }.mapValues { type in
      Composite(
        name: type.name, isInterface: type.isInterface,
        fields: type.fields.filter { !$0.value.type.base.hasPrefix(prefix) },
        interfaces: type.interfaces)
    }
    return earlier
  }

  private static func composite(
    _ name: String, isInterface: Bool, _ parser: inout GraphQLParser
  ) throws(GraphQLError) -> Composite {
    var interfaces: Set<String> = []
    if parser.token == .name("implements") {
      try parser.advance()
      repeat { interfaces.insert(try parser.name()) } while try parser.take("&")
    }
    try parser.expect("{")
    var fields: [String: Field] = [:]
    while !(try parser.take("}")) {
      let field = try parser.name()
      var arguments: [String: Argument] = [:]
      if try parser.take("(") { arguments = try Self.arguments(until: ")", &parser) }
      try parser.expect(":")
      fields[field] = Field(type: try parser.type(), arguments: arguments)
    }
    return Composite(name: name, isInterface: isInterface, fields: fields, interfaces: interfaces)
  }

  private static func arguments(
    until end: String, _ parser: inout GraphQLParser
  ) throws(GraphQLError) -> [String: Argument] {
    var arguments: [String: Argument] = [:]
    while !(try parser.take(end)) {
      let name = try parser.name()
      try parser.expect(":")
      let type = try parser.type()
      arguments[name] = Argument(type: type, defaultValue: try parser.take("=") ? try parser.value() : nil)
    }
    return arguments
  }
}
