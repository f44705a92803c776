-- The peer of the ledger: what a careful engineer would write as a stored function. One idempotency row, one guarded balance update and
-- one entry for each transaction; no hash, no lots, no double entry.
CREATE TABLE accounts (
  id BIGINT PRIMARY KEY,
  balance BIGINT NOT NULL CHECK (balance >= 0),
  version BIGINT NOT NULL
) WITH (fillfactor = 80);
CREATE TABLE processed (
  key TEXT PRIMARY KEY,
  sequence BIGINT NOT NULL
);
CREATE SEQUENCE entries_sequence CACHE 32;
CREATE TABLE entries (
  sequence BIGINT PRIMARY KEY,
  account BIGINT NOT NULL,
  points BIGINT NOT NULL,
  balance BIGINT NOT NULL,
  version BIGINT NOT NULL,
  at TIMESTAMPTZ NOT NULL
);
INSERT INTO accounts SELECT n, 1000, 0 FROM generate_series(1, 100000) n;

-- The key begins with a number that grows, as keys that begin with the time do.
CREATE FUNCTION post(run BIGINT, n BIGINT, client BIGINT, chosen BIGINT, change BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
  own TEXT := lpad(run::TEXT, 6, '0') || '-' || lpad(n::TEXT, 12, '0') || '-' || lpad(client::TEXT, 6, '0');
  place BIGINT := nextval('entries_sequence');
  new_balance BIGINT;
  new_version BIGINT;
BEGIN
  INSERT INTO processed (key, sequence) VALUES (own, place) ON CONFLICT (key) DO NOTHING;
  IF NOT FOUND THEN RETURN (SELECT sequence FROM processed WHERE key = own); END IF;
  UPDATE accounts SET balance = balance + change, version = version + 1 WHERE id = chosen AND balance + change >= 0
    RETURNING balance, version INTO new_balance, new_version;
  IF NOT FOUND THEN RAISE EXCEPTION 'insufficient points'; END IF;
  INSERT INTO entries VALUES (place, chosen, change, new_balance, new_version, clock_timestamp());
  RETURN place;
END $$;
VACUUM ANALYZE accounts;
