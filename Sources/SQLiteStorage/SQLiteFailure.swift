import CSQLite
import Storage

extension DatabaseError {
  static func sqlite(_ code: Int32, in database: OpaquePointer) -> DatabaseError {
    .sqlite(code, message: String(cString: sqlite3_errmsg(database)))
  }

  /// <https://www.sqlite.org/rescode.html>
  static func sqlite(_ code: Int32, message: String) -> DatabaseError {
    switch code & 0xFF {
    // SQLITE_CONSTRAINT_DATATYPE: a value of the wrong type for a column of a strict table, which is a bug of ours.
    case SQLITE_CONSTRAINT where code == SQLITE_CONSTRAINT | 12 << 8: .statement(message)
    case SQLITE_CONSTRAINT: .constraint(message)
    case SQLITE_FULL:
      .unavailable(
        "The disk that holds the database is full. Make room on it; nothing was lost and writing goes on by itself.")
    case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL:
      .unavailable("Another process holds the database for writing. Try again; if it stays so, end that process.")
    case SQLITE_IOERR:
      .unavailable(
        "The disk that holds the database fails (\(message), code \(code)). Check the disk and its file system.")
    case SQLITE_CORRUPT, SQLITE_NOTADB:
      .unavailable("The database file is damaged or no database (\(message)). Restore it from a backup.")
    case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH:
      .unavailable("The database file cannot be opened (\(message)). Check that it and its folder belong to this user.")
    case SQLITE_NOMEM: .unavailable("There is no memory left for the database.")
    case SQLITE_INTERRUPT: .unavailable("The statement was interrupted.")
    // On a reader's connection this is a closure that writes in `read`.
    case SQLITE_READONLY: .statement("a closure that only reads cannot write (\(message))")
    default: .statement("\(message) (code \(code))")
    }
  }
}
