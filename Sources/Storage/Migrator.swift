import Core
import Security

/// Brings the tables of all rooms up to date.
///
/// Each step is one transaction, recorded with the SHA-256 of its text. Several instances may migrate at once: the record is
/// written first, and its key lets one of them through.
package struct Migrator: Sendable {
  /// One step of one room.
  package struct Step: Sendable, Hashable {
    package let room: String
    /// From 1.
    package let number: Int
    package let sql: String

    /// SHA-256 of the text, in hexadecimal.
    package var hash: String { SHA256.digest(of: sql).hex }
  }

  private struct Applied: Hashable {
    let room: String
    let number: Int
  }

  private static let table = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
      room TEXT NOT NULL, step BIGINT NOT NULL, hash TEXT NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY (room, step))
    """

  private let schemas: [Schema]
  private let time: any TimeSource

  /// - Parameter schemas: in the order in which they are applied.
  package init(_ schemas: [Schema], time: any TimeSource) {
    self.schemas = schemas
    self.time = time
  }

  /// What `migrate` would apply, in order; changes nothing.
  ///
  /// - Throws: `DatabaseError.schema` for a database that is newer than this program or a step that was changed.
  package func plan(for database: any Database) async throws -> [Step] {
    try await database.read { try pending(in: $0) }
  }

  /// Applies what is missing; nothing when nothing is.
  ///
  /// - Returns: what was applied.
  /// - Throws: as `plan`; a step that fails leaves those before it applied and itself not.
  @discardableResult
  package func migrate(_ database: any Database) async throws -> [Step] {
    try await prepare(database)
    var applied: [Step] = []
    for step in try await plan(for: database) {
      if try await database.write({ try apply(step, in: $0) }) { applied.append(step) }
    }
    return applied
  }

  /// PostgreSQL lets sessions that create the same table at once collide, in spite of `IF NOT EXISTS`: at the key of a
  /// catalogue, or with "already exists" of the table or of its row type. Who finds the table there afterwards has lost nothing.
  private func prepare(_ database: any Database) async throws {
    do {
      try await database.write { connection in
        if try !connection.tableExists("schema_migrations") { try connection.execute(Self.table) }
      }
    } catch let error as DatabaseError {
      guard (try? await database.read { try $0.tableExists("schema_migrations") }) == true else { throw error }
    }
  }

  private func apply(_ step: Step, in connection: any Connection) throws -> Bool {
    let recorded = try connection.execute(
      "INSERT INTO schema_migrations (room, step, hash, applied_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
      [step.room, step.number, step.hash, time.now])
    guard recorded == 1 else { return false }
    for statement in SQLText(step.sql).statements { try connection.execute(statement.text) }
    return true
  }

  private var known: [Step] {
    schemas.flatMap { schema in
      schema.steps.enumerated().map { Step(room: schema.room, number: $0.offset + 1, sql: $0.element) }
    }
  }

  private func pending(in connection: any Connection) throws -> [Step] {
    guard try connection.tableExists("schema_migrations") else { return known }
    var hashes: [Applied: String] = [:]
    for row in try connection.query("SELECT room, step, hash FROM schema_migrations") {
      hashes[Applied(room: try row.get(0), number: try row.get(1))] = try row.get(2)
    }
    return try Self.pending(of: known, applied: hashes)
  }

  private static func pending(of known: [Step], applied: [Applied: String]) throws(DatabaseError) -> [Step] {
    var rest = applied
    var pending: [Step] = []
    for step in known {
      guard let hash = rest.removeValue(forKey: Applied(room: step.room, number: step.number)) else {
        pending.append(step)
        continue
      }
      guard hash == step.hash else {
        throw .schema(
          """
          Step \(step.number) of the tables of \(step.room) was applied in another form than this program knows: an applied \
          step is never changed. Run the version that made the database, or add a new step.
          """)
      }
      guard !pending.contains(where: { $0.room == step.room }) else {
        throw .schema(
          "The tables of \(step.room) have step \(step.number) but not the one before it. Restore the database from a backup."
        )
      }
    }
    guard let newer = rest.keys.min(by: { ($0.room, $0.number) < ($1.room, $1.number) }) else { return pending }
    throw .schema(
      """
      The database has step \(newer.number) of the tables of \(newer.room), which this program does not know: a newer version \
      has used it. Run that version, or restore the backup made before the update.
      """)
  }
}
