import Storage

/// Every delivery with a good signature. The body is sealed; a vendor's id is taken once.
///
/// Rows are found by id and by the vendor's id alone: ids rise with time, so that the order of the primary key is the order
/// in which they came, and the intake writes no index more than it must.
let inboxSchema = Schema(
  room: "webhooks",
  steps: [
    """
    CREATE TABLE webhook_inbox (
      id TEXT PRIMARY KEY,
      source TEXT NOT NULL,
      delivery_id TEXT NOT NULL,
      topic TEXT NOT NULL,
      body BYTEA NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('received', 'applied', 'ignored', 'unreadable', 'failed')),
      note TEXT,
      request_id TEXT NOT NULL,
      triggered_at BIGINT,
      received_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL,
      UNIQUE (source, delivery_id)
    )
    """,
    // SQLite works out `IN` over three values or more by filling a table of its own, for each row that is written.
    """
    CREATE TABLE webhook_inbox_next (
      id TEXT PRIMARY KEY,
      source TEXT NOT NULL,
      delivery_id TEXT NOT NULL,
      topic TEXT NOT NULL,
      body BYTEA NOT NULL,
      state TEXT NOT NULL CHECK (state = 'received' OR state = 'applied' OR state = 'ignored' OR state = 'unreadable'
        OR state = 'failed'),
      note TEXT,
      request_id TEXT NOT NULL,
      triggered_at BIGINT,
      received_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL,
      UNIQUE (source, delivery_id)
    );
    INSERT INTO webhook_inbox_next (id, source, delivery_id, topic, body, state, note, request_id, triggered_at,
        received_at, updated_at)
      SELECT id, source, delivery_id, topic, body, state, note, request_id, triggered_at, received_at, updated_at
      FROM webhook_inbox;
    DROP TABLE webhook_inbox;
    ALTER TABLE webhook_inbox_next RENAME TO webhook_inbox;
    """,
  ])
