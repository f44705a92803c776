import Core
import Glibc
import Loyalty
import SQLiteStorage
import Security
import Storage

// How many transactions a second the ledger posts on SQLite, without HTTP around it, and proves:
//
//     ledger-benchmark FOLDER [--accounts N] [--transactions N] [--batch N] [--keys time|random|none] [--prove yes|no] [--import FILE]
//
// prints one JSON object. Each batch is one commit; customers are drawn at random. With `--accounts` the accounts are made
// first, in batches, and not counted.

@main enum LedgerBenchmark {
  /// Not `async`: then it can be looked at with valgrind.
  static func main() {
    Task.detached {
      do {
        try await run()
        exit(0)
      } catch {
        fatalError("\(error)")
      }
    }
    while true { pause() }
  }

  private static func run() async throws {
    var arguments = CommandLine.arguments.dropFirst()
    guard let folder = arguments.popFirst() else { fatalError("ledger-benchmark FOLDER [--accounts N] …") }
    var options = [
      "accounts": "100000", "transactions": "1000000", "batch": "8192", "keys": "time", "prove": "no", "import": "",
    ]
    while let name = arguments.popFirst(), let value = arguments.popFirst() {
      guard options.updateValue(value, forKey: String(name.dropFirst(2))) != nil else {
        fatalError("no option \(name)")
      }
    }
    let isImport = options["import"] != ""
    let (accounts, transactions) = isImport ? (0, 0) : (Int(options["accounts"]!)!, Int(options["transactions"]!)!)
    let batch = Int(options["batch"]!)!
    let time = SystemTime()
    var sqlite = SQLiteDatabase.Options()
    sqlite.cacheKiB = isImport ? 512 * 1_024 : sqlite.cacheKiB
    let database = try SQLiteDatabase(at: folder, options: sqlite)
    try await Migrator([LoyaltySchema.schema], time: time).migrate(database)
    let key = CustomerKeys.Key(version: 1, bytes: Redacted([UInt8](repeating: 7, count: 32)))
    let keys = CustomerKeys([key], programme: "bench")
    let ledger = Ledger(on: database, rules: { RuleBook() }, time: time, random: SystemRandom())
    if isImport, let file = options["import"] {
      let begun = time.uptime
      var importing = ImportLedger.Options()
      importing.group = Int(options["batch"]!)!
      let report = try await ImportLedger(ledger, keys: keys, folder: folder, options: importing)(file)
      let took = seconds(time.uptime - begun)
      print(
        #"{"imported": \#(report.applied), "seconds": \#(took), "per_second": \#(Int(Double(report.applied) / took))}"#)
    }
    let end = time.now + .seconds(365 * 86_400)
    var dice = SeededNumbers(state: 1)

    func post(_ customers: [Int], keyed: Bool) async throws {
      let commands = customers.map { customer in
        let stamp = keyed ? (options["keys"] == "time" ? UInt64(time.now.microseconds) : dice.next()) : 0
        return LedgerCommand(
          .accrue(points: 1 + Int64(customer % 500), expiresAt: end), for: .hashes(keys.hashes("c\(customer)")),
          key: keyed ? "bench/\([UInt8](stamp).hex)-\([UInt8](dice.next()).hex)" : nil,
          fingerprint: SHA256.hash(of: "one"), reason: "purchase")
      }
      for answer in try await ledger.post(commands) { _ = try answer.get() }
    }

    let rows = try await database.read { try $0.query("SELECT COUNT(*) FROM loyalty_accounts")[0].get(0, as: Int.self) }
    for start in stride(from: rows, to: accounts, by: 65_536) {
      try await post(Array(start..<min(start + 65_536, accounts)), keyed: false)
    }
    let begun = time.uptime
    var times: [Double] = []
    for _ in 0..<transactions / batch {
      let start = time.uptime
      defer { times.append(seconds(time.uptime - start) * 1_000) }
      try await post((0..<batch).map { _ in Int(dice.next() % UInt64(accounts)) }, keyed: options["keys"] != "none")
    }
    let took = seconds(time.uptime - begun)
    times.sort()
    var record = #""accounts": \#(accounts), "batch": \#(batch), "transactions": \#(transactions / batch * batch), "#
    record += #""seconds": \#(took), "per_second": \#(Int(Double(transactions / batch * batch) / took))"#
    if !times.isEmpty {
      let percentiles = [50, 99, 100].map { times[max(0, times.count * $0 / 100 - 1)] }
      record += #", "batch_ms": {"p50": \#(percentiles[0]), "p99": \#(percentiles[1]), "max": \#(percentiles[2])}"#
    }
    if options["prove"] == "yes" {
      let start = time.uptime
      let proof = try await VerifyLedger(database)()
      let took = seconds(time.uptime - start)
      record += #", "proved": \#(proof.transactions), "prove_seconds": \#(took), "#
      record += #""proved_per_second": \#(Int(Double(proof.transactions) / took))"#
    }
    await database.close()
    print("{\(record)}")
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }
}

/// SplitMix64.
private struct SeededNumbers {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension [UInt8] {
  fileprivate init(_ number: UInt64) {
    self = (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) }
  }
}
