import Core
import Security
import Storage

/// A version of the rules as it is stored.
package struct RulesVersion: Sendable, Hashable {
  /// From 1.
  package let version: Int64
  /// As it was given: YAML or JSON.
  package let document: String
  package let createdAt: Timestamp
  package let activeFrom: Timestamp

  package init(version: Int64, document: String, createdAt: Timestamp, activeFrom: Timestamp) {
    self.version = version
    self.document = document
    self.createdAt = createdAt
    self.activeFrom = activeFrom
  }

  /// SHA-256 of the document: rules that change nothing are no new version.
  package var fingerprint: [UInt8] { SHA256.digest(of: document) }
}

extension [RulesVersion] {
  /// The version that counts points at a time: the one that took over last; of two that took over at once, the higher.
  package func current(at now: Timestamp) -> RulesVersion? {
    filter { $0.activeFrom <= now }.max { ($0.activeFrom, $0.version) < ($1.activeFrom, $1.version) }
  }
}

/// The versions of the rules. Only ever added to, as each transaction names the version that counted its points.
package struct RulesTable: Sendable {
  /// A step of the room's schema.
  package static let createRules = """
    CREATE TABLE loyalty_rules (
      version BIGINT PRIMARY KEY,
      document TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      active_from BIGINT NOT NULL,
      fingerprint BYTEA NOT NULL
    );
    """

  package init() {}

  /// Oldest first.
  package func all(in connection: any Connection) throws -> [RulesVersion] {
    try connection.query("SELECT version, document, created_at, active_from FROM loyalty_rules ORDER BY version").map {
      try RulesVersion(version: $0.get(0), document: $0.get(1), createdAt: $0.get(2), activeFrom: $0.get(3))
    }
  }

  /// Makes the built-in rules version 1 of a programme that has none yet: they are kept as they were then.
  package func addDefault(now: Timestamp, in connection: any Connection) throws {
    let first = RulesVersion(
      version: 1, document: RuleBook.defaultDocument, createdAt: now, activeFrom: Timestamp(microseconds: 0))
    try insert(first, in: connection)
  }

  /// The document has been read before, and is good. Two that add at once get a version each.
  ///
  /// - Returns: nil where the rules of that time are the same already.
  package func add(
    _ document: String, activeFrom: Timestamp, now: Timestamp, in connection: any Connection
  ) throws -> RulesVersion? {
    try addDefault(now: now, in: connection)
    while true {
      let versions = try all(in: connection)
      let next = RulesVersion(
        version: (versions.last?.version ?? 0) + 1, document: document, createdAt: now, activeFrom: activeFrom)
      if versions.current(at: activeFrom)?.fingerprint == next.fingerprint { return nil }
      if try insert(next, in: connection) { return next }
    }
  }

  @discardableResult
  private func insert(_ rules: RulesVersion, in connection: any Connection) throws -> Bool {
    try connection.execute(
      """
      INSERT INTO loyalty_rules (version, document, created_at, active_from, fingerprint) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (version) DO NOTHING
      """, [rules.version, rules.document, rules.createdAt, rules.activeFrom, rules.fingerprint]) == 1
  }
}
