/// Something that `ringback` does, with all that `help` says of it.
struct Verb: Sendable {
  /// One or two words: `serve`, `clients add`.
  let name: String
  let summary: String
  var details = ""
  /// Positional arguments as help shows them, such as `FLOW`; those in brackets may be left out, and a last
  /// one that ends in `…` may be given several times.
  var arguments: [String] = []
  var options: [Option] = []
  let run: @Sendable (Invocation) async throws -> ExitCode

  struct Option: Sendable {
    /// Without the dashes.
    let name: String
    /// What stands for the value in help; nil for a flag.
    var value: String?
    let summary: String
    /// May be given more than once.
    var repeats = false
  }

  var leastArguments: Int { arguments.count { !$0.hasPrefix("[") } }

  var repeatsLastArgument: Bool { arguments.last?.contains("…") ?? false }

  /// Every verb takes these.
  static let commonOptions = [
    Option(name: "json", summary: "One JSON object a line instead of text."),
    Option(name: "help", summary: "Show what this command takes."),
  ]

  /// The verbs that read the configuration take these.
  static let configurationOptions = [
    Option(name: "config", value: "FILE", summary: "Configuration file (default: ringback.yaml if it is there)."),
    Option(name: "data", value: "DIR", summary: "Data folder (default: ringback-data)."),
    Option(name: "set", value: "KEY=VALUE", summary: "Set one key of the configuration.", repeats: true),
  ]
}

/// A verb with what it was called with.
struct Invocation: Sendable {
  let verb: Verb
  let arguments: [String]
  let options: [String: [String]]
  let environment: [String: String]
  let terminal: Terminal

  func flag(_ name: String) -> Bool { options[name] != nil }

  /// The last value given.
  func value(_ name: String) -> String? { options[name]?.last }

  func values(_ name: String) -> [String] { options[name] ?? [] }
}
