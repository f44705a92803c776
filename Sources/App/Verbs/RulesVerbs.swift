import Core
import FoundationEssentials
import Loyalty
import Storage
import Telemetry

extension Verb {
  static let rulesCheck = Verb(
    name: "rules check", summary: "Check a document of loyalty rules and say what is wrong, with line and column.",
    arguments: ["FILE"]
  ) { invocation in
    let (book, _) = try rules(from: invocation.arguments[0])
    let counts = [
      ("tiers", book.tiers.tiers.count), ("rules", book.rules.count), ("campaigns", book.campaigns.count),
    ]
    invocation.terminal.say(
      "The rules are good: " + counts.map { "\($0.1) \($0.0)" }.joined(separator: ", ") + ".")
    invocation.terminal.record(
      .object([.init("event", "rules")] + counts.map { .init($0.0, .integer(Int64($0.1))) }))
    return .success
  }

  static let rulesAdd = Verb(
    name: "rules add", summary: "Make a document the next version of the loyalty rules.",
    details: "Running servers take it on within seconds. What was given before stays as it is.",
    arguments: ["FILE"],
    options: configurationOptions + [
      Option(name: "from", value: "TIME", summary: "When it takes over (default: now), such as 2026-12-01.")
    ]
  ) { invocation in
    let (_, document) = try rules(from: invocation.arguments[0])
    return try await withRules(invocation) { platform, table in
      let now = platform.time.now
      let start = try invocation.value("from").map { text in
        guard let time = Timestamp(text), time >= now else {
          throw CommandFailure(
            .usage, "--from \"\(text)\" is no time to come.", "Give one such as 2026-12-01 or 2026-12-01T08:00:00Z.")
        }
        return time
      }
      let added = try await platform.database.write {
        try table.add(document, activeFrom: start ?? now, now: now, in: $0)
      }
      guard let added else {
        throw CommandFailure(
          .conflict, "These are the rules of that time already; nothing was added.",
          "`ringback rules list` shows the versions.")
      }
      invocation.terminal.say(
        "Version \(added.version) " + (start.map { "takes over on \($0)." } ?? "is in force."))
      invocation.terminal.record(added.record(state: start == nil ? "current" : "waiting"))
      return .success
    }
  }

  static let rulesList = Verb(
    name: "rules list", summary: "List the versions of the loyalty rules, the newest first.",
    options: configurationOptions
  ) { invocation in
    try await withRules(invocation) { platform, table in
      let now = platform.time.now
      let versions = try await platform.database.read { try table.all(in: $0) }
      var lines = Table(("VERSION", 8), ("STATE", 8), ("FROM", 24), ("ADDED", 24), ("FINGERPRINT", 16))
      for version in versions.reversed() {
        let state = versions.state(of: version, at: now)
        invocation.terminal.record(version.record(state: state))
        lines.rows.append([
          "\(version.version)", state, version.startText, "\(version.createdAt)",
          String(version.fingerprint.hex.prefix(16)),
        ])
      }
      lines.lines.forEach { invocation.terminal.say($0) }
      return .success
    }
  }

  static let rulesShow = Verb(
    name: "rules show", summary: "Show a version of the loyalty rules, or the one that is in force.",
    arguments: ["[VERSION]"], options: configurationOptions
  ) { invocation in
    try await withRules(invocation) { platform, table in
      let now = platform.time.now
      let versions = try await platform.database.read { try table.all(in: $0) }
      let wanted = invocation.arguments.first
      let found =
        wanted.map { text in versions.first { "\($0.version)" == text } } ?? versions.current(at: now)
      guard let found else {
        throw CommandFailure(
          .failure, "There is no version \(wanted ?? "in force").", "`ringback rules list` shows those that there are.")
      }
      let state = versions.state(of: found, at: now)
      invocation.terminal.say("# Version \(found.version), \(state), from \(found.startText).")
      invocation.terminal.say(found.document)
      invocation.terminal.record(
        .object((found.record(state: state).members ?? []) + [.init("document", .string(found.document))]))
      return .success
    }
  }

  /// The rules of a file, and its text.
  ///
  /// - Throws: `CommandFailure` with all that is wrong, each with its line.
  static func rules(from path: String) throws(CommandFailure) -> (RuleBook, String) {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw CommandFailure(.usage, "\(path) cannot be read.", "Name a file with the rules, in YAML or JSON.")
    }
    let document = String(decoding: bytes, as: UTF8.self)
    do throws(RuleProblems) {
      return (try RuleBook(parsing: document), document)
    } catch {
      let count = error.problems.count == 1 ? "1 problem." : "\(error.problems.count) problems."
      throw CommandFailure(.usage, lines: error.problems.map { "\(path):\($0)" } + [count])
    }
  }

  static func withRules(
    _ invocation: Invocation, _ body: (Platform, RulesTable) async throws -> ExitCode
  ) async throws -> ExitCode {
    let platform = try await Platform.open(try LoadedConfiguration.load(invocation).configuration, logger: .none)
    do {
      try await platform.migrate()
      let (table, now) = (RulesTable(), platform.time.now)
      try await platform.database.write { try table.addDefault(now: now, in: $0) }
      let code = try await body(platform, table)
      await platform.close()
      return code
    } catch {
      await platform.close()
      throw error
    }
  }
}

extension [RulesVersion] {
  /// `current`, `waiting` for its time, or `past`.
  fileprivate func state(of version: RulesVersion, at now: Timestamp) -> String {
    if version == current(at: now) { return "current" }
    return version.activeFrom > now ? "waiting" : "past"
  }
}

extension RulesVersion {
  /// The built-in rules count from the beginning.
  fileprivate var startText: String { activeFrom.microseconds == 0 ? "the start" : "\(activeFrom)" }

  fileprivate func record(state: String) -> JSONValue {
    [
      "version": .integer(version), "state": .string(state), "active_from": .string("\(activeFrom)"),
      "created_at": .string("\(createdAt)"), "fingerprint": .string(fingerprint.hex),
    ]
  }
}
