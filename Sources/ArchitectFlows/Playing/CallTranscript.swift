import Core

/// A call as a person reads it, one line for each event:
///
///     0.4 s  ⌨  8 3 9 2 0 1 #
///     0.4 s  →  GET /v1/orders/839201  200 in 38 ms
package struct CallTranscript: Sendable {
  private let isUnicode: Bool
  private let isColoured: Bool
  private let showsVariables: Bool

  /// - Parameters:
  ///   - isUnicode: whether the terminal writes UTF-8; plain ASCII otherwise.
  ///   - isColoured: only ever for a terminal.
  ///   - showsVariables: also each variable that is set.
  package init(isUnicode: Bool, isColoured: Bool, showsVariables: Bool = false) {
    self.isUnicode = isUnicode
    self.isColoured = isColoured
    self.showsVariables = showsVariables
  }

  /// Whether the locale of a process writes UTF-8 (`LC_ALL`, `LC_CTYPE`, `LANG`, in that order).
  package static func isUnicode(environment: [String: String]) -> Bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"]
    let locale = names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    return locale.lowercased().replacing("-", by: "").hasSuffix("utf8")
  }

  /// Nil for an event that has no line.
  package func line(for event: CallEvent) -> String? {
    guard let (symbol, words) = parts(event.kind) else { return nil }
    return "\(time(event.offset))  \(symbol)  \(isUnicode ? words : Self.ascii(words))"
  }

  private func time(_ offset: Duration) -> String {
    let tenths = offset.wholeMilliseconds / 100
    let text = "\(tenths / 10).\(tenths % 10) s"
    return String(repeating: " ", count: max(0, 7 - text.count)) + text
  }

  private func parts(_ kind: CallEvent.Kind) -> (symbol: String, words: String)? {
    switch kind {
    case .answered(let flow, let kind): (mark("☎", "*"), "\(flow) (\(kind))")
    case .prompt(let text): (mark("☎", "<"), "\"\(text)\"")
    case .keys(let keys): (mark("⌨", ">"), keys.map(String.init).joined(separator: " "))
    case .text(let text): (mark("⌨", ">"), "\"\(text)\"")
    case .noEntry(let limit): (mark("⌨", ">"), "nothing within \(Self.words(limit))")
    case .request(_, let method, let path, let status, let duration, let failure):
      (
        mark("→", "="),
        "\(method) \(path)  \(status.map(String.init) ?? failure ?? "no answer") in \(Self.words(duration))"
      )
    case .branch(let action, let path): (mark("·", "."), "\(action): \(path)")
    case .variable(let name, let value):
      showsVariables ? (mark("·", "."), "\(name) = \(value?.text ?? "[secure]")") : nil
    case .participantData(let name, let value): (mark("✎", "+"), "\(name) = \(value?.string ?? "[secure]")")
    case .pause(let duration, let reason): (mark("…", "~"), "\(reason), \(Self.words(duration))")
    case .fault(let action, let line, let column, let reason):
      (mark("✘", "!"), "\(action) (\(line):\(column)): \(reason)")
    case .outcome(let outcome, let requests):
      (mark("■", "#"), "\(outcome.words) · \(requests) request\(requests == 1 ? "" : "s")")
    }
  }

  private func mark(_ symbol: String, _ plain: String) -> String {
    let text = isUnicode ? symbol : plain
    return isColoured ? "\u{1B}[36m\(text)\u{1B}[0m" : text
  }

  private static func words(_ duration: Duration) -> String {
    let milliseconds = duration.wholeMilliseconds
    guard milliseconds >= 1_000 else { return "\(milliseconds) ms" }
    let tenths = milliseconds / 100
    return tenths.isMultiple(of: 10) ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
  }

  private static func ascii(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          switch scalar {
          case "•": "*"
          case "·": "-"
          case "“", "”": "\""
          case "‘", "’": "'"
          case "–", "—": "-"
          default: scalar.isASCII ? scalar : "?"
          }
        }))
  }
}
