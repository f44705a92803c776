import Storage

extension SQLText {
  /// Definitions of tables in SQLite's words. `STRICT` makes it hold types as PostgreSQL does. A number that is the primary
  /// key is SQLite's own number of the row (`INTEGER PRIMARY KEY`), so that the table lies in its order without an index
  /// beside it; `INT` anywhere else.
  var adaptedToSQLite: String {
    let words = words
    guard let verb = words.first, verb == "CREATE" || verb == "ALTER" else { return text }
    let adapted = replacingWords(["BIGINT": "INT", "BYTEA": "BLOB"]).text
      .replacing("INT PRIMARY KEY", with: "INTEGER PRIMARY KEY")
    guard verb == "CREATE", words.dropFirst().first == "TABLE" else { return adapted }
    return adapted + (words.suffix(2) == ["WITHOUT", "ROWID"] ? ", STRICT" : " STRICT")
  }
}
