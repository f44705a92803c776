import Storage

/// The table of jobs.
///
/// `run_at` is when a job is due; `lease_until` when its runner counts as lost. `fence` counts the hand-outs: what a runner
/// reports with an older number is refused. `doubt` is 1 from the mark "about to send" until the outcome is known.
/// `ordinal` orders the jobs of a lane.
package enum JobsSchema {
  package static let schema = Schema(
    room: "jobs",
    steps: [
      """
      CREATE TABLE jobs (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        lane TEXT,
        ordinal BIGINT NOT NULL,
        payload BYTEA,
        state TEXT NOT NULL CHECK (state IN ('ready', 'running', 'sending', 'done', 'failed', 'unknown')),
        doubt BIGINT NOT NULL DEFAULT 0,
        run_at BIGINT NOT NULL,
        priority BIGINT NOT NULL,
        attempts BIGINT NOT NULL DEFAULT 0,
        max_attempts BIGINT NOT NULL,
        lease_owner TEXT,
        lease_until BIGINT,
        fence BIGINT NOT NULL DEFAULT 0,
        request_id TEXT,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        last_error TEXT,
        result TEXT
      );
      CREATE INDEX jobs_ready ON jobs (priority DESC, run_at, ordinal) WHERE state = 'ready';
      CREATE INDEX jobs_scheduled ON jobs (run_at) WHERE state = 'ready';
      CREATE INDEX jobs_leased ON jobs (lease_until) WHERE lease_until IS NOT NULL;
      CREATE INDEX jobs_lane ON jobs (lane, ordinal) WHERE state IN ('ready', 'running', 'sending');
      CREATE INDEX jobs_finished ON jobs (updated_at) WHERE state IN ('done', 'failed', 'unknown');
      """
    ])
}
