import Core
import Storage

/// How far each import has come: written in the transaction of what it counts.
struct ImportTable: Sendable {
  struct Progress: Sendable, Hashable {
    let digest: [UInt8]
    /// Of the newest key with which customers were hashed: the order of rows follows from it.
    let keyVersion: Int
    /// How many lines the part has that is being applied, if the file has as many.
    var partLines: Int
    /// Where that part begins, and the number of its first line.
    var offset: Int64
    var line: Int64
    /// How many of its rows are done.
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

  func find(_ digest: [UInt8], in connection: any Connection) throws -> Progress? {
    try connection.query(
      """
      SELECT key_version, part_lines, part_offset, part_line, done, applied, refused, points, started_at, finished_at
      FROM loyalty_imports WHERE digest = $1
      """, [digest]
    ).first.map { row in
      Progress(
        digest: digest, keyVersion: try row.get(0), partLines: try row.get(1), offset: try row.get(2),
        line: try row.get(3), done: try row.get(4), applied: try row.get(5), refused: try row.get(6),
        points: try row.get(7), startedAt: try row.get(8), finishedAt: try row.get(9))
    }
  }

  func save(_ progress: Progress, in connection: any Connection) throws {
    try connection.execute(
      """
      INSERT INTO loyalty_imports (digest, key_version, part_lines, part_offset, part_line, done, applied, refused,
        points, started_at, finished_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
      ON CONFLICT (digest) DO UPDATE SET part_lines = excluded.part_lines, part_offset = excluded.part_offset,
        part_line = excluded.part_line, done = excluded.done, applied = excluded.applied, refused = excluded.refused,
        points = excluded.points, finished_at = excluded.finished_at
      """,
      [
        progress.digest, progress.keyVersion, progress.partLines, progress.offset, progress.line, progress.done,
        progress.applied, progress.refused, progress.points, progress.startedAt, progress.finishedAt,
      ])
  }
}
