import Core

/// A resolved value, of which the executor takes what was selected.
indirect enum GraphQLNode: Sendable {
  case null
  case value(JSONValue)
  case object(String, [String: GraphQLNode])
  case list([GraphQLNode])
  /// All the nodes there are; the arguments of the field decide which are shown.
  case connection(of: String, [GraphQLNode])
  /// A field that is refused: it takes everything around it with it, up to what may be null at the root.
  case failure(GraphQLError)
  /// For a way back to where one came from.
  case later(@Sendable () -> GraphQLNode)

  static func text(_ value: (some CustomStringConvertible)?) -> GraphQLNode { .value(.text(value)) }
  static func number(_ value: some BinaryInteger) -> GraphQLNode { .value(.integer(value)) }
  static func bool(_ value: Bool) -> GraphQLNode { .value(.bool(value)) }

  /// The `id` of an object.
  var id: String? {
    if case .object(_, let fields) = self, case .value(.string(let id)) = fields["id"] { id } else { nil }
  }

  /// Opaque to clients, as theirs to give back only.
  var cursor: String { Base64.standard.encode("{\"last_id\":\"\(id ?? "")\"}".utf8) }
}

/// One page of a connection.
struct GraphQLPage: Sendable {
  let nodes: [GraphQLNode]
  let hasNextPage: Bool
  let hasPreviousPage: Bool

  /// Most that can be asked for at once.
  static let limit: Int64 = 250

  init(_ all: [GraphQLNode], _ arguments: [String: JSONValue]) throws(GraphQLError) {
    var nodes = arguments["reverse"]?.bool == true ? all.reversed() : all
    let (first, last) = (arguments["first"]?.integer, arguments["last"]?.integer)
    guard first != nil || last != nil else {
      throw GraphQLError(
        message: "you must provide one of first or last", extensions: [.init("code", "BAD_REQUEST")])
    }
    guard (0...Self.limit).contains(first ?? last ?? 0) else {
      throw GraphQLError(
        message: "The maximum page size is \(Self.limit)", extensions: [.init("code", "BAD_REQUEST")])
    }
    var (before, after) = (0, 0)
    if let cursor = arguments["after"]?.string {
      let index = try Self.index(of: cursor, in: nodes)
      after = index + 1
      nodes = Array(nodes.dropFirst(index + 1))
    }
    if let cursor = arguments["before"]?.string {
      let index = try Self.index(of: cursor, in: nodes)
      before = nodes.count - index
      nodes = Array(nodes.prefix(index))
    }
    let page = first.map { Array(nodes.prefix(Int($0))) } ?? Array(nodes.suffix(Int(last ?? 0)))
    let cut = page.count < nodes.count
    self.nodes = page
    hasNextPage = first != nil ? cut || before > 0 : before > 0
    hasPreviousPage = first != nil ? after > 0 : cut || after > 0
  }

  private static func index(of cursor: String, in nodes: [GraphQLNode]) throws(GraphQLError) -> Int {
    guard let index = nodes.firstIndex(where: { $0.cursor == cursor }) else {
      throw GraphQLError(
        message: "Invalid cursor for current pagination sort.", extensions: [.init("code", "BAD_REQUEST")])
    }
    return index
  }

  /// The object that the connection's fields are taken from.
  func node(of type: String) -> GraphQLNode {
    let pageInfo: [String: GraphQLNode] = [
      "hasNextPage": .bool(hasNextPage), "hasPreviousPage": .bool(hasPreviousPage),
      "startCursor": .text(nodes.first?.cursor), "endCursor": .text(nodes.last?.cursor),
    ]
    let edges = nodes.map { GraphQLNode.object("\(type)Edge", ["node": $0, "cursor": .text($0.cursor)]) }
    return .object(
      "\(type)Connection",
      ["edges": .list(edges), "nodes": .list(nodes), "pageInfo": .object("PageInfo", pageInfo)])
  }
}
