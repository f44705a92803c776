import Storage

/// The table of jobs.
///
/// `run_at` is when a job is due; `lease_until` when its runner counts as lost. `fence` counts the hand-outs: what a runner
/// reports with an older number is refused. `doubt` is 1 from the mark "about to send" until the outcome is known.
/// `ordinal` orders the jobs of a lane. `cause` is what dead letters are grouped by, of the last run that did not succeed.
/// `ended_at` is set while the job is in a final state: what waits or runs is found by its absence, so that the index of
/// lanes is left alone when a job only moves from one such state to the next.
///
/// A row of `job_attempts` is a run that did not succeed, or what a person did with the job (`actor`); `outcome` is the state
/// that the job was left in: `running` and `sending` for a run that ended without a report. `fence` numbers them.
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
      """,
      // A table cannot be given another CHECK, so it is made anew.
      """
      CREATE TABLE jobs_next (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        lane TEXT,
        ordinal BIGINT NOT NULL,
        payload BYTEA,
        state TEXT NOT NULL
          CHECK (state IN ('ready', 'running', 'sending', 'done', 'failed', 'unknown', 'cancelled')),
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
        started_at BIGINT,
        updated_at BIGINT NOT NULL,
        cause TEXT,
        last_error TEXT,
        result TEXT
      );
      INSERT INTO jobs_next (id, kind, lane, ordinal, payload, state, doubt, run_at, priority, attempts, max_attempts,
          lease_owner, lease_until, fence, request_id, created_at, started_at, updated_at, cause, last_error, result)
        SELECT id, kind, lane, ordinal, payload, state, doubt, run_at, priority, attempts, max_attempts, lease_owner,
          lease_until, fence, request_id, created_at, updated_at, updated_at, last_error, last_error, result FROM jobs;
      DROP TABLE jobs;
      ALTER TABLE jobs_next RENAME TO jobs;
      CREATE INDEX jobs_ready ON jobs (priority DESC, run_at, ordinal) WHERE state = 'ready';
      CREATE INDEX jobs_scheduled ON jobs (run_at) WHERE state = 'ready';
      CREATE INDEX jobs_leased ON jobs (lease_until) WHERE lease_until IS NOT NULL;
      CREATE INDEX jobs_lane ON jobs (lane, ordinal) WHERE state IN ('ready', 'running', 'sending');
      CREATE INDEX jobs_finished ON jobs (updated_at) WHERE state IN ('done', 'failed', 'unknown', 'cancelled');
      CREATE INDEX jobs_dead ON jobs (kind, cause, updated_at) WHERE state IN ('failed', 'unknown');
      CREATE TABLE job_attempts (
        job_id TEXT NOT NULL,
        fence BIGINT NOT NULL,
        attempt BIGINT NOT NULL,
        started_at BIGINT NOT NULL,
        ended_at BIGINT NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('ready', 'running', 'sending', 'failed', 'unknown', 'cancelled')),
        cause TEXT,
        reason TEXT,
        actor TEXT,
        PRIMARY KEY (job_id, fence)
      );
      CREATE TABLE job_schedules (
        name TEXT PRIMARY KEY,
        period BIGINT NOT NULL,
        phase BIGINT NOT NULL,
        next_at BIGINT NOT NULL
      );
      """,
      // SQLite works out `IN` over three values or more by filling a table of its own, for each row that is written: a third
      // of what a return cost. So neither a check nor the condition of an index holds one.
      """
      CREATE TABLE jobs_next (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        lane TEXT,
        ordinal BIGINT NOT NULL,
        payload BYTEA,
        state TEXT NOT NULL CHECK (state = 'ready' OR state = 'running' OR state = 'sending' OR state = 'done'
          OR state = 'failed' OR state = 'unknown' OR state = 'cancelled'),
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
        started_at BIGINT,
        updated_at BIGINT NOT NULL,
        ended_at BIGINT,
        cause TEXT,
        last_error TEXT,
        result TEXT
      );
      INSERT INTO jobs_next (id, kind, lane, ordinal, payload, state, doubt, run_at, priority, attempts, max_attempts,
          lease_owner, lease_until, fence, request_id, created_at, started_at, updated_at, ended_at, cause, last_error,
          result)
        SELECT id, kind, lane, ordinal, payload, state, doubt, run_at, priority, attempts, max_attempts, lease_owner,
          lease_until, fence, request_id, created_at, started_at, updated_at,
          CASE WHEN state IN ('ready', 'running', 'sending') THEN NULL ELSE updated_at END, cause, last_error, result
        FROM jobs;
      DROP TABLE jobs;
      ALTER TABLE jobs_next RENAME TO jobs;
      CREATE INDEX jobs_ready ON jobs (priority DESC, run_at, ordinal) WHERE state = 'ready';
      CREATE INDEX jobs_leased ON jobs (lease_until) WHERE lease_until IS NOT NULL;
      CREATE INDEX jobs_lane ON jobs (lane, ordinal) WHERE ended_at IS NULL;
      CREATE INDEX jobs_dead ON jobs (kind, cause, updated_at) WHERE state IN ('failed', 'unknown');
      """,
    ])
}
