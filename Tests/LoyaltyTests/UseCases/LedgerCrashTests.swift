import Core
import DatabaseTesting
import Loyalty
import PostgresStorage
import Storage
import Synchronization
import Testing

@Suite(.enabled(if: Engine.available.contains(.postgres), "PostgreSQL is not installed")) struct LedgerCrashTests {
  /// It is killed under load, when some commits can be seen and are not on the disk.
  @Test func nothingThatWasAnsweredGoesWithTheServer() async throws {
    let (server, time) = (try PostgresServer(), ManualTime())
    defer { server.stop() }
    let database = try PostgresDatabase(
      conninfo: server.conninfo(database: "postgres"), time: time, random: SeededRandom(seed: 1))
    try await Migrator([LoyaltySchema.schema], time: time).migrate(database)
    let fixture = LedgerFixture(database, time: time)
    let answered = Answered()
    for round in 1...4 {
      await withTaskGroup { group in
        for client in 0..<32 {
          group.addTask {
            while let posting = try? await fixture.post(.accrue(points: 1, expiresAt: nil), "c\(client)") {
              let count = answered.add(posting)
              if count == round * 300 { server.kill() }
            }
          }
        }
      }
      try server.start()
      // Connections are made again, and the ledger asks again.
      time.advance(by: .seconds(600))
      let next = try await fixture.post(.accrue(points: 1, expiresAt: nil), "next")
      answered.add(next)
      let rows = try await database.rows("SELECT sequence, hash FROM loyalty_transactions")
      let hashes = try Dictionary(uniqueKeysWithValues: rows.map { (try $0.integer(0), try $0.bytes32(1)) })
      for posting in answered.all { #expect(hashes[posting.entry.sequence] == posting.entry.hash) }
      #expect(try await VerifyLedger(database)().transactions == rows.count)
      for client in 0..<32 {
        let (seen, _) = try await fixture.ledger.read(LedgerFixture.customer("c\(client)"))
        let row = try await database.rows(
          "SELECT available FROM loyalty_accounts WHERE id = $1", [.integer(seen?.id ?? 0)])
        #expect(try row.first?.integer(0) == seen?.available)
      }
    }
    await database.close()
  }
}

private final class Answered: Sendable {
  private let postings = Mutex<[Posting]>([])

  var all: [Posting] { postings.withLock { $0 } }

  /// - Returns: how many there are.
  @discardableResult
  func add(_ posting: Posting) -> Int {
    postings.withLock { postings in
      postings.append(posting)
      return postings.count
    }
  }
}
