import Core

extension JSONPath {
  init(_ source: String) throws(JSONPathProblem) {
    var parser = JSONPathParser(source)
    steps = try parser.path()
  }
}

private struct JSONPathParser {
  private let text: [Unicode.Scalar]
  private var position = 0
  private var depth = 0

  init(_ source: String) {
    text = Array(source.unicodeScalars)
  }

  mutating func path() throws(JSONPathProblem) -> [JSONPath.Step] {
    skipSpace()
    guard take("$") else { throw failure("a JSON path begins with $") }
    let steps = try steps()
    skipSpace()
    guard position == text.count else { throw failure("unexpected '\(text[position])'") }
    return steps
  }

  private func failure(_ message: String) -> JSONPathProblem { JSONPathProblem(offset: position, message: message) }

  private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

  private mutating func take(_ word: String) -> Bool {
    guard text[position...].starts(with: word.unicodeScalars) else { return false }
    position += word.unicodeScalars.count
    return true
  }

  private mutating func expect(_ word: String) throws(JSONPathProblem) {
    skipSpace()
    guard take(word) else { throw failure("expected '\(word)'") }
  }

  private mutating func skipSpace() {
    while next == " " || next == "\t" || next == "\n" { position += 1 }
  }

  private mutating func steps() throws(JSONPathProblem) -> [JSONPath.Step] {
    var steps: [JSONPath.Step] = []
    while next != nil {
      if take("..") {
        steps.append(.descendants)
        if next == "[" { continue }
        steps.append(take("*") ? .wildcard : .members([try name()]))
      } else if take(".") {
        if take("*") {
          steps.append(.wildcard)
        } else {
          let name = try name()
          guard take("()") else {
            steps.append(.members([name]))
            continue
          }
          guard name == "length" || name == "size" else {
            throw failure("function \(name)() is not known to the runner")
          }
          steps.append(.length)
        }
      } else if take("[") {
        steps.append(try bracket())
      } else {
        break
      }
    }
    return steps
  }

  private mutating func name() throws(JSONPathProblem) -> String {
    var name = String.UnicodeScalarView()
    while let scalar = next,
      scalar.properties.isAlphabetic || scalar == "_" || scalar == "-" || ("0"..."9").contains(scalar)
    {
      name.append(scalar)
      position += 1
    }
    guard !name.isEmpty else { throw failure("expected a name") }
    return String(name)
  }

  private mutating func bracket() throws(JSONPathProblem) -> JSONPath.Step {
    skipSpace()
    if take("*") {
      try expect("]")
      return .wildcard
    }
    if take("?") {
      try expect("(")
      let filter = try disjunction()
      try expect(")")
      try expect("]")
      return .filter(filter)
    }
    if next == "'" || next == "\"" {
      var names: [String] = []
      repeat {
        skipSpace()
        names.append(try quoted())
        skipSpace()
      } while take(",")
      try expect("]")
      return .members(names)
    }
    return try numbers()
  }

  private mutating func numbers() throws(JSONPathProblem) -> JSONPath.Step {
    let first = integer()
    skipSpace()
    if take(":") {
      skipSpace()
      let end = integer()
      try expect("]")
      return .slice(first, end)
    }
    guard let first else { throw failure("expected a name in quotes, a number, * or ?(…)") }
    var indexes = [first]
    while take(",") {
      skipSpace()
      guard let index = integer() else { throw failure("expected a number") }
      indexes.append(index)
      skipSpace()
    }
    try expect("]")
    return .indexes(indexes)
  }

  private mutating func integer() -> Int? {
    let start = position
    _ = take("-")
    while let scalar = next, ("0"..."9").contains(scalar) { position += 1 }
    var digits = String.UnicodeScalarView()
    digits.append(contentsOf: text[start..<position])
    guard let number = Int(String(digits)) else {
      position = start
      return nil
    }
    return number
  }

  private mutating func quoted() throws(JSONPathProblem) -> String {
    guard let quote = next, quote == "'" || quote == "\"" else { throw failure("expected a name in quotes") }
    position += 1
    var name = String.UnicodeScalarView()
    while let scalar = next {
      position += 1
      if scalar == quote { return String(name) }
      if scalar == "\\", let escaped = next {
        name.append(escaped)
        position += 1
      } else {
        name.append(scalar)
      }
    }
    throw failure("text without its closing quote")
  }

  // MARK: - Filters

  private mutating func disjunction() throws(JSONPathProblem) -> JSONPath.Filter {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 32 else { throw failure("the filter is nested too deeply") }
    var left = try conjunction()
    while true {
      skipSpace()
      guard take("||") else { return left }
      left = .or(left, try conjunction())
    }
  }

  private mutating func conjunction() throws(JSONPathProblem) -> JSONPath.Filter {
    var left = try condition()
    while true {
      skipSpace()
      guard take("&&") else { return left }
      left = .and(left, try condition())
    }
  }

  private mutating func condition() throws(JSONPathProblem) -> JSONPath.Filter {
    skipSpace()
    if take("!") {
      depth += 1
      defer { depth -= 1 }
      guard depth <= 32 else { throw failure("the filter is nested too deeply") }
      return .not(try condition())
    }
    if take("(") {
      let inner = try disjunction()
      try expect(")")
      return inner
    }
    let left = try term()
    skipSpace()
    for symbol in ["==", "!=", "<=", ">=", "<", ">"] where take(symbol) {
      return .comparison(left, symbol, try term())
    }
    guard case .path(let steps, _) = left else { throw failure("expected a comparison") }
    return .exists(steps)
  }

  private mutating func term() throws(JSONPathProblem) -> JSONPath.Term {
    skipSpace()
    if take("@") { return .path(try steps(), fromRoot: false) }
    if take("$") { return .path(try steps(), fromRoot: true) }
    if next == "'" || next == "\"" { return .literal(.string(try quoted())) }
    for (word, value) in [("true", JSONValue.bool(true)), ("false", .bool(false)), ("null", .null)] where take(word) {
      return .literal(value)
    }
    let start = position
    while let scalar = next, ("0"..."9").contains(scalar) || scalar == "-" || scalar == "." { position += 1 }
    var digits = String.UnicodeScalarView()
    digits.append(contentsOf: text[start..<position])
    guard Double(String(digits)) != nil else { throw failure("expected @, $, a text in quotes or a number") }
    return .literal(.number(String(digits)))
  }
}
