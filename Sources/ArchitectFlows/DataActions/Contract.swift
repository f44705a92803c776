import Core

/// One input or output of a data action, as Architect lists it: properties of nested objects become `details.code`.
struct ContractField: Sendable, Hashable {
  let path: [String]
  let type: FlowType
  let isRequired: Bool
  let defaultValue: JSONValue?

  var name: String { path.joined(separator: ".") }
}

/// A JSON Schema of a data action: the part of draft 4 that the exports use (type, properties, required, items, enum,
/// additionalProperties, default).
struct ContractSchema: Sendable {
  private static let maximumDepth = 50

  let schema: JSONValue

  /// The fields after flattening. A list of objects becomes one list for each of their properties.
  var fields: [ContractField] { Self.fields(of: schema, path: [], isList: false, isRequired: true, depth: 0) }

  private static func fields(
    of schema: JSONValue, path: [String], isList: Bool, isRequired: Bool, depth: Int
  ) -> [ContractField] {
    func field(_ type: FlowType) -> [ContractField] {
      guard !path.isEmpty else { return [] }
      return [
        ContractField(
          path: path, type: isList ? .collection(type) : type, isRequired: isRequired, defaultValue: schema["default"])
      ]
    }
    guard depth < maximumDepth else { return [] }
    switch typeName(of: schema) {
    case "object":
      let required = Set(schema["required"]?.array?.compactMap(\.string) ?? [])
      guard let properties = schema["properties"]?.members, !properties.isEmpty else { return field(.json) }
      return properties.flatMap { member in
        fields(
          of: member.value, path: path + [member.name], isList: isList,
          isRequired: isRequired && required.contains(member.name), depth: depth + 1)
      }
    case "array":
      guard !isList, let items = schema["items"] else { return field(.json) }
      return fields(of: items, path: path, isList: true, isRequired: isRequired, depth: depth + 1)
    case "string": return field(.string)
    case "integer": return field(.integer)
    case "number": return field(.decimal)
    case "boolean": return field(.boolean)
    default: return field(.any)
    }
  }

  /// `["string", "null"]` names a string.
  private static func typeName(of schema: JSONValue) -> String? {
    schema["type"]?.string ?? schema["type"]?.array?.compactMap(\.string).first { $0 != "null" }
  }

  /// What is wrong with a value, naming the place and the rule but never the value; nil when nothing is.
  func violation(in value: JSONValue) -> String? { Self.violation(of: schema, value, at: "$", depth: 0) }

  private static func violation(of schema: JSONValue, _ value: JSONValue, at place: String, depth: Int) -> String? {
    guard depth < maximumDepth else { return "\(place) is nested too deeply" }
    let types = schema["type"]?.array?.compactMap(\.string) ?? schema["type"]?.string.map { [$0] } ?? []
    if !types.isEmpty, !types.contains(where: { value.isOf(type: $0) }) {
      return "\(place) must be \(types.joined(separator: " or "))"
    }
    if let allowed = schema["enum"]?.array, !allowed.contains(value) { return "\(place) is none of the allowed values" }
    if let items = value.array, let itemSchema = schema["items"] {
      for (index, item) in items.enumerated() {
        if let violation = violation(of: itemSchema, item, at: "\(place)[\(index)]", depth: depth + 1) {
          return violation
        }
      }
    }
    guard let members = value.members else { return nil }
    let properties = schema["properties"]
    for name in schema["required"]?.array?.compactMap(\.string) ?? [] where value[name] == nil {
      return "\(place).\(name) is required and missing"
    }
    for member in members {
      if let property = properties?[member.name] {
        // Vendors send null for what they do not know; a null output is NOT_SET in the flow.
        if member.value.isNull { continue }
        if let violation = violation(of: property, member.value, at: "\(place).\(member.name)", depth: depth + 1) {
          return violation
        }
      } else if schema["additionalProperties"]?.bool == false {
        return "\(place).\(member.name) is not in the contract"
      }
    }
    return nil
  }
}

extension JSONValue {
  fileprivate func isOf(type: String) -> Bool {
    switch (type, self) {
    case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("null", .null): true
    case ("number", .number): true
    case ("integer", .number(let digits)): Int64(digits) != nil
    default: false
    }
  }

  /// The value that a flattened output shows.
  func flattened(_ path: [String]) -> JSONValue? {
    if let array, !path.isEmpty { return .array(array.map { $0.flattened(path) ?? .null }) }
    guard let first = path.first else { return self }
    return self[first]?.flattened(Array(path.dropFirst()))
  }

  /// Puts a value at the place of a flattened input, making the objects on the way.
  mutating func insert(_ value: JSONValue, at path: [String]) {
    guard let first = path.first else {
      self = value
      return
    }
    var members = self.members ?? []
    if let index = members.firstIndex(where: { $0.name == first }) {
      members[index].value.insert(value, at: Array(path.dropFirst()))
    } else {
      var inner: JSONValue = path.count == 1 ? .null : .object([])
      inner.insert(value, at: Array(path.dropFirst()))
      members.append(Member(first, inner))
    }
    self = .object(members)
  }
}
