import Core
import DatabaseTesting
import Storage
import Testing

@testable import Loyalty

@Suite struct JournalHistoryTests {
  private static let schema = Schema(
    room: "loyalty",
    steps: [
      """
      CREATE TABLE loyalty_transactions (
        sequence BIGINT PRIMARY KEY, account BIGINT NOT NULL, number BIGINT NOT NULL, type BIGINT NOT NULL,
        points BIGINT NOT NULL, source BIGINT NOT NULL, target BIGINT NOT NULL, at BIGINT NOT NULL,
        available BIGINT NOT NULL, held BIGINT NOT NULL, previous BIGINT NOT NULL, key TEXT NOT NULL,
        detail TEXT NOT NULL, hash BYTEA NOT NULL
      );
      """
    ])
  private let noon = Timestamp("2026-11-21T12:00:00Z")!

  /// Three accruals by a rule and a hold between them.
  private func entries() throws -> Decisions {
    var account = LedgerAccount(id: 1_000, tag: 0, createdAt: noon)
    let rules = try RuleBook(parsing: "rules: [{id: a, event_type: e, points: 5}]", version: 2)
    var decision = Decision(now: noon, rules: rules, nextSequence: 1)
    var decided = Decisions()
    let earn = LedgerCommand.Action.earn(EarningEvent(type: "e", amount: 7, occurredAt: noon))
    for action in [earn, .hold(points: 2, expiresAt: noon + .seconds(60)), earn, earn] {
      _ = try account.apply(LedgerCommand(action, for: .account(1_000), key: "k"), &decision, into: &decided)
    }
    return decided
  }

  @Test(arguments: Engine.available)
  func readsAccrualsPageByPage(_ engine: Engine) async throws {
    let decisions = try entries()
    let entries = decisions.all
    try await engine.withDatabase(schemas: [Self.schema]) { database in
      try await database.write { connection in
        for (index, entry) in decisions.all.map(\.entry).enumerated() {
          try connection.execute(
            """
            INSERT INTO loyalty_transactions (sequence, account, number, type, points, source, target, at, available, held,
              previous, key, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """,
            [
              entry.sequence, entry.account, entry.number, entry.type.rawValue, entry.points, entry.from, entry.to,
              entry.at, entry.available, entry.held, entry.previous, decisions.keys[index], decisions.details[index],
              entry.hash,
            ])
        }
      }
      let history = JournalHistory(database)
      #expect(try await history.entries(after: 0, limit: 2) == [entries[0], entries[2]])
      #expect(try await history.entries(after: 3, limit: 2) == [entries[3]])
      #expect(try await history.entries(after: 4, limit: 2) == [])
      let rules = try RuleBook(parsing: "rules: [{id: a, event_type: e, points_per: {points: 1, amount: 1}}]")
      let trial = try await history.run(RuleTrial(rules, times: noon..<(noon + .seconds(1))), pageSize: 2)
      #expect((trial.total.transactions, trial.total.pointsThen, trial.total.pointsNow) == (3, 15, 21))
    }
  }
}
