import Storage

/// The table of this room: for each conversation whether its recording is held, until when, and who changes it now.
let recordingSchema = Schema(
  room: "recording",
  steps: [
    """
    CREATE TABLE recording_pauses (
      conversation_id TEXT PRIMARY KEY,
      generation BIGINT NOT NULL,
      state TEXT NOT NULL,
      busy_until BIGINT NOT NULL,
      resumes_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL
    );
    CREATE INDEX recording_pauses_updated_at ON recording_pauses (updated_at)
    """
  ])
