import Core
import FoundationEssentials
import Glibc
import Loyalty
import SQLiteStorage
import Storage
import Synchronization

extension Verb {
  static let ledgerImport = Verb(
    name: "ledger import", summary: "Take on the points of another programme from a CSV or NDJSON file.",
    details: """
      Each line is one transaction, once: a file that was imported half-way goes on where it ended, and one that was
      imported is not imported again. Servers may run meanwhile. See docs/how-to/migrate-a-programme.md for the columns.
      """,
    arguments: ["FILE"],
    options: configurationOptions + [
      Option(name: "format", value: "FORMAT", summary: "csv or ndjson (default: by the name of the file)."),
      Option(name: "dry-run", summary: "Read and check every line, and apply none."),
      Option(name: "stop-on-error", summary: "End with the first line that cannot be applied."),
      Option(name: "errors", value: "FILE", summary: "Where those lines are listed (default: FILE.errors.csv)."),
      Option(
        name: "spool", value: "DIR",
        summary: "Where what was read is kept until it is applied (default: the data folder)."),
      Option(name: "group", value: "N", summary: "Transactions a commit (default: 32768); fewer where servers run."),
    ]
  ) { invocation in
    var options = ImportLedger.Options()
    options.format = invocation.value("format")
    guard [nil, "csv", "ndjson"].contains(options.format) else {
      throw CommandFailure(.usage, "--format is csv or ndjson.")
    }
    options.isTrial = invocation.flag("dry-run")
    options.stopsAtFault = invocation.flag("stop-on-error")
    options.group = try invocation.number("group", 1...1_000_000) ?? options.group
    var sqlite = SQLiteDatabase.Options()
    sqlite.cacheKiB = 512 * 1_024
    return try await withLedger(invocation, sqlite: sqlite) { [options] platform, programme in
      let rules = LiveRules()
      try await platform.database.write { [time = platform.time] in try rules.load(at: time.now, in: $0) }
      let ledger = Ledger(
        on: platform.database, options: platform.ledgerOptions,
        rules: { [time = platform.time] in rules.current(at: time.now) }, time: platform.time, random: platform.random)
      let load = ImportLedger(
        ledger, keys: platform.customerKeys(programme: programme), folder: invocation.value("spool") ?? platform.data,
        options: options)
      let code = try await run(load, invocation, platform)
      try await ledger.writeRows()
      return code
    }
  }

  private static func run(
    _ load: ImportLedger, _ invocation: Invocation, _ platform: Platform
  ) async throws -> ExitCode {
    let (path, terminal) = (invocation.arguments[0], invocation.terminal)
    let faults = FaultFile(invocation.value("errors") ?? path + ".errors.csv")
    let bar = ProgressBar(terminal, time: platform.time)
    let start = platform.time.uptime
    let report: ImportLedger.Report
    do {
      report = try await load(path, faults: { faults.add($0) }) { progress in
        bar.show(
          progress.stage == .reading ? "read" : "import", done: progress.done, of: progress.total,
          items: progress.items, "lines")
      }
      bar.clear()
    } catch let failure as ImportLedger.Failure {
      bar.clear()
      throw CommandFailure(failure, path)
    }
    let took = platform.time.uptime - start
    let rate = Int64(Double(report.applied - report.earlier) / max(0.001, Double(took.wholeMilliseconds) / 1_000))
    terminal.say(
      invocation.flag("dry-run")
        ? "\(report.applied.grouped) lines are good, \(faults.count.grouped) are not. Nothing was applied."
        : "\(report.applied.grouped) transactions, \(report.points.grouped) points; \(report.refused.grouped) lines refused."
    )
    if report.earlier > 0 { terminal.say("\(report.earlier.grouped) of them were applied by an earlier run.") }
    if faults.count > 0 { terminal.say("The lines that were not are listed in \(faults.path).") }
    terminal.say("\(took.wholeMilliseconds.grouped) ms, \(rate.grouped) a second")
    terminal.record([
      "event": "import", "import_id": .string(report.id), "lines": .integer(report.lines),
      "applied": .integer(report.applied), "refused": .integer(report.refused), "points": .integer(report.points),
      "earlier": .integer(report.earlier), "took_ms": .integer(took.wholeMilliseconds),
    ])
    return faults.count > 0 || report.refused > 0 ? .failure : .success
  }
}

/// The lines that were not applied: their numbers and why, never what stood in them.
private final class FaultFile: Sendable {
  let path: String
  private let state = Mutex((descriptor: Int32(-1), count: 0))

  init(_ path: String) {
    self.path = path
  }

  var count: Int { state.withLock { $0.count } }

  func add(_ fault: ImportFault) {
    state.withLock { state in
      var text = ""
      if state.count == 0 {
        state.descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        text = "line,code,reason\n"
      }
      state.count += 1
      text += "\(fault.line),\(fault.code),\"\(fault.text)\"\n"
      var bytes = Array(text.utf8)
      if state.descriptor >= 0 { _ = write(state.descriptor, &bytes, bytes.count) }
    }
  }
}

extension CommandFailure {
  fileprivate init(_ failure: ImportLedger.Failure, _ path: String) {
    switch failure {
    case .unreadable(let reason): self.init(.usage, "\(path) cannot be read: \(reason).")
    case .header(let fault):
      self.init(
        .usage, "The first line of \(path) \(fault.text).", "docs/how-to/migrate-a-programme.md lists the columns.")
    case .fault(let fault, let applied):
      self.init(
        .failure, "Line \(fault.line) of \(path): \(fault.code) \(fault.text).",
        applied == 0
          ? "Nothing is applied. Put the line right and start again, or leave --stop-on-error out."
          : "\(applied.grouped) lines are applied, so leave the file as it is: go on without --stop-on-error, and put this line right "
            + "in a file of its own.")
    case .spool(let folder, let reason):
      self.init(
        .failure, "What was read of \(path) cannot be kept in \(folder): \(reason).",
        "It takes some hundred bytes a line, until the import ends. Make room there, or name another folder with --spool, and start again."
      )
    case .begunOtherwise:
      self.init(
        .conflict, "The import of \(path) was begun by an earlier Ringback, which applies lines in another order.",
        "Let that one end it.")
    case .raced: self.init(.conflict, "Another process imports \(path) at this moment.", "Wait for it to end.")
    case .keyRotated(let began, let now):
      self.init(
        .conflict, "The import of \(path) began under key \(began), and key \(now) is the newest now.",
        "Put back the file keys/master of then until it is done.")
    }
  }
}
