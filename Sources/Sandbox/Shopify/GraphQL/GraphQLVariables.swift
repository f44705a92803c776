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
        throw error(variable, .null, Problem("Expected value to not be null"))
      }
    }
    return values
  }

  private func error(_ variable: GraphQLVariable, _ value: JSONValue, _ problem: Problem) -> GraphQLError {
    GraphQLError(
      message: "Variable $\(variable.name) of type \(variable.type) was provided invalid value",
      locations: [variable.location],
      extensions: [
        .init("value", value),
        .init("problems", [["path": .array(problem.path), "explanation": .string(problem.explanation)]]),
      ])
  }

  /// What is wrong with a value, and where in it.
  private struct Problem {
    var path: [JSONValue] = []
    let explanation: String

    init(_ explanation: String) {
      self.explanation = explanation
    }

    func within(_ place: JSONValue) -> Problem {
      var problem = self
      problem.path.insert(place, at: 0)
      return problem
    }
  }

  private static func problem(with value: JSONValue, as type: GraphQLType, schema: GraphQLSchema) -> Problem? {
    switch type {
    case .nonNull(let inner):
      return value.isNull
        ? Problem("Expected value to not be null") : problem(with: value, as: inner, schema: schema)
    case .list(let inner):
      guard !value.isNull else { return nil }
      return (value.array ?? [value]).enumerated().lazy.compactMap { index, item in
        problem(with: item, as: inner, schema: schema)?.within(.integer(index))
      }.first
    case .named(let name):
      guard !value.isNull else { return nil }
      if let words = schema.enumerations[name] {
        return words.contains(value.string ?? "")
          ? nil
          : Problem(
            "Expected \"\(value.string ?? value.text)\" to be one of: \(words.sorted().joined(separator: ", "))")
      }
      if let fields = schema.inputs[name], let members = value.members {
        return problem(with: members, as: name, fields, schema: schema)
      }
      return schema.accepts(value, as: name) ? nil : Problem("Could not coerce value \(value.text) to \(name)")
    }
  }

  private static func problem(
    with members: [JSONValue.Member], as input: String, _ fields: [String: GraphQLSchema.Argument],
    schema: GraphQLSchema
  ) -> Problem? {
    for member in members {
      guard let field = fields[member.name] else {
        return Problem("Field is not defined on \(input)").within(.string(member.name))
      }
      if let problem = problem(with: member.value, as: field.type, schema: schema) {
        return problem.within(.string(member.name))
      }
    }
    let missing = fields.filter { field in field.value.isRequired && !members.contains { $0.name == field.key } }
    return missing.keys.min().map { Problem("Expected value to not be null").within(.string($0)) }
  }
}
