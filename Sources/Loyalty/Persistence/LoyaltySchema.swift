import Storage

/// The tables of the ledger, as the guide names them (guide 3, section 1), and what stands beside them.
package enum LoyaltySchema {
  package static let schema = Schema(
    room: "loyalty",
    steps: [
      createLedger, RulesTable.createRules, createRewards, ImportTable.createImports, followBehind, orderByKey,
      ImportTable.setApart,
    ])

  /// How many transactions at the end of the journal the rows of accounts may not show yet (`RowsBehind`).
  private static let followBehind = "ALTER TABLE loyalty_head ADD COLUMN behind BIGINT NOT NULL DEFAULT 0"

  /// Found by their keys alone, and short: on SQLite one tree for each table instead of two.
  private static let orderByKey = """
    CREATE TABLE loyalty_customers_by_key (
      customer BYTEA NOT NULL,
      account BIGINT NOT NULL,
      PRIMARY KEY (customer)
    ) WITHOUT ROWID;
    INSERT INTO loyalty_customers_by_key (customer, account) SELECT customer, account FROM loyalty_customers;
    DROP TABLE loyalty_customers;
    ALTER TABLE loyalty_customers_by_key RENAME TO loyalty_customers;
    CREATE TABLE loyalty_events_by_key (
      key TEXT NOT NULL,
      fingerprint BYTEA NOT NULL,
      sequence BIGINT NOT NULL,
      last_sequence BIGINT NOT NULL,
      outcome TEXT NOT NULL,
      kept_until BIGINT,
      PRIMARY KEY (key)
    ) WITHOUT ROWID;
    INSERT INTO loyalty_events_by_key (key, fingerprint, sequence, last_sequence, outcome, kept_until)
      SELECT key, fingerprint, sequence, last_sequence, outcome, kept_until FROM loyalty_processed_events;
    DROP TABLE loyalty_processed_events;
    ALTER TABLE loyalty_events_by_key RENAME TO loyalty_processed_events;
    CREATE INDEX loyalty_processed_events_kept ON loyalty_processed_events (kept_until) WHERE kept_until IS NOT NULL;
    """

  private static let createLedger = """
    CREATE TABLE loyalty_accounts (
      id BIGINT PRIMARY KEY NOT NULL,
      tag BIGINT NOT NULL,
      status BIGINT NOT NULL,
      tier TEXT NOT NULL,
      available BIGINT NOT NULL CHECK (available >= 0),
      held BIGINT NOT NULL CHECK (held >= 0),
      balance_version BIGINT NOT NULL,
      last_sequence BIGINT NOT NULL,
      head BYTEA NOT NULL,
      state BYTEA NOT NULL,
      due_at BIGINT,
      created_at BIGINT NOT NULL
    );
    CREATE INDEX loyalty_accounts_due ON loyalty_accounts (due_at) WHERE due_at IS NOT NULL;
    CREATE TABLE loyalty_customers (
      customer BYTEA NOT NULL,
      account BIGINT NOT NULL,
      PRIMARY KEY (customer)
    );
    -- Only ever added to. Each names the account's transaction before it, so that a history is read without an index.
    CREATE TABLE loyalty_transactions (
      sequence BIGINT PRIMARY KEY NOT NULL,
      account BIGINT NOT NULL,
      number BIGINT NOT NULL,
      type BIGINT NOT NULL,
      points BIGINT NOT NULL,
      source BIGINT NOT NULL,
      target BIGINT NOT NULL,
      at BIGINT NOT NULL,
      available BIGINT NOT NULL,
      held BIGINT NOT NULL,
      previous BIGINT NOT NULL,
      key TEXT NOT NULL,
      detail TEXT NOT NULL,
      hash BYTEA NOT NULL
    );
    -- Every so many transactions of an account, to enter a long history in the middle.
    CREATE TABLE loyalty_milestones (
      account BIGINT NOT NULL,
      number BIGINT NOT NULL,
      sequence BIGINT NOT NULL,
      at BIGINT NOT NULL,
      PRIMARY KEY (account, number)
    );
    CREATE TABLE loyalty_processed_events (
      key TEXT NOT NULL,
      fingerprint BYTEA NOT NULL,
      sequence BIGINT NOT NULL,
      last_sequence BIGINT NOT NULL,
      outcome TEXT NOT NULL,
      kept_until BIGINT,
      PRIMARY KEY (key)
    );
    CREATE INDEX loyalty_processed_events_kept ON loyalty_processed_events (kept_until) WHERE kept_until IS NOT NULL;
    -- The accounts of the programme: what is the other side of every transaction.
    CREATE TABLE loyalty_books (
      account BIGINT PRIMARY KEY NOT NULL,
      balance BIGINT NOT NULL
    );
    -- A line for each commit: its hash chains the whole journal.
    CREATE TABLE loyalty_journal (
      number BIGINT PRIMARY KEY NOT NULL,
      last_sequence BIGINT NOT NULL,
      root BYTEA NOT NULL,
      at BIGINT NOT NULL
    );
    -- Whoever posts locks this row first: there is one order for all.
    CREATE TABLE loyalty_head (
      id BIGINT PRIMARY KEY NOT NULL,
      sequence BIGINT NOT NULL,
      journal BIGINT NOT NULL,
      root BYTEA,
      at BIGINT NOT NULL,
      next_account BIGINT NOT NULL
    );
    INSERT INTO loyalty_head (id, sequence, journal, root, at, next_account) VALUES (1, 0, 0, NULL, 0, 1000);
    INSERT INTO loyalty_books (account, balance) VALUES (1, 0), (2, 0), (3, 0), (4, 0), (5, 0);
    """
}
