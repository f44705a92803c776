import DatabaseTesting
import LedgerModel
import Loyalty
import Testing

struct LedgerModelTests {
  /// `scripts/model-test` makes a million steps.
  @Test(arguments: Engine.available, [1, 2] as [UInt64])
  func theLedgerDoesWhatAPlainModelDoes(_ engine: Engine, _ seed: UInt64) async throws {
    try await engine.withDatabases(count: 2, schemas: [LoyaltySchema.schema]) { databases in
      var run = ModelRun(databases, seed: seed, steps: 1_500)
      let transactions = try await run()
      #expect(transactions > 1_000)
    }
  }
}
