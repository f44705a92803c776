import Core

/// Checks an operation against the schema before anything runs, and words what is wrong as Shopify (graphql-ruby) does.
struct GraphQLValidator {
  private let schema: GraphQLSchema
  private let document: GraphQLDocument
  private var errors: [GraphQLError] = []
  private var usedVariables: Set<String> = []
  private var usedFragments: Set<String> = []
  private var variables: [String: GraphQLVariable] = [:]
  private var label = ""

  static func errors(in operation: GraphQLOperation, of document: GraphQLDocument, schema: GraphQLSchema, root: String)
    -> [GraphQLError]
  {
    var validator = GraphQLValidator(schema: schema, document: document)
    return validator.check(operation, root: root)
  }

  private init(schema: GraphQLSchema, document: GraphQLDocument) {
    self.schema = schema
    self.document = document
  }

  private mutating func check(_ operation: GraphQLOperation, root: String) -> [GraphQLError] {
    label = operation.label
    variables = Dictionary(operation.variables.map { ($0.name, $0) }) { first, _ in first }
    check(operation.selections, on: root, path: [operation.label], within: [])
    for variable in operation.variables where !usedVariables.contains(variable.name) {
      report(
        "Variable $\(variable.name) is declared by \(operation.name ?? "anonymous query") but not used",
        variable.location,
        [label], "variableNotUsed", ["variableName": .string(variable.name)])
    }
    for fragment in document.fragments.values.sorted(by: { $0.name < $1.name })
    where !usedFragments.contains(fragment.name) {
      report(
        "Fragment \(fragment.name) was defined, but not used", fragment.location, ["fragment \(fragment.name)"],
        "useAndDefineFragment", ["fragmentName": .string(fragment.name)])
    }
    return errors
  }

  private mutating func report(
    _ message: String, _ location: GraphQLLocation, _ path: [String], _ code: String,
    _ extensions: KeyValuePairs<String, JSONValue>
  ) {
    errors.append(
      GraphQLError(
        message: message, locations: [location], path: path,
        extensions: [.init("code", .string(code))] + extensions.map { .init($0.key, $0.value) }))
  }

  private mutating func check(
    _ selections: [GraphQLSelection], on type: String, path: [String], within fragments: Set<String>
  ) {
    for selection in selections {
      switch selection {
      case .field(let field): check(field, on: type, path: path + [field.key], within: fragments)
      case .spread(let name, let directives, let location):
        check(directives, path)
        usedFragments.insert(name)
        guard let fragment = document.fragments[name] else {
          report(
            "Fragment \(name) was used, but not defined", location, path + ["... \(name)"], "useAndDefineFragment",
            ["fragmentName": .string(name)])
          continue
        }
        guard !fragments.contains(name) else {
          report(
            "Fragment \(name) contains an infinite loop", location, path, "infiniteLoop",
            ["fragmentName": .string(name)])
          continue
        }
        checkCondition(
          fragment.type, fragment.selections, at: fragment.location, path: ["fragment \(name)"],
          within: fragments.union([name]))
      case .inline(let condition, let directives, let selections, let location):
        check(directives, path)
        checkCondition(
          condition ?? type, selections, at: location, path: path + ["... on \(condition ?? type)"], within: fragments)
      }
    }
  }

  private mutating func checkCondition(
    _ type: String, _ selections: [GraphQLSelection], at location: GraphQLLocation, path: [String],
    within fragments: Set<String>
  ) {
    guard schema.composites[type] != nil else {
      report(
        "No such type \(type), so it can't be a fragment condition", location, path, "undefinedType",
        ["typeName": .string(type)])
      return
    }
    check(selections, on: type, path: path, within: fragments)
  }

  private mutating func check(_ field: GraphQLField, on type: String, path: [String], within fragments: Set<String>) {
    check(field.directives, path)
    guard let definition = schema.field(field.name, of: type) else {
      report(
        "Field '\(field.name)' doesn't exist on type '\(type)'", field.location, path, "undefinedField",
        ["typeName": .string(type), "fieldName": .string(field.name)])
      return
    }
    checkArguments(of: field, definition, path)
    let base = definition.type.base
    if schema.composites[base] == nil {
      guard !field.selections.isEmpty else { return }
      report(
        "Selections can't be made on scalars (field '\(field.name)' returns \(base) but has selections)",
        field.location,
        path, "selectionMismatch", ["nodeName": .string("field '\(field.name)'"), "typeName": .string(base)])
    } else if field.selections.isEmpty {
      report(
        "Field must have selections (field '\(field.name)' returns \(base) but has no selections. "
          + "Did you mean '\(field.name) { ... }'?)", field.location, path, "selectionMismatch",
        ["nodeName": .string("field '\(field.name)'"), "typeName": .string(base)])
    } else {
      check(field.selections, on: base, path: path, within: fragments)
    }
  }

