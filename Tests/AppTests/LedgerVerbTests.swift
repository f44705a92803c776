import Core
import FoundationEssentials
import Loyalty
import Security
import Storage
import Telemetry
import Testing

@testable import App

@Suite struct LedgerVerbTests {
  /// An installation with a ledger of its own, and files beside it.
  private struct Installation {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ringback-\(UUID().uuidString)").path

    func run(
      _ verb: Verb, _ options: [String: [String]] = [:], _ arguments: String..., programme: String = "points"
    ) async throws -> ExitCode {
      try await verb.run(
        Invocation(
          verb: verb, arguments: arguments,
          options: options.merging(["data": [folder + "/data"], "set": ["loyalty.programme=\(programme)"]]) { $1 },
          environment: [:], terminal: Terminal(isJSON: true, environment: [:])))
    }

    func earn(_ points: Int64) async throws {
      let platform = try await platform()
      try await platform.migrate()
      let ledger = Ledger(
        on: platform.database, options: platform.ledgerOptions, rules: { RuleBook() }, time: platform.time,
        random: platform.random)
      let customer = platform.customerKeys(programme: "points").hashes("u-1")
      let command = LedgerCommand(.accrue(points: points, expiresAt: nil), for: .hashes(customer), key: nil)
      let answers = try await ledger.post([command])
      await platform.close()
      _ = try answers[answers.startIndex].get()
    }

    func platform() async throws -> Platform {
      let loaded = try LoadedConfiguration.load(
        nil, path: "", environment: [:], options: [("data", folder + "/data", "--data")])
      return try await Platform.open(loaded.configuration, logger: .none)
    }

    func checkpoint(_ name: String, programme: String = "points") async throws -> String {
      let path = "\(folder)/\(name)"
      #expect(try await run(.ledgerCheckpoint, ["out": [path]], programme: programme) == .success)
      return path
    }

    func write(_ text: String, to name: String) -> String {
      let path = "\(folder)/\(name)"
      #expect(FileManager.default.createFile(atPath: path, contents: Data(text.utf8)))
      return path
    }

    func refusal(_ options: [String: [String]]) async -> CommandFailure? {
      await #expect(throws: CommandFailure.self) { try await run(.ledgerVerify, options) }
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }
  }

  @Test func aLedgerIsProvedAgainstItsCheckpoints() async throws {
    let ours = Installation()
    defer { ours.remove() }
    try await ours.earn(5)
    let first = try await ours.checkpoint("1.jws")
    try await ours.earn(6)
    let second = try await ours.checkpoint("2.jws")
    #expect(try await ours.run(.ledgerVerify, ["checkpoint": [first, second]]) == .success)
    // What the route answers is a file as good.
    let signed = String(decoding: try Data(contentsOf: URL(filePath: first)), as: UTF8.self)
    let answer = ours.write("{\"checkpoint\": \"\(signed.filter { !$0.isNewline })\", \"sequence\": 1}\n", to: "1.json")
    #expect(try await ours.run(.ledgerVerify, ["checkpoint": [answer]]) == .success)
    // A master key that is added leaves the one that signs as it is.
    _ = try KeyRing.addVersion(path: ours.folder + "/data/keys/master", random: SystemRandom())
    #expect(try await ours.run(.ledgerVerify, ["checkpoint": [first, second]]) == .success)
  }

  @Test func aCheckpointThatIsNotOursOrWasChangedIsRefused() async throws {
    let (ours, theirs) = (Installation(), Installation())
    defer {
      ours.remove()
      theirs.remove()
    }
    try await ours.earn(5)
    try await theirs.earn(5)
    let good = try await ours.checkpoint("1.jws")
    let text = String(decoding: try Data(contentsOf: URL(filePath: good)), as: UTF8.self)
    let parts = text.split(separator: ".")
    let payload = try #require(Base64.url.decode(parts[1]))
    let changed = Base64.url.encode(
      Array(String(decoding: payload, as: UTF8.self).replacing("\"sequence\":1", with: "\"sequence\":0").utf8))
    #expect(changed != parts[1])
    for (path, code, line) in [
      (try await theirs.checkpoint("1.jws"), .conflict, "signed by another key"),
      (try await ours.checkpoint("2.jws", programme: "miles"), .conflict, "of the programme \"miles\""),
      (ours.write("\(parts[0]).\(changed).\(parts[2])", to: "3.jws"), .conflict, "the file was changed"),
      (ours.write("no checkpoint", to: "4.jws"), .usage, "is no checkpoint"),
      (ours.folder + "/none.jws", .usage, "cannot be read"),
    ] as [(String, ExitCode, String)] {
      let refusal = await ours.refusal(["checkpoint": [good, path]])
      #expect(refusal?.code == code && refusal?.lines.first?.contains(line) == true, "\(refusal?.lines ?? [])")
    }
    let both = await ours.refusal(["checkpoint": [good], "account": ["acc_1"]])
    #expect(both?.code == .usage && both?.lines.first?.hasPrefix("--checkpoint") == true)
  }

  @Test func anAccountIsClosedOnce() async throws {
    let ours = Installation()
    defer { ours.remove() }
    try await ours.earn(5)
    let platform = try await ours.platform()
    let tag = try await platform.database.read {
      try $0.query("SELECT tag FROM loyalty_accounts")[0].get(0, as: Int64.self)
    }
    await platform.close()
    let id = "\(AccountID(LedgerAccount(id: 1_000, tag: UInt64(bitPattern: tag), createdAt: Timestamp(seconds: 0))))"
    let options = ["reason": ["asked for"], "yes": [""]]
    for (arguments, options, code) in [
      ("acc_1", options, .usage), (id, ["yes": [""]], .usage), (id, ["reason": ["a\nb"], "yes": [""]], .usage),
      (id, ["reason": ["card 4111 1111 1111 1111"], "yes": [""]], .usage),
      ("acc_\(String(repeating: "Z", count: 20))", options, .failure),
    ] as [(String, [String: [String]], ExitCode)] {
      let refusal = await #expect(throws: CommandFailure.self) { try await ours.run(.ledgerClose, options, arguments) }
      #expect(refusal?.code == code, "\(refusal?.lines ?? [])")
    }
    #expect(try await ours.run(.ledgerClose, options, id) == .success)
    #expect(try await ours.run(.ledgerVerify) == .success)
    #expect(try await ours.run(.ledgerVerify, ["account": [id]]) == .success)
    let again = await #expect(throws: CommandFailure.self) { try await ours.run(.ledgerClose, options, id) }
    #expect(again?.code == .conflict)
    await #expect(throws: LedgerRefusal.accountClosed) { try await ours.earn(5) }
  }

  /// The database goes back to a copy of before, whole in itself.
  @Test func aDatabaseThatWasPutBackIsFound() async throws {
    let ours = Installation()
    defer { ours.remove() }
    try await ours.earn(5)
    let (database, copy) = (ours.folder + "/data/ringback.sqlite", ours.folder + "/copy.sqlite")
    #expect(try await ours.run(.ledgerVerify) == .success)
    try FileManager.default.copyItem(atPath: database, toPath: copy)
    try await ours.earn(6)
    let later = try await ours.checkpoint("1.jws")
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: database + suffix) }
    try FileManager.default.copyItem(atPath: copy, toPath: database)
    #expect(try await ours.run(.ledgerVerify) == .success)
    let refusal = await ours.refusal(["checkpoint": [later]])
    #expect(refusal?.code == .failure && refusal?.lines.first?.contains("the end") == true, "\(refusal?.lines ?? [])")
  }
}
