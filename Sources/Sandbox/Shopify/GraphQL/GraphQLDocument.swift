import Core

/// Where something stands in a GraphQL text, from 1.
struct GraphQLLocation: Sendable, Hashable {
  var line: Int
  var column: Int

  var json: JSONValue { ["line": .integer(line), "column": .integer(column)] }
}

/// One entry of `errors`.
struct GraphQLError: Error, Sendable, Hashable {
  var message: String
  var locations: [GraphQLLocation] = []
  var path: [String] = []
  var extensions: [JSONValue.Member] = []

  var json: JSONValue {
    var members: [JSONValue.Member] = [.init("message", .string(message))]
    if !locations.isEmpty { members.append(.init("locations", .array(locations.map(\.json)))) }
    if !path.isEmpty { members.append(.init("path", .array(path.map { .string($0) }))) }
    if !extensions.isEmpty { members.append(.init("extensions", .object(extensions))) }
    return .object(members)
  }
}

/// A value as it is written in a query.
indirect enum GraphQLValue: Sendable, Hashable {
  case variable(String)
  /// Anything but an enum value that JSON can say as well.
  case constant(JSONValue)
  case enumeration(String)
  case list([GraphQLValue])
  case object([String: GraphQLValue])
}

struct GraphQLDirective: Sendable, Hashable {
  let name: String
  let arguments: [String: GraphQLValue]
  let location: GraphQLLocation
}

struct GraphQLField: Sendable, Hashable {
  let alias: String?
  let name: String
  let arguments: [(name: String, value: GraphQLValue)]
  let directives: [GraphQLDirective]
  let selections: [GraphQLSelection]
  let location: GraphQLLocation

  var key: String { alias ?? name }

  static func == (left: GraphQLField, right: GraphQLField) -> Bool { left.location == right.location }
  func hash(into hasher: inout Hasher) { hasher.combine(location) }
}

indirect enum GraphQLSelection: Sendable, Hashable {
  case field(GraphQLField)
  case spread(name: String, directives: [GraphQLDirective], location: GraphQLLocation)
  case inline(type: String?, directives: [GraphQLDirective], selections: [GraphQLSelection], location: GraphQLLocation)
}

struct GraphQLFragment: Sendable, Hashable {
  let name: String
  let type: String
  let selections: [GraphQLSelection]
  let location: GraphQLLocation
}

/// A type such as `[Order!]!`.
indirect enum GraphQLType: Sendable, Hashable, CustomStringConvertible {
  case named(String)
  case list(GraphQLType)
  case nonNull(GraphQLType)

  /// The type without lists and exclamation marks.
  var base: String {
    switch self {
    case .named(let name): name
    case .list(let inner), .nonNull(let inner): inner.base
    }
  }

  var isList: Bool {
    switch self {
    case .named: false
    case .list: true
    case .nonNull(let inner): inner.isList
    }
  }

  var description: String {
    switch self {
    case .named(let name): name
    case .list(let inner): "[\(inner)]"
    case .nonNull(let inner): "\(inner)!"
    }
  }
}

struct GraphQLVariable: Sendable, Hashable {
  let name: String
  let type: GraphQLType
  let defaultValue: GraphQLValue?
  let location: GraphQLLocation
}

struct GraphQLOperation: Sendable, Hashable {
  enum Kind: String, Sendable {
    case query, mutation, subscription
  }

  let kind: Kind
  let name: String?
  let variables: [GraphQLVariable]
  let selections: [GraphQLSelection]
  let location: GraphQLLocation

  /// How errors name it: `query` or `query GetOrder`.
  var label: String { name.map { "\(kind.rawValue) \($0)" } ?? kind.rawValue }
}

/// An executable document.
struct GraphQLDocument: Sendable, Hashable {
  var operations: [GraphQLOperation] = []
  var fragments: [String: GraphQLFragment] = [:]
}
