import Core

/// Runs one validated operation over nodes, and counts what it cost.
struct GraphQLExecutor {
  typealias Resolver = (_ field: String, _ arguments: [String: JSONValue]) throws(GraphQLError) -> GraphQLNode

  private let schema: GraphQLSchema
  private let fragments: [String: GraphQLFragment]
  private let variables: [String: JSONValue]
  private(set) var errors: [GraphQLError] = []
  private(set) var cost = 0

  init(schema: GraphQLSchema, document: GraphQLDocument, variables: [String: JSONValue]) {
    self.schema = schema
    self.fragments = document.fragments
    self.variables = variables
  }

  /// - Parameter resolve: the fields of the root. A field that throws is null in `data` and an entry of `errors`.
  mutating func run(_ operation: GraphQLOperation, root: String, resolve: Resolver) -> JSONValue {
    var members: [JSONValue.Member] = []
    for field in collect(operation.selections, on: root) {
      guard field.name != "__typename", let definition = schema.field(field.name, of: root) else {
        members.append(.init(field.key, .string(root)))
        continue
      }
      do throws(GraphQLError) {
        let arguments = arguments(of: field, definition)
        let node = try resolve(field.name, arguments)
        members.append(.init(field.key, try complete(node, field, arguments, path: [field.key])))
      } catch {
        var error = error
        if error.path.isEmpty { error.path = [field.key] }
        if error.locations.isEmpty { error.locations = [field.location] }
        errors.append(error)
        members.append(.init(field.key, .null))
      }
    }
    return .object(members)
  }

  /// What the operation may cost at most: Shopify's calculated query cost. An object is 1, a scalar nothing, a mutation
  /// 10, a connection 2 and its page times what is selected of a node.
  func requestedCost(_ selections: [GraphQLSelection], on type: String) -> Int {
    collect(selections, on: type).reduce(0) { sum, field in
      guard let definition = schema.field(field.name, of: type) else { return sum }
      let base = definition.type.base
      guard schema.composites[base] != nil else { return sum }
      let inner = requestedCost(field.selections, on: base)
      if Self.isWrapper(base) { return sum + inner }
      let arguments = arguments(of: field, definition)
      let page = Int(arguments["first"]?.integer ?? arguments["last"]?.integer ?? 1)
      if base.hasSuffix("Connection") { return sum + 2 + page * inner }
      return sum + (definition.type.isList ? page : 1) * (Self.price(of: base) + inner)
    }
  }

  private static func price(of type: String) -> Int { type.hasSuffix("Payload") ? 10 : 1 }

  /// Edges and page information are part of their connection.
  private static func isWrapper(_ type: String) -> Bool { type.hasSuffix("Edge") || type == "PageInfo" }

  private mutating func complete(
    _ node: GraphQLNode, _ field: GraphQLField, _ arguments: [String: JSONValue], path: [String]
  ) throws(GraphQLError) -> JSONValue {
    switch node {
    case .null: return .null
    case .value(let value): return value
    case .failure(var error):
      error.path = path
      error.locations = [field.location]
      throw error
    case .later(let make): return try complete(make(), field, arguments, path: path)
    case .connection(let type, let nodes):
      cost += 1
      return try complete(GraphQLPage(nodes, arguments).node(of: type), field, [:], path: path)
    case .list(let nodes):
      let shown = nodes.prefix(Int(arguments["first"]?.integer ?? Int64.max))
      var items: [JSONValue] = []
      for node in shown { items.append(try complete(node, field, [:], path: path)) }
      return .array(items)
    case .object(let type, let fields):
      if !Self.isWrapper(type) { cost += Self.price(of: type) }
      var members: [JSONValue.Member] = []
      for selected in collect(field.selections, on: type) {
        if selected.name == "__typename" {
          members.append(.init(selected.key, .string(type)))
          continue
        }
        let arguments = schema.field(selected.name, of: type).map { self.arguments(of: selected, $0) } ?? [:]
        let value = try complete(fields[selected.name] ?? .null, selected, arguments, path: path + [selected.key])
        members.append(.init(selected.key, value))
      }
      return .object(members)
    }
  }

  /// The fields that apply to an object, those with one key merged, in the order they were written.
  private func collect(_ selections: [GraphQLSelection], on type: String) -> [GraphQLField] {
    var fields: [GraphQLField] = []
    collect(selections, on: type, into: &fields)
    return fields
  }

  private func collect(_ selections: [GraphQLSelection], on type: String, into fields: inout [GraphQLField]) {
    for selection in selections {
      switch selection {
      case .field(let field):
        guard isIncluded(field.directives) else { continue }
        if let index = fields.firstIndex(where: { $0.key == field.key }) {
          fields[index] = fields[index].merged(with: field)
        } else {
          fields.append(field)
        }
      case .spread(let name, let directives, _):
        guard isIncluded(directives), let fragment = fragments[name], schema.matches(type, condition: fragment.type)
        else { continue }
        collect(fragment.selections, on: type, into: &fields)
      case .inline(let condition, let directives, let selections, _):
        guard isIncluded(directives), condition.map({ schema.matches(type, condition: $0) }) ?? true else { continue }
        collect(selections, on: type, into: &fields)
      }
    }
  }

  private func isIncluded(_ directives: [GraphQLDirective]) -> Bool {
    directives.allSatisfy { directive in
      guard let condition = directive.arguments["if"].flatMap(value)?.bool else { return true }
      return directive.name == "skip" ? !condition : directive.name == "include" ? condition : true
    }
  }

  private func arguments(of field: GraphQLField, _ definition: GraphQLSchema.Field) -> [String: JSONValue] {
    var arguments = definition.arguments.compactMapValues { $0.defaultValue.flatMap(value) }
    for (name, given) in field.arguments {
      if let value = value(given) { arguments[name] = value }
    }
    return arguments
  }

  /// Nil for a variable that was not given.
  private func value(_ value: GraphQLValue) -> JSONValue? {
    switch value {
    case .variable(let name): variables[name]
    case .constant(let constant): constant
    case .enumeration(let word): .string(word)
    case .list(let items): .array(items.map { self.value($0) ?? .null })
    case .object(let members):
      .object(members.sorted { $0.key < $1.key }.map { .init($0.key, self.value($0.value) ?? .null) })
    }
  }
}

extension GraphQLField {
  fileprivate func merged(with other: GraphQLField) -> GraphQLField {
    GraphQLField(
      alias: alias, name: name, arguments: arguments, directives: directives, selections: selections + other.selections,
      location: location)
  }
}
