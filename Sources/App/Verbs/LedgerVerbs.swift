import Core
import FoundationEssentials
import Loyalty
import SQLiteStorage
import Security
import Storage
import Telemetry

extension Verb {
  static let ledgerVerify = Verb(
    name: "ledger verify", summary: "Prove the ledger of points from its journal, row by row.",
    details: """
      Recomputes every hash, replays every transaction and compares balances, lots, holds, books and keys with what comes
      out. It runs while servers write. The first row that does not fit is shown, and the exit code is 1.
      """,
    options: configurationOptions + [
      Option(name: "account", value: "ID", summary: "Only this account: acc_…."),
      Option(
        name: "checkpoint", value: "FILE", summary: "And that the journal has not been cut off since (repeats).",
        repeats: true),
    ]
  ) { invocation in
    guard !(invocation.flag("account") && invocation.flag("checkpoint")) else {
      throw CommandFailure(
        .usage, "--checkpoint is of the whole journal, and --account reads one account alone.", "Leave one of them out."
      )
    }
    return try await withLedger(invocation) { platform, programme in
      let verify = VerifyLedger(platform.database)
      do {
        if let id = invocation.value("account") {
          return try await proveAccount(id, verify, invocation.terminal)
        }
        let checkpoints = try invocation.values("checkpoint").map { try checkpoint(in: $0, platform, programme) }
        return try await prove(verify, against: checkpoints, invocation.terminal, platform)
      } catch let flaw as LedgerBreak {
        invocation.terminal.record([
          "event": "break", "table": .string(flaw.table), "row": .string(flaw.row), "what": .string(flaw.what),
          "expected": .string(flaw.expected), "found": .string(flaw.found),
        ])
        throw CommandFailure(
          .failure, "The ledger is broken: \(flaw.table), \(flaw.row), \(flaw.what).", "expected  \(flaw.expected)",
          "found     \(flaw.found)", "docs/operations/ledger.md says what to do. Change nothing before.")
      }
    }
  }

  static let ledgerCheckpoint = Verb(
    name: "ledger checkpoint", summary: "Sign where the journal of points ends, to be kept elsewhere.",
    details:
      "`ringback ledger verify --checkpoint FILE` tells later whether anything before it was changed or cut off.",
    options: configurationOptions + [
      Option(name: "out", value: "FILE", summary: "Write it there (default: standard output).")
    ]
  ) { invocation in
    try await withLedger(invocation) { platform, programme in
      let (checkpoint, signed) = try await SignCheckpoint(
        platform.database, programme: programme, key: try platform.checkpointKey(), time: platform.time)()
      if let path = invocation.value("out") {
        guard FileManager.default.createFile(atPath: path, contents: Data((signed + "\n").utf8)) else {
          throw CommandFailure(.failure, "\(path) cannot be written.", "Name another file with --out.")
        }
        invocation.terminal.say(
          "\(path): transaction \(checkpoint.sequence.grouped), commit \(checkpoint.journal.grouped), \(checkpoint.at)")
      } else {
        invocation.terminal.say(signed)
      }
      invocation.terminal.record([
        "event": "checkpoint", "checkpoint": .string(signed), "sequence": .integer(checkpoint.sequence),
        "journal": .integer(checkpoint.journal), "root": .string(checkpoint.root.hex),
        "at": .string("\(checkpoint.at)"),
      ])
      return .success
    }
  }

  // MARK: -

  static func withLedger(
    _ invocation: Invocation, sqlite: SQLiteDatabase.Options = SQLiteDatabase.Options(),
    _ body: (Platform, _ programme: String) async throws -> ExitCode
  ) async throws -> ExitCode {
    let configuration = try LoadedConfiguration.load(invocation).configuration
    let platform = try await Platform.open(configuration, sqlite: sqlite, logger: .none)
    do {
      try await platform.migrate()
      let code = try await body(platform, configuration.loyalty.programme)
      await platform.close()
      return code
    } catch {
      await platform.close()
      throw error
    }
  }

  private static func prove(
    _ verify: VerifyLedger, against checkpoints: [LedgerCheckpoint], _ terminal: Terminal, _ platform: Platform
  ) async throws -> ExitCode {
    let bar = ProgressBar(terminal, time: platform.time)
    let start = platform.time.uptime
    defer { bar.clear() }
    let proof = try await verify(against: checkpoints) { progress in
      bar.show(progress.table, done: progress.done, of: progress.total, items: progress.done, "")
    }
    bar.clear()
    let took = platform.time.uptime - start
    terminal.say("The ledger is whole.")
    for (name, count) in [
      ("transactions", proof.transactions), ("commits", proof.commits), ("accounts", Int64(proof.accounts)),
      ("customers", Int64(proof.customers)), ("keys", Int64(proof.keys)), ("points owned", proof.owned),
    ] { terminal.say("\(name.padding(to: 14))\(count.grouped)") }
    for checkpoint in checkpoints { terminal.say("\("checkpoint".padding(to: 14))\(checkpoint.at)") }
    terminal.say("\("root".padding(to: 14))\(proof.root.hex)")
    terminal.say("\("took".padding(to: 14))\(took.wholeMilliseconds.grouped) ms")
    terminal.record([
      "event": "proof", "transactions": .integer(proof.transactions), "commits": .integer(proof.commits),
      "accounts": .integer(proof.accounts), "customers": .integer(proof.customers), "keys": .integer(proof.keys),
      "owned": .integer(proof.owned), "root": .string(proof.root.hex),
      "books": .object(
        BookAccount.allCases.map { .init("\($0)", .integer(proof.books[$0, default: 0])) }),
      "took_ms": .integer(took.wholeMilliseconds),
    ])
    return .success
  }

  private static func proveAccount(
    _ text: String, _ verify: VerifyLedger, _ terminal: Terminal
  ) async throws -> ExitCode {
    guard let id = AccountID(text) else { throw CommandFailure(.usage, "\"\(text)\" is no account: acc_….") }
    guard let count = try await verify.account(id) else {
      throw CommandFailure(.failure, "There is no account \(text).")
    }
    terminal.say("The account is whole: \(count.grouped) transactions.")
    terminal.record(["event": "proof", "account_id": .string(text), "transactions": .integer(count)])
    return .success
  }

  private static func checkpoint(
    in path: String, _ platform: Platform, _ programme: String
  ) throws -> LedgerCheckpoint {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw CommandFailure(.usage, "\(path) cannot be read.")
    }
    // The route answers JSON, and whoever kept that has kept the checkpoint.
    let answer = try? JSONValue(parsing: Array(bytes), depth: 4)
    let text = (answer?["checkpoint"]?.string ?? String(decoding: bytes, as: UTF8.self)).filter { !$0.isWhitespace }
    let key = try platform.checkpointKey().publicKey
    let checkpoint: LedgerCheckpoint
    do {
      checkpoint = try LedgerCheckpoint(text, by: key)
    } catch {
      switch error {
      case .foreign(let kid):
        throw CommandFailure(
          .conflict, "\(path) was signed by another key (\(kid)).",
          "It belongs to another installation, or keys/master is not the one of then.")
      case .badSignature:
        throw CommandFailure(.conflict, "The signature of \(path) does not verify: the file was changed.")
      case .malformed: throw CommandFailure(.usage, "\(path) is no checkpoint.")
      }
    }
    guard checkpoint.programme == programme else {
      throw CommandFailure(.conflict, "\(path) is of the programme \"\(checkpoint.programme)\".")
    }
    return checkpoint
  }
}
