import Core

extension GraphQLOperation {
  /// The variables' values: what the request gave, else their defaults.
  ///
  /// - Throws: `GraphQLError` in Shopify's words for a value that its type does not take.
  func values(of given: JSONValue?, schema: GraphQLSchema) throws(GraphQLError) -> [String: JSONValue] {
    var values: [String: JSONValue] = [:]
    for variable in variables {
      if let value = given?[variable.name] {
        if let problem = Self.problem(with: value, as: variable.type, schema: schema) {
          throw error(variable, value, problem)
        }
        if !value.isNull { values[variable.name] = value }
      } else if let value = variable.defaultValue {
        switch value {
        case .constant(let constant): values[variable.name] = constant
        case .enumeration(let word): values[variable.name] = .string(word)
        default: break
        }
      } else if variable.type.isNonNull {
        throw error(variable, .null, "Expected value to not be null")
      }
    }
    return values
  }

  private func error(_ variable: GraphQLVariable, _ value: JSONValue, _ problem: String) -> GraphQLError {
    GraphQLError(
      message: "Variable $\(variable.name) of type \(variable.type) was provided invalid value",
      locations: [variable.location],
      extensions: [
        .init("value", value), .init("problems", [["path": [], "explanation": .string(problem)]]),
      ])
  }

  private static func problem(with value: JSONValue, as type: GraphQLType, schema: GraphQLSchema) -> String? {
    switch type {
    case .nonNull(let inner):
      return value.isNull ? "Expected value to not be null" : problem(with: value, as: inner, schema: schema)
    case .list(let inner):
      guard !value.isNull else { return nil }
      return (value.array ?? [value]).lazy.compactMap { problem(with: $0, as: inner, schema: schema) }.first
    case .named(let name):
      guard !value.isNull else { return nil }
      if let words = schema.enumerations[name] {
        return words.contains(value.string ?? "")
          ? nil : "Expected \"\(value.string ?? value.text)\" to be one of: \(words.sorted().joined(separator: ", "))"
      }
      return schema.accepts(value, as: name) ? nil : "Could not coerce value \(value.text) to \(name)"
    }
  }
}
