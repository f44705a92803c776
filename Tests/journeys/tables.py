"""Reads a server's tables beside it, each time as they stand in one moment."""
import contextlib
import json
import sqlite3
import subprocess


class SQLiteTables:
    def __init__(self, folder):
        self.path = folder / "ringback-data/ringback.sqlite"

    def rows(self, *queries):
        """The rows of each query; of one, just its rows."""
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            found = [connection.execute(sql).fetchall() for sql in queries]
        return found if len(queries) > 1 else found[0]


class PostgresTables:
    def __init__(self, postgres):
        self.postgres = postgres

    def rows(self, *queries):
        script = ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"]
        for sql in queries:
            script += [f"SELECT row_to_json(t) FROM ({sql}) t;", "\\echo"]
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", self.postgres.folder, "-U", "test", "-d", "ringback"],
                              input="\n".join(script), capture_output=True, text=True, check=True)
        found = [[]]
        for line in done.stdout.splitlines():
            if line:
                found[-1].append(tuple(self.value(item) for item in json.loads(line).values()))
            else:
                found.append([])
        return found[:-1] if len(queries) > 1 else found[0]

    @staticmethod
    def value(item):
        return bytes.fromhex(item[2:]) if isinstance(item, str) and item.startswith("\\x") else item


def ledger_snapshot(tables, sequence, journal, columns):
    """The ledger as it stands: what came after a transaction and a commit, and all that is kept beside the journal."""
    entries, commits, count, head, books, accounts = tables.rows(
        f"SELECT {columns} FROM loyalty_transactions WHERE sequence > {sequence} ORDER BY sequence",
        f"SELECT number, last_sequence, root FROM loyalty_journal WHERE number > {journal} ORDER BY number",
        "SELECT COUNT(*) FROM loyalty_transactions",
        "SELECT sequence, journal, root, behind FROM loyalty_head",
        "SELECT account, balance FROM loyalty_books",
        "SELECT id, available, held, balance_version, last_sequence, head FROM loyalty_accounts")
    return {"entries": entries, "commits": commits, "count": count[0][0], "head": head[0], "books": books, "accounts": accounts}
