/// Something in the configuration that cannot be used as it is.
struct ConfigurationProblem: Error, Sendable, Hashable {
  let origin: SettingOrigin
  /// A sentence that says what is wrong and what would be right.
  let message: String

  init(_ origin: SettingOrigin, _ message: String) {
    self.origin = origin
    self.message = message
  }

  var line: String { origin == .fallback ? message : "\(origin): \(message)" }
}

/// All that is wrong, in the order of the file.
struct ConfigurationProblems: Error, Sendable {
  let problems: [ConfigurationProblem]

  var failure: CommandFailure {
    let count = problems.count == 1 ? "1 problem." : "\(problems.count) problems."
    return CommandFailure(
      .configuration,
      lines: problems.map(\.line)
        + ["\(count) `ringback config show --origin` prints every key, its value and where it came from."])
  }
}
