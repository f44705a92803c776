import Storage

extension Database {
  /// What a test looks at after the fact.
  package func rows(_ sql: String, _ values: [SQLValue] = []) async throws -> [Row] {
    try await read { try $0.query(sql, values) }
  }

  package func hasTable(_ name: String) async throws -> Bool {
    try await read { try $0.tableExists(name) }
  }
}
