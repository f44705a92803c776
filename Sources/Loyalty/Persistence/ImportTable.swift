import Core
import Storage

/// How far each import has come: written in the transaction of what it counts.
struct ImportTable: Sendable {
  struct Progress: Sendable, Hashable {
    let digest: [UInt8]
    /// Of the newest key with which customers were hashed: the order of rows follows from it.
    let keyVersion: Int
    /// In how many partitions its rows are set apart; 0 of one that an earlier Ringback has begun.
    let partitions: Int
    /// How many rows are done, in the order of the partitions.
    var done = 0
    var applied: Int64 = 0
    var refused: Int64 = 0
    var points: Int64 = 0
    var startedAt: Timestamp
    var finishedAt: Timestamp?
  }

  static let createImports = """
    -- Files that were imported, by their content.
    CREATE TABLE loyalty_imports (
      digest BYTEA NOT NULL,
      key_version BIGINT NOT NULL,
      part_lines BIGINT NOT NULL,
      part_offset BIGINT NOT NULL,
      part_line BIGINT NOT NULL,
      done BIGINT NOT NULL,
      applied BIGINT NOT NULL,
      refused BIGINT NOT NULL,
      points BIGINT NOT NULL,
      started_at BIGINT NOT NULL,
      finished_at BIGINT,
      PRIMARY KEY (digest)
    );
    """

  /// An import is applied by partitions now. One that was begun otherwise cannot go on.
  static let setApart = """
    ALTER TABLE loyalty_imports RENAME COLUMN part_lines TO partitions;
    UPDATE loyalty_imports SET partitions = 0 WHERE finished_at IS NULL;
    ALTER TABLE loyalty_imports DROP COLUMN part_offset;
    ALTER TABLE loyalty_imports DROP COLUMN part_line;
    """

  func find(_ digest: [UInt8], in connection: any Connection) throws -> Progress? {
    try connection.query(
      """
      SELECT key_version, partitions, done, applied, refused, points, started_at, finished_at
      FROM loyalty_imports WHERE digest = $1
      """, [digest]
    ).first.map { row in
      Progress(
        digest: digest, keyVersion: try row.get(0), partitions: try row.get(1), done: try row.get(2),
        applied: try row.get(3), refused: try row.get(4), points: try row.get(5), startedAt: try row.get(6),
        finishedAt: try row.get(7))
    }
  }

  func save(_ progress: Progress, in connection: any Connection) throws {
    try connection.execute(
      """
      INSERT INTO loyalty_imports (digest, key_version, partitions, done, applied, refused, points, started_at, finished_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
      ON CONFLICT (digest) DO UPDATE SET done = excluded.done, applied = excluded.applied, refused = excluded.refused,
        points = excluded.points, finished_at = excluded.finished_at
      """,
      [
        progress.digest, progress.keyVersion, progress.partitions, progress.done, progress.applied, progress.refused,
        progress.points, progress.startedAt, progress.finishedAt,
      ])
  }
}
