import Storage

/// The tables of this room. Times are UTC microseconds.
package enum IdentitySchema {
  package static let schema = Schema(
    room: "identity",
    steps: [
      """
      CREATE TABLE clients (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        scopes TEXT NOT NULL,
        methods TEXT NOT NULL,
        disabled BIGINT NOT NULL,
        created_at BIGINT NOT NULL
      );
      CREATE TABLE client_secrets (
        id TEXT PRIMARY KEY,
        client_id TEXT NOT NULL REFERENCES clients (id),
        hash TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT,
        last_used_at BIGINT
      );
      CREATE INDEX client_secrets_by_client ON client_secrets (client_id);
      CREATE TABLE revoked_tokens (
        jti TEXT PRIMARY KEY,
        client_id TEXT NOT NULL,
        expires_at BIGINT NOT NULL
      );
      CREATE TABLE signing_keys (
        kid TEXT PRIMARY KEY,
        algorithm TEXT NOT NULL,
        private_key BYTEA NOT NULL,
        number BIGINT NOT NULL UNIQUE,
        created_at BIGINT NOT NULL,
        signs_from BIGINT NOT NULL
      );
      """
    ])
}
