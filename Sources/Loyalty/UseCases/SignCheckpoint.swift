import Core
import Security
import Storage

/// Signs where the journal ends now.
package struct SignCheckpoint: Sendable {
  private let database: any Database
  private let programme: String
  private let key: PrivateKey
  private let time: any TimeSource

  /// - Parameter key: Ed25519; the same on all instances.
  package init(_ database: any Database, programme: String, key: PrivateKey, time: any TimeSource) {
    (self.database, self.programme, self.key, self.time) = (database, programme, key, time)
  }

  /// - Throws: `DatabaseError`, `CryptographyError`.
  package func callAsFunction() async throws -> (LedgerCheckpoint, signed: String) {
    let head = try await database.read { try JournalTable().head(in: $0) }
    let checkpoint = LedgerCheckpoint(
      sequence: head.sequence, journal: head.journal, root: head.root.bytes, at: time.now, programme: programme)
    return (checkpoint, try checkpoint.signed(by: key))
  }
}
