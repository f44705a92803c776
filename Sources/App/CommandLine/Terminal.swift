import Core
import Glibc

/// Where a verb writes: text for a person, or one JSON object a line.
struct Terminal: Sendable {
  let isJSON: Bool
  /// Standard output is a terminal, `NO_COLOR` is not set, and it is not JSON.
  let hasColour: Bool

  init(isJSON: Bool, environment: [String: String]) {
    self.isJSON = isJSON
    hasColour =
      !isJSON && isatty(STDOUT_FILENO) == 1 && environment["NO_COLOR", default: ""].isEmpty
      && environment["TERM"] != "dumb"
  }

  /// A person types, so that what cannot be undone wants `--yes`; a script has thought before.
  static var isTyped: Bool { isatty(STDIN_FILENO) == 1 }

  /// A line for a person; nothing under `--json`.
  func say(_ line: String = "") {
    if !isJSON { write(line + "\n", to: STDOUT_FILENO) }
  }

  /// The same facts for a program; nothing without `--json`.
  func record(_ value: JSONValue) {
    if isJSON { write(value.text + "\n", to: STDOUT_FILENO) }
  }

  /// A line on standard error, for progress and errors.
  func complain(_ line: String) {
    write(line + "\n", to: STDERR_FILENO)
  }

  func fail(_ failure: CommandFailure) {
    if isJSON {
      let error: JSONValue = [
        "event": "error", "exit_code": .integer(failure.code.rawValue),
        "message": .string(failure.lines.joined(separator: " ")),
      ]
      write(error.text + "\n", to: STDERR_FILENO)
    } else {
      for line in failure.lines { complain(line) }
    }
  }

  /// The one accent colour.
  func accented(_ text: String) -> String { hasColour ? "\u{1B}[36m\(text)\u{1B}[0m" : text }

  func emphasised(_ text: String) -> String { hasColour ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

  private func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      // A reader that has gone away is no reason to fail: what was asked for is done.
      guard written > 0 else { return }
      bytes = bytes.dropFirst(written)
    }
  }
}
