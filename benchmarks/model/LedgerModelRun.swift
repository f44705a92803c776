import Core
import DatabaseTesting
import Glibc
import LedgerModel
import Loyalty
import Storage

// Random commands to a ledger and to a plain model of it, step by step, until they differ or the steps are made:
//
//     ledger-model [--steps N] [--seed S] [--engine sqlite|postgres]
//
// `scripts/model-test` builds and runs it.

@main enum LedgerModelRun {
  static func main() async throws {
    var options = ["steps": "1000000", "seed": "1", "engine": "sqlite"]
    var arguments = CommandLine.arguments.dropFirst()
    while let name = arguments.popFirst() {
      guard name.hasPrefix("--"), options[String(name.dropFirst(2))] != nil, let value = arguments.popFirst() else {
        fatalError("ledger-model [--steps N] [--seed S] [--engine sqlite|postgres]")
      }
      options[String(name.dropFirst(2))] = value
    }
    guard let steps = options["steps"].flatMap({ Int($0) }), let seed = options["seed"].flatMap({ UInt64($0) }) else {
      fatalError("--steps and --seed are numbers")
    }
    let engine: Engine = options["engine"] == "postgres" ? .postgres : .sqlite
    let start = SystemTime().uptime
    let transactions = try await engine.withDatabases(count: 2, schemas: [LoyaltySchema.schema]) { databases in
      var run = ModelRun(databases, seed: seed, steps: steps)
      return try await run { done in
        guard done.isMultiple(of: 50_000) else { return }
        print("\(done) steps, \((SystemTime().uptime - start).components.seconds) s")
        fflush(nil)
      }
    }
    print("\(engine), seed \(seed): \(steps) steps, \(transactions) transactions, no difference")
  }
}
