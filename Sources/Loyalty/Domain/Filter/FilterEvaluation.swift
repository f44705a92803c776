import Core

extension FilterExpression {
  /// Whether the event is meant. What is no boolean counts as JSONata's `$boolean` has it.
  package func matches(_ event: JSONValue) -> Bool { root.value(in: event).isTrue }

  /// Nil for what is not there. Several values, as a path through a list gives, are an array.
  package func value(in event: JSONValue) -> JSONValue? { root.value(in: event) }
}

extension FilterExpression.Node {
  fileprivate func value(in event: JSONValue) -> JSONValue? {
    switch self {
    case .literal(let value): return value
    case .path(let steps): return FilterExpression.walk(steps, event)
    case .and(let left, let right): return .bool(left.value(in: event).isTrue && right.value(in: event).isTrue)
    case .or(let left, let right): return .bool(left.value(in: event).isTrue || right.value(in: event).isTrue)
    case .not(let node): return .bool(!node.value(in: event).isTrue)
    case .isIn(let left, let right):
      guard let left = left.value(in: event), let right = right.value(in: event) else { return false }
      return .bool((right.array ?? [right]).contains { left.isDeeplyEqual(to: $0) })
    case .compare(let left, let comparison, let right):
      let (left, right) = (left.value(in: event), right.value(in: event))
      // JSONata: what is missing is neither equal to anything nor unequal to it.
      guard let left, let right else { return comparison == .equal || comparison == .unequal ? false : Optional.none }
      switch comparison {
      case .equal: return .bool(left.isDeeplyEqual(to: right))
      case .unequal: return .bool(!left.isDeeplyEqual(to: right))
      case .less, .atMost, .greater, .atLeast: return left.ordered(comparison, right).map { .bool($0) }
      }
    }
  }
}

// MARK: - Paths

extension FilterExpression {
  /// What a path found at one place.
  private enum Found {
    case nothing
    /// As it stands in the event: an array stays one.
    case plain(JSONValue)
    /// Gathered on the way through an array: one alone stands for itself.
    case gathered([JSONValue])

    var items: [JSONValue] {
      switch self {
      case .nothing: []
      case .plain(let value): value.array ?? [value]
      case .gathered(let values): values
      }
    }

    /// JSONata's singletons: a sequence of one is that one, an empty one is nothing.
    var unwrapped: Found {
      guard case .gathered(let values) = self else { return self }
      return values.count > 1 ? self : values.first.map { .plain($0) } ?? .nothing
    }
  }

  /// As JSONata has it: a name asks each item of an array, and what comes of it is one flat sequence.
  fileprivate static func walk(_ steps: [Step], _ event: JSONValue) -> JSONValue? {
    // A path that begins with a name asks each item of an event that is an array, too.
    var inputs = steps.first?.name == nil ? [event] : event.array ?? [event]
    for (place, step) in steps.enumerated() {
      let found = inputs.map { take(step, $0) }
      if place == steps.count - 1, found.count == 1, case .plain(let value) = found[0] { return value }
      inputs = found.flatMap(\.items)
      if inputs.isEmpty { return Optional.none }
    }
    return inputs.count > 1 ? .array(inputs) : inputs.first
  }

  private static func take(_ step: Step, _ input: JSONValue) -> Found {
    var found = step.name.map { look($0, input) } ?? .plain(input)
    for index in step.indices {
      let items = found.items
      let place = index < 0 ? items.count + index : index
      found = items.indices.contains(place) ? .plain(items[place]) : .nothing
    }
    return found
  }

  private static func look(_ name: String, _ input: JSONValue) -> Found {
    guard let items = input.array else { return input[name].map { .plain($0) } ?? .nothing }
    return Found.gathered(items.flatMap { look(name, $0).items }).unwrapped
  }
}

// MARK: - Values

extension JSONValue? {
  fileprivate var isTrue: Bool {
    switch self {
    case .none, .some(.null): false
    case .some(.bool(let flag)): flag
    case .some(.number): self?.double != 0
    case .some(.string(let text)): !text.isEmpty
    case .some(.array(let items)): items.contains { Optional($0).isTrue }
    case .some(.object(let members)): !members.isEmpty
    }
  }
}

extension JSONValue {
  /// Numbers by value, objects in any order of members.
  fileprivate func isDeeplyEqual(to other: JSONValue) -> Bool {
    switch (self, other) {
    case (.number, .number): return compare(other) == 0
    case (.array(let left), .array(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { $0.isDeeplyEqual(to: $1) }
    case (.object(let left), .object(let right)):
      guard left.count == right.count else { return false }
      let values = Dictionary(right.map { ($0.name, $0.value) }) { first, _ in first }
      return left.allSatisfy { member in values[member.name].map { member.value.isDeeplyEqual(to: $0) } ?? false }
    default: return self == other
    }
  }

  /// Nil for what has no order. JSONata ends with an error there; an event that does not fit is no reason to stop.
  fileprivate func ordered(_ comparison: FilterExpression.Comparison, _ other: JSONValue) -> Bool? {
    let order: Int
    switch (self, other) {
    case (.number, .number): order = compare(other)
    // By UTF-16, as JavaScript orders texts.
    case (.string(let left), .string(let right)):
      order = left.utf16.elementsEqual(right.utf16) ? 0 : left.utf16.lexicographicallyPrecedes(right.utf16) ? -1 : 1
    default: return nil
    }
    return switch comparison {
    case .less: order < 0
    case .atMost: order <= 0
    case .greater: order > 0
    case .atLeast: order >= 0
    case .equal, .unequal: nil
    }
  }

  /// Of two numbers: below zero, zero or above.
  private func compare(_ other: JSONValue) -> Int {
    if let left = integer, let right = other.integer { return left < right ? -1 : left > right ? 1 : 0 }
    let (left, right) = (double ?? .nan, other.double ?? .nan)
    return left < right ? -1 : left > right ? 1 : left == right ? 0 : 2
  }
}
