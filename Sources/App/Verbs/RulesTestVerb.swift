import Core
import Loyalty

extension Verb {
  static let rulesTest = Verb(
    name: "rules test", summary: "Show what other loyalty rules would have given for what happened.",
    details: "Counts the accruals of the last 30 days anew, with tiers and caps as they stood. Changes nothing.",
    arguments: ["FILE"],
    options: configurationOptions + [
      Option(name: "since", value: "TIME", summary: "From then on: 7d (ago), or 2026-11-01 (default: 30d)."),
      Option(name: "until", value: "TIME", summary: "Up to then (default: now)."),
    ]
  ) { invocation in
    let (book, _) = try rules(from: invocation.arguments[0])
    return try await withRules(invocation) { platform, _ in
      let now = platform.time.now
      let since = try invocation.moment("since", before: now) ?? now - .seconds(30 * 86_400)
      let until = try invocation.moment("until", before: now) ?? now
      guard since < until else { throw CommandFailure(.usage, "--since is not before --until.") }
      let trial = try await JournalHistory(platform.database).run(RuleTrial(book, times: since..<until))
      report(trial, since..<until, on: invocation.terminal)
      return .success
    }
  }

  private static func report(_ trial: RuleTrial, _ times: Range<Timestamp>, on terminal: Terminal) {
    let span = "From \(times.lowerBound) to \(times.upperBound)"
    terminal.say(trial.total.transactions == 0 ? "\(span) rules counted nothing." : "\(span), what rules counted:")
    for (kind, tallies) in [("rule", trial.byRule), ("event_type", trial.byEventType)] where !tallies.isEmpty {
      var table = Table(
        (kind == "rule" ? "RULE" : "EVENT TYPE", 40), ("TRANSACTIONS", 12), ("POINTS THEN", 14), ("POINTS NOW", 14),
        ("DIFFERENCE", 14))
      for (name, tally) in tallies.sorted(by: { $0.key < $1.key }) {
        table.rows.append([name] + tally.cells)
        terminal.record(.object([.init("event", "tally"), .init(kind, .string(name))] + tally.members))
      }
      if kind == "event_type" { table.rows.append(["all"] + trial.total.cells) }
      terminal.say()
      table.lines.forEach { terminal.say($0) }
    }
    terminal.say()
    terminal.say(
      "\(trial.customersThatGain) customers gain, \(trial.customersThatLose) lose. Points that can still be spent: "
        + "\(trial.liabilityDifference.signed).")
    terminal.record(
      .object(
        [
          .init("event", "trial"), .init("since", .string("\(times.lowerBound)")),
          .init("until", .string("\(times.upperBound)")),
        ] + trial.total.members + [
          .init("customers_that_gain", .integer(Int64(trial.customersThatGain))),
          .init("customers_that_lose", .integer(Int64(trial.customersThatLose))),
          .init("liability_difference", .integer(trial.liabilityDifference)),
        ]))
  }
}

extension RuleTrial.Tally {
  fileprivate var cells: [String] { ["\(transactions)", "\(pointsThen)", "\(pointsNow)", difference.signed] }

  fileprivate var members: [JSONValue.Member] {
    [
      .init("transactions", .integer(Int64(transactions))), .init("points_then", .integer(pointsThen)),
      .init("points_now", .integer(pointsNow)), .init("difference", .integer(difference)),
    ]
  }
}

extension Int64 {
  fileprivate var signed: String { self > 0 ? "+\(self)" : "\(self)" }
}
