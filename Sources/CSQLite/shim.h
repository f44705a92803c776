#pragma once
#include <sqlite3.h>

// sqlite3_db_config is variadic, which Swift cannot call.
static inline int ringback_sqlite_db_config(sqlite3 *db, int option, int value) { return sqlite3_db_config(db, option, value, 0); }

// sqlite3_config is variadic as well. Without statistics SQLite takes no lock for each piece of memory; before its first use.
static inline int ringback_sqlite_keep_no_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

// SQLITE_TRANSIENT is a cast that Swift does not import.
static inline sqlite3_destructor_type ringback_sqlite_transient(void) { return SQLITE_TRANSIENT; }

// Columns are read through their values: one look at each, where sqlite3_column_type and its like take a lock of their own at
// each call. Such values are for the thread that has the connection; ours are opened without locks, for one thread at a time.

// Reads `count` columns from `first` on into `numbers`; returns how many were integers before one that was not.
static inline int ringback_sqlite_integers(sqlite3_stmt *row, int first, int count, sqlite3_int64 *numbers) {
  for (int index = 0; index < count; index++) {
    sqlite3_value *value = sqlite3_column_value(row, first + index);
    if (sqlite3_value_type(value) != SQLITE_INTEGER) return index;
    numbers[index] = sqlite3_value_int64(value);
  }
  return count;
}

// Where a text or a blob lies, and how many bytes it has; -1 for a column of another kind.
static inline int ringback_sqlite_bytes(sqlite3_stmt *row, int column, int kind, const void **start) {
  sqlite3_value *value = sqlite3_column_value(row, column);
  if (sqlite3_value_type(value) != kind) return -1;
  *start = kind == SQLITE_TEXT ? (const void *)sqlite3_value_text(value) : sqlite3_value_blob(value);
  return sqlite3_value_bytes(value);
}
