extension LoyaltySchema {
  /// The catalogue (guide 3, section 1), the pools of codes, what was redeemed, and the sessions of the portal.
  static let createRewards = """
    CREATE TABLE loyalty_reward_catalog (
      id TEXT PRIMARY KEY NOT NULL,
      title TEXT NOT NULL,
      description TEXT NOT NULL,
      point_cost BIGINT NOT NULL CHECK (point_cost > 0),
      tier TEXT,
      available_from BIGINT,
      available_until BIGINT,
      -- NULL for no limit.
      stock BIGINT CHECK (stock >= 0),
      limit_per_customer BIGINT CHECK (limit_per_customer > 0),
      image_url TEXT,
      methods TEXT NOT NULL,
      webhook_url TEXT,
      active BIGINT NOT NULL,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL
    );
    -- Codes are sealed; the digest, which is keyed, keeps one from getting in twice. A code with a receipt is somebody's.
    CREATE TABLE loyalty_reward_codes (
      id TEXT PRIMARY KEY NOT NULL,
      reward TEXT NOT NULL,
      code BYTEA NOT NULL,
      digest BYTEA NOT NULL,
      receipt TEXT
    );
    CREATE UNIQUE INDEX loyalty_reward_codes_digest ON loyalty_reward_codes (reward, digest);
    CREATE INDEX loyalty_reward_codes_free ON loyalty_reward_codes (reward, id) WHERE receipt IS NULL;
    CREATE UNIQUE INDEX loyalty_reward_codes_receipt ON loyalty_reward_codes (receipt) WHERE receipt IS NOT NULL;
    -- The address is sealed, and gone when the receipt has ended.
    CREATE TABLE loyalty_receipts (
      id TEXT PRIMARY KEY NOT NULL,
      key TEXT NOT NULL,
      account BIGINT NOT NULL,
      customer BYTEA NOT NULL,
      reward TEXT NOT NULL,
      title TEXT NOT NULL,
      point_cost BIGINT NOT NULL,
      method TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('pending', 'sending', 'unknown', 'fulfilled', 'failed')),
      transaction_id TEXT NOT NULL,
      locale TEXT,
      address BYTEA,
      request_id TEXT NOT NULL,
      settle_at BIGINT NOT NULL,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL
    );
    CREATE UNIQUE INDEX loyalty_receipts_key ON loyalty_receipts (key);
    CREATE INDEX loyalty_receipts_account ON loyalty_receipts (account, id);
    CREATE INDEX loyalty_receipts_open ON loyalty_receipts (settle_at)
      WHERE status IN ('pending', 'sending', 'unknown');
    -- Of a token only its hash is kept. `customer` holds all hashes of the customer, one after the other.
    CREATE TABLE loyalty_portal_sessions (
      id TEXT PRIMARY KEY NOT NULL,
      token BYTEA NOT NULL,
      customer BYTEA NOT NULL,
      scopes TEXT NOT NULL,
      locale TEXT,
      address BYTEA,
      client TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL
    );
    CREATE UNIQUE INDEX loyalty_portal_sessions_token ON loyalty_portal_sessions (token);
    CREATE INDEX loyalty_portal_sessions_expiry ON loyalty_portal_sessions (expires_at);
    """
}
