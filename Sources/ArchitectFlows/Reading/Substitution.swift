import YAML

/// Archy's `{{name}}` places, filled in before the text is read as YAML: they may stand in keys and in the middle of
/// texts. Places in the result are mapped back to the file, so that messages name what the author wrote.
struct Substitution: Sendable {
  private struct Edit: Sendable {
    let line: Int
    /// In the result, behind the value.
    let endColumn: Int
    let startColumn: Int
    /// What the value added to the line's length.
    let growth: Int
  }

  let text: String
  private let edits: [Edit]
  /// Names without a value, with the place of each.
  let missing: [(name: String, position: YAMLPosition)]
  let used: Set<String>

  init(_ source: String, values: [String: String]) {
    var output = String.UnicodeScalarView()
    var edits: [Edit] = []
    var missing: [(name: String, position: YAMLPosition)] = []
    var used: Set<String> = []
    for (index, line) in source.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if index > 0 { output.append("\n") }
      var column = 1
      var growth = 0
      var rest = line
      while let open = rest.firstPair("{"), let close = rest[open...].firstPair("}") {
        let name = String(Substring(rest[rest.index(open, offsetBy: 2)..<close])).trimmed
        guard name.unicodeScalars.allSatisfy(Self.isNameScalar), !name.isEmpty else {
          let end = rest.index(open, offsetBy: 2)
          output.append(contentsOf: rest[..<end])
          column += rest[..<end].count
          rest = rest[end...]
          continue
        }
        output.append(contentsOf: rest[..<open])
        column += rest[..<open].count
        let end = rest.index(close, offsetBy: 2)
        let length = rest[open..<end].count
        if let value = values[name] {
          used.insert(name)
          // A value stays on its line: places behind it must be found again.
          let flat = value.unicodeScalars.map { $0 == "\n" || $0 == "\r" ? " " : $0 }
          output.append(contentsOf: flat)
          growth += flat.count - length
          edits.append(
            Edit(line: index + 1, endColumn: column + flat.count, startColumn: column, growth: growth))
          column += flat.count
        } else {
          missing.append((name, YAMLPosition(line: index + 1, column: column - growth)))
          output.append(contentsOf: rest[open..<end])
          column += length
        }
        rest = rest[end...]
      }
      output.append(contentsOf: rest)
    }
    text = String(output)
    self.edits = edits
    self.missing = missing
    self.used = used
  }

  private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_" || scalar == "-" || scalar == "."
  }

  func originalPosition(of position: YAMLPosition) -> YAMLPosition {
    let before = edits.last { $0.line == position.line && $0.startColumn < position.column }
    guard let before else { return position }
    let column = max(position.column, before.endColumn) - before.growth
    return YAMLPosition(line: position.line, column: max(column, 1))
  }
}

extension Substring.UnicodeScalarView {
  fileprivate func firstPair(_ scalar: Unicode.Scalar) -> Index? {
    indices.first { self[$0] == scalar && index(after: $0) < endIndex && self[index(after: $0)] == scalar }
  }
}
