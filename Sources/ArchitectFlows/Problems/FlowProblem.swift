import YAML

/// One thing in a flow or a data action that the runner will not take, found before the call starts.
package struct FlowProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// As the caller named the file.
  package let file: String
  package let position: YAMLPosition
  /// What is wrong and, where it is known, what would be right.
  package let message: String

  package init(file: String, position: YAMLPosition, message: String) {
    self.file = file
    self.position = position
    self.message = message
  }

  /// `flows/returns.yaml:88:13: action "playAudioOnSilence" is not known to the runner.`
  package var description: String { "\(file):\(position): \(message)" }
}

/// Everything that was found, in the order of the files and their lines.
package struct FlowProblems: Error, Sendable, CustomStringConvertible {
  package let problems: [FlowProblem]

  package init(_ problems: [FlowProblem]) {
    var seen: Set<FlowProblem> = []
    self.problems = problems.filter { seen.insert($0).inserted }
      .sorted { ($0.file, $0.position) < ($1.file, $1.position) }
  }

  /// One problem a line, then the sentence that says what did not happen.
  package var description: String {
    (problems.map(\.description) + ["The call was not placed."]).joined(separator: "\n")
  }
}
