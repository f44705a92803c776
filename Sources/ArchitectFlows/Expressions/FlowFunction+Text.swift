import Core
import FoundationEssentials

extension FlowFunction {
  static let textFunctions: [FlowFunction] = [
    FlowFunction(
      "Append", [[.any]], repeats: true, toleratesNotSet: true,
      givesBy: { $0.contains(.audio) ? .audio : .string },
      { values, _ throws(FlowFault) in
        guard values.contains(where: { $0.type == .audio }) else { return .string(values.map(\.text).joined()) }
        return .audio(values.map(\.text).filter { !$0.isEmpty }.joined(separator: " "))
      }),
    FlowFunction("Lower", [[.string]], gives: .string) { values, _ throws(FlowFault) in
      .string(values.text(0).lowercased())
    },
    FlowFunction("ToLower", [[.string]], gives: .string) { values, _ throws(FlowFault) in
      .string(values.text(0).lowercased())
    },
    FlowFunction("Upper", [[.string]], gives: .string) { values, _ throws(FlowFault) in
      .string(values.text(0).uppercased())
    },
    FlowFunction("ToUpper", [[.string]], gives: .string) { values, _ throws(FlowFault) in
      .string(values.text(0).uppercased())
    },
    FlowFunction("Trim", [[.string]], gives: .string) { values, _ throws(FlowFault) in .string(values.text(0).trimmed)
    },
    FlowFunction("Length", [[.string]], gives: .integer) { values, _ throws(FlowFault) in
      .integer(Int64(values.text(0).count))
    },
    FlowFunction("Left", [[.string], [.integer]], gives: .string) { values, _ throws(FlowFault) in
      .string(String(values.text(0).prefix(max(0, try values.integer(1, of: "Left")))))
    },
    FlowFunction("Right", [[.string], [.integer]], gives: .string) { values, _ throws(FlowFault) in
      .string(String(values.text(0).suffix(max(0, try values.integer(1, of: "Right")))))
    },
    FlowFunction("Substring", [[.string], [.integer], [.integer]], optional: 1, gives: .string) {
      values, _ throws(FlowFault) in
      let (text, start) = (values.text(0), try values.integer(1, of: "Substring"))
      let length = values.count == 3 ? try values.integer(2, of: "Substring") : text.count
      guard start >= 0, length >= 0, start <= text.count else {
        throw FlowFault("function Substring: \(start) and \(length) lie outside a text of \(text.count)")
      }
      return .string(String(text.dropFirst(start).prefix(length)))
    },
    FlowFunction("Replace", [[.string], [.string], [.string]], gives: .string) { values, _ throws(FlowFault) in
      .string(values.text(0).replacing(values.text(1), by: values.text(2)))
    },
    FlowFunction("FindString", [[.string], [.string], [.integer]], optional: 1, gives: .integer) {
      values, _ throws(FlowFault) in
      let start = values.count == 3 ? max(0, try values.integer(2, of: "FindString")) : 0
      return .integer(Int64(values.text(0).offset(of: values.text(1), from: start) ?? -1))
    },
    FlowFunction("IndexOf", [[.string], [.string]], gives: .integer) { values, _ throws(FlowFault) in
      .integer(Int64(values.text(0).offset(of: values.text(1), from: 0) ?? -1))
    },
    FlowFunction("Contains", [[.string, .collection(.any)], [.any], [.boolean]], optional: 1, gives: .boolean) {
      values, _ throws(FlowFault) in
      if case .list(let items) = values[0] {
        for item in items where try item.isEqual(to: values[1]) { return .boolean(true) }
        return .boolean(false)
      }
      let ignoresCase = try values.truth(2)
      let (text, part) = (values.text(0), values.text(1))
      let found =
        ignoresCase
        ? text.lowercased().offset(of: part.lowercased(), from: 0) : text.offset(of: part, from: 0)
      return .boolean(found != nil)
    },
    FlowFunction("AreEqual", [[.string], [.string], [.boolean]], optional: 1, toleratesNotSet: true, gives: .boolean) {
      values, _ throws(FlowFault) in
      let ignoresCase = try values.truth(2)
      return .boolean(
        ignoresCase ? values.text(0).lowercased() == values.text(1).lowercased() : values.text(0) == values.text(1))
    },
  ]
}

extension String {
  var trimmed: String {
    let scalars = unicodeScalars.drop(while: \.properties.isWhitespace)
    guard let last = scalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
    return String(Substring(scalars[...last]))
  }

  /// Where `part` begins at or behind `start`, counted in characters.
  func offset(of part: String, from start: Int) -> Int? {
    let (text, wanted) = (Array(self), Array(part))
    guard start <= text.count else { return nil }
    guard !wanted.isEmpty else { return start }
    guard text.count - start >= wanted.count else { return nil }
    return (start...(text.count - wanted.count)).first { text[$0...].starts(with: wanted) }
  }

  func replacing(_ part: String, by other: String) -> String {
    guard !part.isEmpty else { return self }
    var output = ""
    var rest = self[...]
    while let index = rest.indices.first(where: { rest[$0...].hasPrefix(part) }) {
      output += rest[..<index] + other
      guard output.utf8.count <= Evaluation.maximumLength else { return output }
      rest = rest[index...].dropFirst(part.count)
    }
    return output + rest
  }
}
