#pragma once
#include <sqlite3.h>

// sqlite3_db_config is variadic, which Swift cannot call.
static inline int ringback_sqlite_db_config(sqlite3 *db, int option, int value) { return sqlite3_db_config(db, option, value, 0); }

// sqlite3_config is variadic as well. Without statistics SQLite takes no lock for each piece of memory; before its first use.
static inline int ringback_sqlite_keep_no_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

// SQLITE_TRANSIENT is a cast that Swift does not import.
static inline sqlite3_destructor_type ringback_sqlite_transient(void) { return SQLITE_TRANSIENT; }
