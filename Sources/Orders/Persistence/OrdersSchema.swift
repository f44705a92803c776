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
    """,
    returnsTables,
    // Who moved a return by hand.
    "ALTER TABLE returns_transitions ADD COLUMN actor TEXT",
  ])

/// The tables of returns.
///
/// `returns_lines` holds how many of a line our returns have taken, so that two requests at once meet in one row.
/// `duplicate_key` makes two equal requests of one call one return; its index is by order first, so that it serves the list
/// of an order too: an index on a hash alone would cost every return one more page of the disk. `tried_at` is set from the moment before the platform is
/// asked for the return until its answer is known. `refresh_asked_at` is set while a job is on its way to read the return
/// again. `details` hold the customer's address, and go when nobody needs it any more.
private let returnsTables = """
  CREATE TABLE returns_requests (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    state TEXT NOT NULL,
    items TEXT NOT NULL,
    customer_reference TEXT NOT NULL,
    channel TEXT NOT NULL,
    language TEXT NOT NULL,
    details BYTEA,
    duplicate_key BYTEA,
    request_id TEXT NOT NULL,
    platform_id TEXT,
    rma_number TEXT,
    refusal TEXT,
    refusal_detail TEXT,
    tried_at BIGINT,
    refresh_asked_at BIGINT,
    checks BIGINT NOT NULL DEFAULT 0,
    check_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (order_id, duplicate_key)
  );
  CREATE INDEX returns_requests_platform_id ON returns_requests (platform_id) WHERE platform_id IS NOT NULL;
  CREATE INDEX returns_requests_check_at ON returns_requests (check_at) WHERE check_at IS NOT NULL;
  CREATE TABLE returns_lines (
    order_id TEXT NOT NULL,
    sku TEXT NOT NULL,
    taken BIGINT NOT NULL,
    PRIMARY KEY (order_id, sku)
  );
  CREATE TABLE returns_transitions (
    return_id TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    at BIGINT NOT NULL,
    cause TEXT NOT NULL,
    request_id TEXT NOT NULL,
    detail TEXT,
    PRIMARY KEY (return_id, to_state)
  );
  CREATE TABLE returns_messages (
    return_id TEXT NOT NULL,
    about TEXT NOT NULL,
    state TEXT NOT NULL,
    message_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (return_id, about)
  );
  CREATE TABLE returns_opt_outs (
    address BYTEA PRIMARY KEY,
    created_at BIGINT NOT NULL
  )
  """
