import Storage

extension SQLText {
  /// Definitions of tables in SQLite's words. `STRICT` makes it hold types as PostgreSQL does; `INT` and not `INTEGER`, as
  /// an `INTEGER PRIMARY KEY` would number rows by itself.
  var adaptedToSQLite: String {
    let words = words
    guard let verb = words.first, verb == "CREATE" || verb == "ALTER" else { return text }
    let adapted = replacingWords(["BIGINT": "INT", "BYTEA": "BLOB"]).text
    return verb == "CREATE" && words.dropFirst().first == "TABLE" ? adapted + " STRICT" : adapted
  }
}
