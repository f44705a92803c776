import Core
import Jobs

extension Verb {
  static let jobsList = Verb(
    name: "jobs list", summary: "List jobs, the last made first.",
    options: configurationOptions + [
      Option(name: "state", value: "STATE", summary: "Only jobs in this state.", repeats: true)
    ] + selectionOptions
  ) { invocation in
    try await JobAccess.with(invocation) { access in
      let states = try invocation.values("state").map { name in
        guard let state = JobStatus.State(rawValue: name) else {
          let names = JobStatus.State.allCases.map(\.rawValue)
          throw CommandFailure(
            .usage, "There is no state \"\(name)\".\(nearestNameHint(for: name, among: names))",
            "The states are \(names.joined(separator: ", ")).")
        }
        return state
      }
      let now = access.time.now
      let selection = try JobSelection(invocation, states: Set(states), now: now, limit: 50)
      let jobs = try await access.read { try $0.list(selection, in: $1) }
      let terminal = invocation.terminal
      var table = Table(("ID", 34), ("KIND", 26), ("STATE", 9), ("TRIES", 7), ("CHANGED", 8), ("DUE", 8))
      for job in jobs {
        terminal.record(job.json)
        let due = job.state == .ready ? (job.runAt > now ? "in \((job.runAt - now).spoken)" : "now") : ""
        table.rows.append([
          job.id, job.kind, job.state.rawValue, "\(job.attempts)/\(job.maxAttempts)", (now - job.updatedAt).spoken, due,
        ])
      }
      if jobs.isEmpty { terminal.say("No job matches.") } else { table.lines.forEach { terminal.say($0) } }
      if jobs.count == selection.limit { terminal.say("There may be more: --limit N shows more of them.") }
      return .success
    }
  }

  static let jobsShow = Verb(
    name: "jobs show", summary: "Show a job with every attempt that did not succeed.",
    details: "What a job carries is sealed and never shown.", arguments: ["ID"], options: configurationOptions
  ) { invocation in try await show(invocation) }

  static let jobsRetry = Verb(
    name: "jobs retry", summary: "Run jobs again that failed or are unknown.",
    details: "What may have been sent is asked of the vendor before it is sent again.",
    arguments: ["ID…"], options: configurationOptions
  ) { invocation in
    try await JobAccess.with(invocation) { access in
      try await access.each(
        invocation.arguments, on: invocation.terminal, event: "retried", says: { "\($0) runs again." },
        { try $0.retry($1, by: access.actor, in: $2) })
    }
  }

  static let jobsCancel = Verb(
    name: "jobs cancel", summary: "Take back jobs that wait.",
    details: "One that runs is left alone. What the job carries is forgotten.",
    arguments: ["ID…"], options: configurationOptions
  ) { invocation in
    try await JobAccess.with(invocation) { access in
      try await access.each(
        invocation.arguments, on: invocation.terminal, event: "cancelled", says: { "\($0) is cancelled." },
        { try $0.cancel($1, by: access.actor, in: $2) })
    }
  }

  static func show(_ invocation: Invocation) async throws -> ExitCode {
    try await JobAccess.with(invocation) { access in
      let id = invocation.arguments[0]
      let (job, attempts) = try await access.read { (try $0.find(id, in: $1), try $0.attempts(of: id, in: $1)) }
      guard let job else { throw CommandFailure(.notFound, id) }
      let terminal = invocation.terminal
      terminal.record(job.json(with: attempts))
      for (name, value) in job.facts(at: access.time.now) { terminal.say("\(name.padding(to: 11))\(value)") }
      guard !attempts.isEmpty else { return .success }
      terminal.say()
      var table = Table(("STARTED", 24), ("TOOK", 8), ("TRY", 3), ("OUTCOME", 22), ("REASON", 80))
      for attempt in attempts {
        table.rows.append([
          "\(attempt.startedAt)", attempt.actor == nil ? (attempt.endedAt - attempt.startedAt).spoken : "",
          attempt.actor == nil ? "\(attempt.attempt)" : "", attempt.spokenOutcome,
          attempt.actor.map { "by \($0)" } ?? attempt.reason ?? "",
        ])
      }
      table.lines.forEach { terminal.say($0) }
      return .success
    }
  }
}
