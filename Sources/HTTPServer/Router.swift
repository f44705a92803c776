import Core
import HTTPMessages

/// Finds the route of a request, lets the caller in or not, and turns whatever is thrown into an answer.
package final class Router: RequestHandler {
  /// Says what an error that is no `Problem` is answered with, and logs it: a bug of ours, or a part that is away.
  package typealias Explain = @Sendable (any Error, Request) -> Problem

  private final class Node: Sendable {
    /// A few at each place: comparing their bytes is quicker than hashing.
    let literals: [(segment: [UInt8], node: Node)]
    let parameter: Node?
    /// The routes that end here, a few as well.
    let endings: [Ending]

    init(_ routes: [(segments: ArraySlice<String>, route: Route)]) {
      let ending = routes.filter { $0.segments.isEmpty }.map(\.route)
      let passing = routes.filter { !$0.segments.isEmpty }
      func child(_ group: [(segments: ArraySlice<String>, route: Route)]) -> Node {
        Node(group.map { ($0.segments.dropFirst(), $0.route) })
      }
      let parameters = passing.filter { Router.isParameter($0.segments.first!) }
      parameter = parameters.isEmpty ? nil : child(parameters)
      literals = Dictionary(grouping: passing.filter { !Router.isParameter($0.segments.first!) }) { $0.segments.first! }
        .map { (Array($0.key.utf8), child($0.value)) }
      precondition(
        Set(ending.map(\.method)).count == ending.count, "two routes for one method of \(ending.map(\.pattern))")
      endings = ending.map(Ending.init)
    }

    func ending(_ method: Method) -> Ending? { endings.first { $0.route.method == method } }
  }

  private final class Ending: Sendable {
    let route: Route
    /// On the way here, in order; two routes may name them differently.
    let parameterNames: [String]

    init(_ route: Route) {
      self.route = route
      parameterNames = Router.segments(of: route.pattern).filter(Router.isParameter)
        .map { String($0.dropFirst().dropLast()) }
    }
  }

  package let routes: [Route]
  private let root: Node
  private let access: any AccessControl
  private let explain: Explain

  /// - Precondition: no two routes have the same method and pattern.
  package init(_ routes: [Route], access: any AccessControl, explain: @escaping Explain = { _, _ in .internalError }) {
    self.routes = routes
    self.access = access
    self.explain = explain
    root = Node(routes.map { (Router.segments(of: $0.pattern)[...], $0) })
  }

  package func respond(to request: Request) async -> Response {
    guard let (node, values) = find(request.path) else {
      // RFC 9110, section 9.3.7: asks about the server as a whole, as a ping does.
      if request.path == "*", request.method == .options { return Response(status: 204, headers: ["allow": "OPTIONS"]) }
      return Response(.noSuchResource, requestID: request.context.requestID)
    }
    let ending = node.ending(request.method) ?? (request.method == .head ? node.ending(.get) : nil)
    guard let ending else {
      if request.method == .options { return Response(status: 204, headers: ["allow": allowed(at: node)]) }
      return Response(
        .methodNotAllowed(request.method, allowed: allowed(at: node)), requestID: request.context.requestID)
    }
    var response: Response
    do {
      response = try await dispatch(request, to: ending, values)
    } catch let problem as Problem {
      response = Response(problem, requestID: request.context.requestID)
    } catch {
      response = Response(explain(error, request), requestID: request.context.requestID)
    }
    ending.route.finish?(request, &response)
    response.route = ending.route.pattern
    return response
  }

  package func readyAnswer(to request: Request) -> Response? {
    guard let (node, values) = find(request.path), let ending = node.ending(request.method),
      let ready = ending.route.ready, let parameters = PathParameters(ending.parameterNames, encoded: values)
    else { return nil }
    var request = request
    request.parameters = parameters
    if case .scope(let scope) = ending.route.access {
      guard let caller = access.known(request, scope: scope) else { return nil }
      request.caller = caller
    }
    guard var response = ready(request) else { return nil }
    ending.route.finish?(request, &response)
    response.route = ending.route.pattern
    return response
  }

  package func bodyLimit(_ method: Method, _ path: String) -> Int? {
    find(path)?.node.ending(method)?.route.bodyLimit
  }

  private func dispatch(_ request: Request, to ending: Ending, _ values: [String]) async throws -> Response {
    guard let parameters = PathParameters(ending.parameterNames, encoded: values) else { throw Problem.noSuchResource }
    var request = request
    request.parameters = parameters
    if case .scope(let scope) = ending.route.access {
      request.caller = try await access.admit(request, scope: scope)
    }
    return try await ending.route.handler(request)
  }

  private func find(_ path: String) -> (node: Node, values: [String])? {
    var path = path
    return path.withUTF8 { find($0) }
  }

  private func find(_ path: UnsafeBufferPointer<UInt8>) -> (node: Node, values: [String])? {
    var node = root
    var values: [String] = []
    guard path.first == UInt8(ascii: "/") else { return nil }
    var start = 1
    while start <= path.count {
      let rest = path[start...]
      let segment = rest[..<(rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex)]
      if let next = node.literals.first(where: { $0.segment.elementsEqual(segment) })?.node {
        node = next
      } else if let next = node.parameter, !segment.isEmpty {
        values.append(String(decoding: segment, as: UTF8.self))
        node = next
      } else {
        return nil
      }
      start = segment.endIndex + 1
    }
    return node.endings.isEmpty ? nil : (node, values)
  }

  private func allowed(at node: Node) -> String {
    var names = Set(node.endings.map(\.route.method.name)).union(["OPTIONS"])
    if names.contains("GET") { names.insert("HEAD") }
    return names.sorted().joined(separator: ", ")
  }

  private static func segments(of path: String) -> [String] {
    path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst().map { String($0) ?? "" }
  }

  private static func isParameter(_ segment: String) -> Bool {
    segment.utf8.first == UInt8(ascii: "{") && segment.utf8.last == UInt8(ascii: "}")
  }
}

extension Problem {
  static let noSuchResource = Problem(
    status: 404, code: "not_found", title: "There is nothing here",
    detail: "No resource has this path. /openapi.json lists all that there are.")

  package static let internalError = Problem(
    status: 500, code: "internal_error", title: "Ringback made a mistake",
    detail: "This is a bug. The log has the cause under this request id.")

  static func methodNotAllowed(_ method: Method, allowed: String) -> Problem {
    Problem(
      status: 405, code: "method_not_allowed", title: "The method does not apply here",
      detail: "This resource takes \(allowed).", headers: ["allow": allowed])
  }
}
