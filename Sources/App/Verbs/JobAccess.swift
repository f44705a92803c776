import Core
import Jobs
import Storage
import Telemetry

/// The jobs of a database, which a running server may share, for the verbs that look after them.
struct JobAccess: Sendable {
  let queue: JobQueue
  let database: any Database
  let time: any TimeSource
  /// Who runs the verb; kept with what is done.
  let actor: String

  static func with(
    _ invocation: Invocation, _ body: (JobAccess) async throws -> ExitCode
  ) async throws -> ExitCode {
    try await with(invocation) { access, _ in try await body(access) }
  }

  static func with(
    _ invocation: Invocation, _ body: (JobAccess, Platform) async throws -> ExitCode
  ) async throws -> ExitCode {
    let platform = try await Platform.open(try LoadedConfiguration.load(invocation).configuration, logger: .none)
    do {
      try await platform.migrate()
      let environment = invocation.environment
      let code = try await body(
        JobAccess(
          queue: JobQueue(time: platform.time, random: platform.random, sealer: platform.sealer),
          database: platform.database, time: platform.time,
          actor: environment["SUDO_USER"] ?? environment["USER"] ?? "operator"), platform)
      await platform.close()
      return code
    } catch {
      await platform.close()
      throw error
    }
  }

  func read<Result: Sendable>(
    _ body: @escaping @Sendable (JobQueue, any Connection) throws -> Result
  ) async throws -> Result {
    try await database.read { [queue] in try body(queue, $0) }
  }

  /// What `action` did with each of `ids`. All are tried; the first that is refused decides how the verb ends.
  func each(
    _ ids: [String], on terminal: Terminal, event: String, says: (String) -> String,
    _ action: @escaping @Sendable (JobQueue, String, any Connection) throws -> Void
  ) async throws -> ExitCode {
    var failure: CommandFailure?
    for id in ids {
      do {
        try await database.write { [queue] in try action(queue, id, $0) }
        terminal.say(says(id))
        terminal.record(["event": .string(event), "job_id": .string(id)])
      } catch let refusal as JobRefusal {
        let next = CommandFailure(refusal, id)
        if let failure { terminal.fail(failure) }
        failure = next
      }
    }
    if let failure { throw failure }
    return .success
  }
}

extension CommandFailure {
  init(_ refusal: JobRefusal, _ id: String) {
    switch refusal {
    case .notFound:
      self.init(
        .failure, "There is no job \(id).", "It never was, or ended so long ago that it has been swept.")
    case .notDead(let state):
      self.init(
        .conflict, "\(id) is \(state.rawValue): only what failed or is unknown can be run again or discarded.",
        "`ringback jobs show \(id)` shows what happened to it.")
    case .running:
      self.init(
        .conflict, "\(id) runs: what it does outside cannot be taken back.",
        "See what comes of it with `ringback jobs show \(id)`.")
    case .ended(let state):
      self.init(.conflict, "\(id) has ended: \(state.rawValue).", "Only a job that waits can be cancelled.")
    }
  }
}

extension JobSelection {
  /// What the options of a verb choose.
  ///
  /// - Throws: `CommandFailure` for a value that cannot be read.
  init(_ invocation: Invocation, states: Set<JobStatus.State>, now: Timestamp, limit: Int) throws {
    self.init(
      states: states, kind: invocation.value("kind"), cause: invocation.value("cause"),
      since: try invocation.moment("since", before: now),
      until: try invocation.moment("until", before: now), limit: try invocation.number("limit", 1...1_000_000) ?? limit)
  }
}

extension Invocation {
  /// A time, or how long before `now` it was.
  ///
  /// - Throws: `CommandFailure` for what is neither.
  func moment(_ option: String, before now: Timestamp) throws -> Timestamp? {
    guard let text = value(option) else { return nil }
    if let ago = Duration(text: text) { return now - ago }
    guard let time = Timestamp(text) else {
      throw CommandFailure(
        .usage, "--\(option) \"\(text)\" is no time.",
        "Give a duration back from now, such as 2h, or 2026-11-20T09:00:00Z.")
    }
    return time
  }

  /// - Throws: `CommandFailure` for what is no number in the range.
  func number(_ option: String, _ range: ClosedRange<Int>) throws -> Int? {
    guard let text = value(option) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw CommandFailure(
        .usage, "--\(option) \"\(text)\" is no whole number from \(range.lowerBound) to \(range.upperBound).")
    }
    return number
  }
}

extension Verb {
  static let selectionOptions = [
    Option(name: "kind", value: "KIND", summary: "Only jobs of this kind."),
    Option(name: "cause", value: "CAUSE", summary: "Only of this cause; * stands for any text."),
    Option(name: "since", value: "TIME", summary: "Only what changed since then: 2h (ago), or 2026-11-20T09:00:00Z."),
    Option(name: "until", value: "TIME", summary: "Only what last changed before then."),
    Option(name: "limit", value: "N", summary: "At most so many."),
  ]
}
