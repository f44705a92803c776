/// The text of a document by line, for finding the place of a character inside a scalar.
struct SourceLines: Sendable {
  private let lines: [[Unicode.Scalar]]

  init(_ text: String) {
    lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.last == "\r" ? Array(line.dropLast()) : Array(line)
    }
  }

  func position(ofByte offset: Int) -> YAMLPosition {
    var rest = offset
    for (index, line) in lines.enumerated() {
      let length = line.reduce(1) { $0 + UTF8.width($1) }
      if rest < length {
        var column = 1
        for scalar in line where rest >= UTF8.width(scalar) {
          rest -= UTF8.width(scalar)
          column += 1
        }
        return YAMLPosition(line: index + 1, column: column)
      }
      rest -= length
    }
    return YAMLPosition(line: max(lines.count, 1), column: (lines.last?.count ?? 0) + 1)
  }

  /// libyaml points behind the last line when the text ends too early; an editor has no such line.
  func clamped(_ position: YAMLPosition) -> YAMLPosition {
    guard position.line > lines.count else { return position }
    return YAMLPosition(line: max(lines.count, 1), column: (lines.last?.count ?? 0) + 1)
  }

  subscript(_ position: YAMLPosition) -> Unicode.Scalar? {
    guard lines.indices.contains(position.line - 1) else { return nil }
    let line = lines[position.line - 1]
    if position.column - 1 == line.count { return position.line < lines.count ? "\n" : nil }
    return line.indices.contains(position.column - 1) ? line[position.column - 1] : nil
  }

  func indentation(ofLine line: Int) -> Int? {
    guard lines.indices.contains(line - 1) else { return nil }
    return lines[line - 1].firstIndex { $0 != " " }
  }
}

extension YAMLDocument {
  /// Where the scalar at `offset` (counted in Unicode scalars) of a scalar node's text stands in the file. Quotes,
  /// escapes, folded lines and the indentation of blocks are accounted for, so that a message about the text inside a
  /// value can name its line and column.
  package func position(of offset: Int, in node: YAMLNode) -> YAMLPosition {
    guard case .scalar(let text, let style) = node.content, offset > 0 || style != .plain else { return node.position }
    switch style {
    case .literal, .folded: return blockPosition(of: offset, in: text, at: node.position, folded: style == .folded)
    case .plain, .singleQuoted, .doubleQuoted:
      return flowPosition(of: offset, in: Array(text.unicodeScalars), style: style, at: node.position)
    }
  }

  /// Lines of a block differ from the file's only by their indentation.
  private func blockPosition(of offset: Int, in text: String, at start: YAMLPosition, folded: Bool) -> YAMLPosition {
    var line = start.line + 1
    while let character = lines[YAMLPosition(line: line, column: 1)], character == "\n" { line += 1 }
    let indentation = lines.indentation(ofLine: line) ?? 0
    var position = YAMLPosition(line: line, column: indentation + 1)
    for scalar in text.unicodeScalars.prefix(offset) {
      let isLineEnd = lines[position] == "\n"
      if scalar == "\n" || (folded && scalar == " " && isLineEnd) {
        position = YAMLPosition(line: position.line + 1, column: indentation + 1)
      } else {
        position = YAMLPosition(line: position.line, column: position.column + 1)
      }
    }
    return position
  }

  /// Walks the file and the text side by side.
  private func flowPosition(
    of offset: Int, in text: [Unicode.Scalar], style: YAMLNode.ScalarStyle, at start: YAMLPosition
  ) -> YAMLPosition {
    var position = start
    if style != .plain { position = after(position) }
    for scalar in text.prefix(offset) {
      position = afterSource(of: scalar, at: position, style: style)
    }
    // A character that stands after a fold begins behind the line break and the indentation.
    if let next = text.dropFirst(offset).first, next != " ", next != "\n" { position = skippingFold(position) }
    return position
  }

  private func afterSource(
    of scalar: Unicode.Scalar, at start: YAMLPosition, style: YAMLNode.ScalarStyle
  ) -> YAMLPosition {
    var position = start
    if scalar != " ", scalar != "\n" { position = skippingFold(position) }
    guard let source = lines[position] else { return position }
    if style == .doubleQuoted, source == "\\" { return afterEscape(at: position) }
    if style == .singleQuoted, source == "'" { return after(after(position)) }
    if source == "\n" || (source == " " && scalar == "\n") {
      // One folded break: everything up to the next text stands for this one character.
      return skippingFold(position)
    }
    return after(position)
  }

  private func afterEscape(at position: YAMLPosition) -> YAMLPosition {
    let letter = after(position)
    let digits =
      switch lines[letter] {
      case "x": 2
      case "u": 4
      case "U": 8
      default: 0
      }
    return (0...digits).reduce(letter) { place, _ in after(place) }
  }

  private func skippingFold(_ start: YAMLPosition) -> YAMLPosition {
    var position = start
    var broke = false
    while let source = lines[position], source == "\n" || source == " " || source == "\t" || isEscapedBreak(position) {
      if source == "\n" { broke = true }
      position = after(position)
    }
    return broke ? position : start
  }

  private func isEscapedBreak(_ position: YAMLPosition) -> Bool {
    lines[position] == "\\" && lines[after(position)] == "\n"
  }

  private func after(_ position: YAMLPosition) -> YAMLPosition {
    lines[position] == "\n"
      ? YAMLPosition(line: position.line + 1, column: 1)
      : YAMLPosition(line: position.line, column: position.column + 1)
  }
}
