import Core
import Jobs

extension Verb {
  static let deadLettersList = Verb(
    name: "deadletters list", summary: "List what failed or is unknown, by cause.",
    options: configurationOptions + selectionOptions
  ) { invocation in
    try await JobAccess.with(invocation) { access in
      let now = access.time.now
      let selection = try JobSelection(invocation, states: [.failed, .unknown], now: now, limit: 50)
      let groups = try await access.read { try $0.deadLetterGroups(selection, in: $1) }
      let terminal = invocation.terminal
      var table = Table(("CAUSE", 42), ("COUNT", 7), ("OLDEST", 8), ("EXAMPLE", 34))
      for group in groups {
        terminal.record([
          "cause": .string(group.cause), "count": .integer(group.count), "oldest_at": .string("\(group.oldest)"),
          "newest_at": .string("\(group.newest)"), "example": group.example.json,
        ])
        table.rows.append([group.cause, "\(group.count)", (now - group.oldest).spoken, group.example.id])
      }
      if groups.isEmpty { terminal.say("No dead letter matches.") } else { table.lines.forEach { terminal.say($0) } }
      return .success
    }
  }

  static let deadLettersShow = Verb(
    name: "deadletters show", summary: "Show a dead letter with every attempt; the same as jobs show.",
    arguments: ["ID"], options: configurationOptions
  ) { invocation in try await show(invocation) }

  static let deadLettersRetry = Verb(
    name: "deadletters retry", summary: "Run dead letters again, spread over time.",
    details: """
      Which: ids, or what --kind, --cause, --since and --until choose; --cause '*' is all. What may have been sent is
      asked of the vendor before it is sent again.
      """,
    arguments: ["[ID…]"],
    options: configurationOptions + selectionOptions + [
      Option(name: "rate", value: "N", summary: "At most so many a second (default: 5)."), dryRun, yes,
    ]
  ) { invocation in
    let rate = try invocation.number("rate", 1...1_000) ?? 5
    return try await JobAccess.with(invocation) { access in
      let ids = try await chosen(invocation, access)
      func report(_ event: String, _ verb: String, _ count: Int) {
        let seconds = (count + rate - 1) / rate
        let jobs =
          count == 1
          ? "1 job \(verb)\(verb == "run" ? "s" : "") again."
          : "\(count) jobs \(verb) again, at \(rate) a second, about \(seconds) s."
        invocation.terminal.say(count == 0 ? "No dead letter matches." : jobs)
        invocation.terminal.record([
          "event": .string(event), "count": .integer(count), "per_second": .integer(rate), "seconds": .integer(seconds),
        ])
      }
      if invocation.flag("dry-run") {
        report("dry_run", "would run", ids.count)
        return .success
      }
      try confirm(invocation, "\(ids.count) jobs would run again", when: ids.count > 1)
      let retried = try await access.queue.retry(ids, perSecond: rate, by: access.actor, in: access.database)
      report("retried", "run", retried.count)
      return .success
    }
  }

  static let deadLettersDiscard = Verb(
    name: "deadletters discard",
    summary: "Give dead letters up: they end as cancelled, and what they carry is forgotten.",
    details: "Which: ids, or what --kind, --cause, --since and --until choose; --cause '*' is all.",
    arguments: ["[ID…]"], options: configurationOptions + selectionOptions + [dryRun, yes]
  ) { invocation in
    try await JobAccess.with(invocation) { access in
      let ids = try await chosen(invocation, access)
      let jobs = ids.count == 1 ? "1 job" : "\(ids.count) jobs"
      if invocation.flag("dry-run") || ids.isEmpty {
        invocation.terminal.say(ids.isEmpty ? "No dead letter matches." : "\(jobs) would be given up.")
        invocation.terminal.record(["event": "dry_run", "count": .integer(ids.count)])
        return .success
      }
      try confirm(invocation, "\(jobs) would be given up, which cannot be undone", when: true)
      return try await access.each(
        ids, on: invocation.terminal, event: "discarded", says: { "\($0) is given up." },
        { try $0.discard($1, by: access.actor, in: $2) })
    }
  }

  private static let dryRun = Option(name: "dry-run", summary: "Only say what would be done.")
  private static let yes = Option(name: "yes", summary: "Do it; wanted where a person types.")

  private static func chosen(_ invocation: Invocation, _ access: JobAccess) async throws -> [String] {
    let hasSelection = ["kind", "cause", "since", "until"].contains { invocation.value($0) != nil }
    guard invocation.arguments.isEmpty == hasSelection else {
      throw CommandFailure(
        .usage, hasSelection ? "Ids or a selection, not both." : "Which dead letters?",
        "Give ids, or choose with --cause, --kind, --since or --until; --cause '*' is all.")
    }
    if !hasSelection {
      // One that is wrong, and nothing is done.
      for id in invocation.arguments {
        let state = try await access.read { try $0.find(id, in: $1)?.state }
        guard let state else { throw CommandFailure(.notFound, id) }
        guard state.isDeadLetter else { throw CommandFailure(.notDead(state), id) }
      }
      return invocation.arguments
    }
    let selection = try JobSelection(
      invocation, states: [.failed, .unknown], now: access.time.now, limit: 1_000_000)
    return try await access.read { try $0.deadLetterIDs(selection, in: $1) }
  }

  private static func confirm(_ invocation: Invocation, _ consequence: String, when matters: Bool) throws {
    guard matters, Terminal.isTyped, !invocation.flag("yes") else { return }
    throw CommandFailure(.usage, "\(consequence).", "Say --yes to do it, or --dry-run to only look.")
  }
}
