import Core

/// A path into JSON as Jayway's library reads it, which translation maps are written for.
struct JSONPath: Sendable {
  enum Step: Sendable {
    case members([String])
    case indexes([Int])
    case slice(Int?, Int?)
    case wildcard
    /// `..`: the step that follows is tried at every depth.
    case descendants
    case filter(Filter)
    /// `.length()` and `.size()`.
    case length
  }

  indirect enum Filter: Sendable {
    case exists([Step])
    case comparison(Term, String, Term)
    case and(Filter, Filter)
    case or(Filter, Filter)
    case not(Filter)
  }

  enum Term: Sendable {
    /// `@.name` or `$.name`.
    case path([Step], fromRoot: Bool)
    case literal(JSONValue)
  }

  let steps: [Step]

  /// A path that leads to one place at most. Only its result is not wrapped in an array.
  var isDefinite: Bool {
    steps.allSatisfy { step in
      switch step {
      case .members(let names): names.count == 1
      case .indexes(let indexes): indexes.count == 1
      case .length: true
      default: false
      }
    }
  }
}

struct JSONPathProblem: Error, Sendable, Equatable {
  let offset: Int
  let message: String
}

// MARK: - Following a path

extension JSONPath {
  /// How many values one evaluation may look at: `$..*..*..*` would otherwise look at all of them again and again.
  private static let budget = 200_000

  /// Nil when a definite path leads nowhere; an indefinite path gives an array, perhaps an empty one.
  func value(in root: JSONValue) throws(FlowFault) -> JSONValue? {
    var budget = Self.budget
    let found = try Self.follow(steps[...], from: [root], root: root, budget: &budget)
    return isDefinite ? found.first : .array(found)
  }

  private static func follow(
    _ steps: ArraySlice<Step>, from start: [JSONValue], root: JSONValue, budget: inout Int
  ) throws(FlowFault) -> [JSONValue] {
    var current = start
    for step in steps {
      var next: [JSONValue] = []
      for value in current {
        budget -= 1
        guard budget > 0 else { throw FlowFault("the JSON path looks at too many values") }
        switch step {
        case .members(let names): next += names.compactMap { value[$0] }
        case .indexes(let indexes): next += indexes.compactMap { value.item($0) }
        case .slice(let from, let to): next += value.items(from: from, to: to)
        case .wildcard: next += value.children
        case .descendants: try value.appendDescendants(to: &next, budget: &budget)
        case .length:
          next += [JSONValue.integer(value.array?.count ?? value.members?.count ?? value.string?.count ?? 0)]
        case .filter(let filter):
          for child in value.array ?? [value] where try matches(filter, child, root: root, budget: &budget) {
            next.append(child)
          }
        }
      }
      current = next
    }
    return current
  }

  private static func matches(
    _ filter: Filter, _ value: JSONValue, root: JSONValue, budget: inout Int
  ) throws(FlowFault) -> Bool {
    switch filter {
    case .exists(let steps): return try !follow(steps[...], from: [value], root: root, budget: &budget).isEmpty
    case .and(let left, let right):
      guard try matches(left, value, root: root, budget: &budget) else { return false }
      return try matches(right, value, root: root, budget: &budget)
    case .or(let left, let right):
      if try matches(left, value, root: root, budget: &budget) { return true }
      return try matches(right, value, root: root, budget: &budget)
    case .not(let inner): return try !matches(inner, value, root: root, budget: &budget)
    case .comparison(let left, let symbol, let right):
      let one = try resolve(left, value, root: root, budget: &budget)
      let other = try resolve(right, value, root: root, budget: &budget)
      return compare(one, symbol, other)
    }
  }

  private static func resolve(
    _ term: Term, _ value: JSONValue, root: JSONValue, budget: inout Int
  ) throws(FlowFault) -> JSONValue? {
    switch term {
    case .literal(let literal): return literal
    case .path(let steps, let fromRoot):
      return try follow(steps[...], from: [fromRoot ? root : value], root: root, budget: &budget).first
    }
  }

  private static func compare(_ left: JSONValue?, _ symbol: String, _ right: JSONValue?) -> Bool {
    let equal =
      if let one = left?.double, let other = right?.double { one == other } else { left == right }
    switch symbol {
    case "==": return equal
    case "!=": return !equal
    default: break
    }
    let order: (less: Bool, equal: Bool)
    if let one = left?.double, let other = right?.double {
      order = (one < other, one == other)
    } else if let one = left?.string, let other = right?.string {
      order = (one < other, one == other)
    } else {
      return false
    }
    return switch symbol {
    case "<": order.less
    case "<=": order.less || order.equal
    case ">": !order.less && !order.equal
    default: !order.less
    }
  }
}

extension JSONValue {
  fileprivate var children: [JSONValue] { array ?? members?.map(\.value) ?? [] }

  /// From the end for a negative index.
  fileprivate func item(_ index: Int) -> JSONValue? {
    guard let array else { return nil }
    return self[index < 0 ? array.count + index : index]
  }

  fileprivate func items(from: Int?, to: Int?) -> [JSONValue] {
    guard let array else { return [] }
    func place(_ index: Int) -> Int { min(max(index < 0 ? array.count + index : index, 0), array.count) }
    let (start, end) = (place(from ?? 0), place(to ?? array.count))
    return start < end ? Array(array[start..<end]) : []
  }

  fileprivate func appendDescendants(to list: inout [JSONValue], budget: inout Int) throws(FlowFault) {
    budget -= 1
    guard budget > 0 else { throw FlowFault("the JSON path looks at too many values") }
    list.append(self)
    for child in children { try child.appendDescendants(to: &list, budget: &budget) }
  }
}