  private mutating func checkArguments(of field: GraphQLField, _ definition: GraphQLSchema.Field, _ path: [String]) {
    for (name, value) in field.arguments {
      guard let argument = definition.arguments[name] else {
        report(
          "Field '\(field.name)' doesn't accept argument '\(name)'", field.location, path + [name],
          "argumentNotAccepted",
          ["name": .string(field.name), "typeName": "Field", "argumentName": .string(name)])
        continue
      }
      if case .variable(let variable) = value {
        check(variable, for: argument, named: name, field.location, path + [name])
        continue
      }
      for variable in value.variables { use(variable, field.location, path + [name]) }
      if !schema.accepts(value, as: argument.type) {
        report(
          "Argument '\(name)' on Field '\(field.name)' has an invalid value (\(value.shown)). "
            + "Expected type '\(argument.type)'.", field.location, path + [name], "argumentLiteralsIncompatible",
          ["typeName": "Field", "argumentName": .string(name)])
      }
    }
    let given = Set(field.arguments.map(\.name))
    let missing = definition.arguments.filter { $0.value.isRequired && !given.contains($0.key) }.keys.sorted()
    guard !missing.isEmpty else { return }
    let names = missing.joined(separator: ", ")
    report(
      "Field '\(field.name)' is missing required arguments: \(names)", field.location, path, "missingRequiredArguments",
      ["className": "Field", "name": .string(field.name), "arguments": .string(names)])
  }

  private mutating func check(
    _ name: String, for argument: GraphQLSchema.Argument, named argumentName: String, _ location: GraphQLLocation,
    _ path: [String]
  ) {
    use(name, location, path)
    guard let variable = variables[name] else { return }
    let isLoose = argument.isRequired && variable.defaultValue == nil && !variable.type.isNonNull
    guard variable.type.base != argument.type.base || variable.type.isList != argument.type.isList || isLoose else {
      return
    }
    report(
      "Type mismatch on variable $\(name) and argument \(argumentName) (\(variable.type) / \(argument.type))", location,
      path, "variableMismatch",
      [
        "variableName": .string(name), "typeName": .string("\(variable.type)"),
        "argumentName": .string(argumentName), "errorMessage": "Type mismatch",
      ])
  }

  private mutating func check(_ directives: [GraphQLDirective], _ path: [String]) {
    for directive in directives {
      guard ["include", "skip", "idempotent"].contains(directive.name) else {
        report(
          "Directive @\(directive.name) is not defined", directive.location, path, "undefinedDirective",
          ["directiveName": .string(directive.name)])
        continue
      }
      for name in directive.arguments.values.flatMap(\.variables) { use(name, directive.location, path) }
    }
  }

  private mutating func use(_ name: String, _ location: GraphQLLocation, _ path: [String]) {
    usedVariables.insert(name)
    guard variables[name] == nil else { return }
    report(
      "Variable $\(name) is used by \(label) but not declared", location, path, "variableNotDefined",
      ["variableName": .string(name)])
  }
}

extension GraphQLType {
  var isNonNull: Bool { if case .nonNull = self { true } else { false } }
}

extension GraphQLValue {
  /// The variables in it, at any depth.
  var variables: [String] {
    switch self {
    case .variable(let name): [name]
    case .constant, .enumeration: []
    case .list(let items): items.flatMap(\.variables)
    case .object(let members): members.values.flatMap(\.variables)
    }
  }

  /// As it was written, near enough for an error.
  var shown: String {
    switch self {
    case .variable(let name): "$\(name)"
    case .constant(let value): value.text
    case .enumeration(let name): name
    case .list(let items): "[\(items.map(\.shown).joined(separator: ", "))]"
    case .object(let members):
      "{\(members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.shown)" }.joined(separator: ", "))}"
    }
  }
}

extension GraphQLSchema {
  /// Whether a value written in a query may stand for a type.
  func accepts(_ value: GraphQLValue, as type: GraphQLType) -> Bool {
    switch (type, value) {
    case (_, .variable): true
    case (.nonNull(let inner), _): value != .constant(.null) && accepts(value, as: inner)
    case (_, .constant(.null)): true
    case (.list(let inner), .list(let items)): items.allSatisfy { accepts($0, as: inner) }
    case (.list(let inner), _): accepts(value, as: inner)
    case (.named(let name), .enumeration(let word)): enumerations[name]?.contains(word) == true
    case (.named(let name), .constant(let constant)): accepts(constant, as: name)
    case (.named(let name), .object(let members)): accepts(members, as: name)
    default: false
    }
  }

  /// Whether a JSON value, of a query or of its variables, may stand for a scalar.
  func accepts(_ value: JSONValue, as scalar: String) -> Bool {
    switch scalar {
    case "Int": value.integer.map { Int32(exactly: $0) != nil } ?? false
    case "Float", "Decimal": value.double != nil
    case "Boolean": value.bool != nil
    case "ID": value.string != nil || value.integer != nil
    default: enumerations[scalar] == nil && inputs[scalar] == nil && value.string != nil
    }
  }

  private func accepts(_ members: [String: GraphQLValue], as input: String) -> Bool {
    guard let fields = inputs[input] else { return false }
    return members.allSatisfy { name, value in fields[name].map { accepts(value, as: $0.type) } ?? false }
      && fields.allSatisfy { name, field in !field.isRequired || members[name] != nil }
  }
}
