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
    """
  ])
