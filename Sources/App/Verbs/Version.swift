import Core

extension Verb {
  static let version = Verb(name: "version", summary: "Show the version.") { invocation in
    invocation.terminal.say("ringback \(Build.version)")
    invocation.terminal.record(["version": .string(Build.version)])
    return .success
  }
}

enum Build {
  /// Semantic Versioning; the same as the newest heading of CHANGELOG.md.
  static let version = "0.1.0"
}
