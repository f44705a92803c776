import Core
import YAML

/// The text of a JSON file, for naming the line and column of something in it. Core's tree keeps no places.
struct JSONSource: Sendable {
  let file: String
  private let text: [Unicode.Scalar]

  init(file: String, text: String) {
    self.file = file
    self.text = Array(text.unicodeScalars)
  }

  func problem(atByte byte: Int, _ message: String) -> FlowProblem {
    var rest = byte
    let index = text.firstIndex { scalar in
      defer { rest -= UTF8.width(scalar) }
      return rest <= 0
    }
    return FlowProblem(file: file, position: position(ofScalar: index ?? text.count), message: message)
  }

  /// A problem at the first key of that name, or at the beginning of the file where there is none.
  func problem(atKey key: String, _ message: String) -> FlowProblem {
    FlowProblem(file: file, position: position(ofScalar: place(of: key) ?? 0), message: message)
  }

  /// A problem inside the text that is the value of a key. `offset` counts the scalars of that text.
  func problem(inValueOf key: String, offset: Int, _ message: String) -> FlowProblem {
    guard var index = place(of: key).map({ $0 + key.unicodeScalars.count + 2 }) else {
      return problem(atKey: key, message)
    }
    while index < text.count, text[index] != "\"" { index += 1 }
    index += 1
    for _ in 0..<offset where index < text.count {
      guard text[index] == "\\" else {
        index += 1
        continue
      }
      index += index + 1 < text.count && text[index + 1] == "u" ? 6 : 2
    }
    return FlowProblem(file: file, position: position(ofScalar: min(index, text.count)), message: message)
  }

  func problem(atFirst wanted: String, _ message: String) -> FlowProblem {
    let wanted = Array(wanted.unicodeScalars)
    let index = text.indices.first { text[$0...].starts(with: wanted) }
    return FlowProblem(file: file, position: position(ofScalar: index ?? 0), message: message)
  }

  private func place(of key: String) -> Int? {
    let wanted = Array("\"\(key)\"".unicodeScalars)
    return text.indices.first { index in
      guard text[index...].starts(with: wanted) else { return false }
      let after = text[(index + wanted.count)...].first { !$0.properties.isWhitespace }
      return after == ":"
    }
  }

  private func position(ofScalar index: Int) -> YAMLPosition {
    let before = text[..<index]
    let line = before.count { $0 == "\n" } + 1
    let column = index - (before.lastIndex(of: "\n").map { $0 + 1 } ?? 0) + 1
    return YAMLPosition(line: line, column: column)
  }
}
