import Storage

/// The outbox, and how each subscriber stands.
///
/// `sequence` is null until the event is numbered (`EventTable.number`). `ordinal` is when it was put in, never the same twice
/// in one process; events are numbered in its order. `event_numbers` has one row: the last number given.
let eventsSchema = Schema(
  room: "events",
  steps: [
    """
    CREATE TABLE events (
      id TEXT PRIMARY KEY,
      sequence BIGINT,
      ordinal BIGINT NOT NULL,
      type TEXT NOT NULL,
      subject TEXT NOT NULL,
      time BIGINT NOT NULL,
      data TEXT NOT NULL
    );
    CREATE UNIQUE INDEX events_sequence ON events (sequence) WHERE sequence IS NOT NULL;
    CREATE INDEX events_unnumbered ON events (ordinal) WHERE sequence IS NULL;
    CREATE INDEX events_ordinal ON events (ordinal);
    CREATE TABLE event_numbers (
      id BIGINT PRIMARY KEY CHECK (id = 1),
      last BIGINT NOT NULL
    );
    INSERT INTO event_numbers (id, last) VALUES (1, 0);
    CREATE TABLE event_subscribers (
      name TEXT PRIMARY KEY,
      failing_since BIGINT,
      last_success_at BIGINT,
      last_failure_at BIGINT,
      last_error TEXT,
      disabled_at BIGINT,
      disabled_reason TEXT
    );
    """,
    "DROP INDEX events_ordinal",
  ])
