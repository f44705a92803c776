import Storage

/// The tables of this room. What names a person is sealed; what is compared is a keyed hash.
let ordersSchema = Schema(
  room: "orders",
  steps: [
    """
    CREATE TABLE orders_callbacks (
      id TEXT PRIMARY KEY,
      client_id TEXT NOT NULL,
      request_id TEXT NOT NULL,
      state TEXT NOT NULL,
      details BYTEA,
      conversation_id TEXT,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL
    );
    CREATE TABLE orders_open_callbacks (
      caller BYTEA PRIMARY KEY,
      callback_id TEXT NOT NULL,
      expires_at BIGINT NOT NULL
    );
    CREATE INDEX orders_open_callbacks_callback_id ON orders_open_callbacks (callback_id);
    CREATE INDEX orders_open_callbacks_expires_at ON orders_open_callbacks (expires_at);
    CREATE TABLE orders_texts (
      id TEXT PRIMARY KEY,
      client_id TEXT NOT NULL,
      request_id TEXT NOT NULL,
      state TEXT NOT NULL,
      details BYTEA,
      message_id TEXT,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL
    )
    """
  ])
