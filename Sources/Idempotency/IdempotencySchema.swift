import Storage

/// First answers. `id` is the SHA-256 of client, method, path and key: what a client chose as a key is not stored.
package enum IdempotencySchema {
  package static let schema = Schema(
    room: "idempotency",
    steps: [
      """
      CREATE TABLE idempotency_records (
        id TEXT PRIMARY KEY,
        body_hash BYTEA NOT NULL,
        status BIGINT NOT NULL,
        response BYTEA NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
      );
      CREATE INDEX idempotency_records_expiry ON idempotency_records (expires_at);
      """
    ])
}
