import Core
import Storage

/// The right to change one recording, for a while. Only its holder asks the contact centre, so that a pause and a resume
/// that meet cannot pass each other on the way there.
struct Turn: Sendable, Hashable {
  let conversation: String
  /// Grows by one with each pause. What an older one left behind, such as its job, is void.
  let generation: Int64
  let resumesAt: Timestamp
  /// When the turn ends by itself, in case its holder has crashed; also what tells it from others.
  let until: Timestamp
}

/// `recording_pauses`.
struct PauseTable: Sendable {
  enum State: String, Sendable {
    /// Not held by us.
    case active
    /// A pause is intended; the contact centre has not said that it is so.
    case pausing
    /// The same, of a recording that was held already: it stays held, whatever becomes of this one.
    case extending
    case paused
  }

  /// Long enough for any call that a holder makes.
  static let turn = Duration.seconds(30)
  /// How long a row of a recording that is not held is kept; longer than any job that names its generation waits.
  static let retention = Duration.seconds(2 * 86_400)

  /// Records the intent to pause.
  ///
  /// - Returns: nil while somebody else has the turn.
  func beginPause(
    _ conversation: String, resumesAt: Timestamp, now: Timestamp, in connection: any Connection
  ) throws -> Turn? {
    try connection.execute(
      "DELETE FROM recording_pauses WHERE state = 'active' AND updated_at <= $1", [now - Self.retention])
    let until = now + Self.turn
    let rows = try connection.query(
      """
      INSERT INTO recording_pauses (conversation_id, generation, state, busy_until, resumes_at, updated_at)
      VALUES ($1, 1, 'pausing', $2, $3, $4)
      ON CONFLICT (conversation_id) DO UPDATE SET generation = recording_pauses.generation + 1,
        state = CASE recording_pauses.state WHEN 'active' THEN 'pausing' ELSE 'extending' END,
        busy_until = $2, resumes_at = $3, updated_at = $4
      WHERE recording_pauses.busy_until <= $4 RETURNING generation
      """, [conversation, until, resumesAt, now])
    return try rows.first.map {
      Turn(conversation: conversation, generation: try $0.get(0), resumesAt: resumesAt, until: until)
    }
  }

  /// Takes the turn to resume, also of a recording that this table does not know. The recording counts as held until
  /// `end` says otherwise.
  ///
  /// - Returns: nil while somebody else has the turn.
  func beginResume(_ conversation: String, now: Timestamp, in connection: any Connection) throws -> Turn? {
    let until = now + Self.turn
    let rows = try connection.query(
      """
      INSERT INTO recording_pauses (conversation_id, generation, state, busy_until, resumes_at, updated_at)
      VALUES ($1, 0, 'active', $2, $3, $3)
      ON CONFLICT (conversation_id) DO UPDATE SET busy_until = $2, updated_at = $3
      WHERE recording_pauses.busy_until <= $3 RETURNING generation, resumes_at
      """, [conversation, until, now])
    return try rows.first.map {
      Turn(conversation: conversation, generation: try $0.get(0), resumesAt: try $0.get(1), until: until)
    }
  }

  /// The same for one generation only.
  ///
  /// - Returns: nil when the recording is not held any more, or by a later pause, and while somebody else has the turn.
  func beginResume(
    _ conversation: String, generation: Int64, now: Timestamp, in connection: any Connection
  ) throws -> Turn? {
    let until = now + Self.turn
    let rows = try connection.query(
      """
      UPDATE recording_pauses SET busy_until = $1, updated_at = $2
      WHERE conversation_id = $3 AND generation = $4 AND state <> 'active' AND busy_until <= $2 RETURNING resumes_at
      """, [until, now, conversation, generation])
    return try rows.first.map {
      Turn(conversation: conversation, generation: generation, resumesAt: try $0.get(0), until: until)
    }
  }

  /// How long a turn of somebody else lasts yet; nil when the recording is not held by this generation.
  func wait(
    for conversation: String, generation: Int64, now: Timestamp, in connection: any Connection
  ) throws -> Duration? {
    let rows = try connection.query(
      """
      SELECT busy_until FROM recording_pauses WHERE conversation_id = $1 AND generation = $2 AND state <> 'active'
      """, [conversation, generation])
    return try rows.first.map { try $0.get(0, as: Timestamp.self) - now }
  }

  /// Ends a turn.
  ///
  /// - Parameter state: what the contact centre said; nil leaves it in doubt.
  /// - Returns: false when the turn had ended by itself: then nothing is written.
  func end(_ turn: Turn, as state: State?, now: Timestamp, in connection: any Connection) throws -> Bool {
    try connection.execute(
      """
      UPDATE recording_pauses SET state = COALESCE($1, state), busy_until = 0, updated_at = $2
      WHERE conversation_id = $3 AND generation = $4 AND busy_until = $5
      """, [state?.rawValue, now, turn.conversation, turn.generation, turn.until]) == 1
  }

  /// Ends the turn of a pause that certainly was not made. What an earlier pause holds stays held.
  func withdraw(_ turn: Turn, now: Timestamp, in connection: any Connection) throws {
    try connection.execute(
      """
      UPDATE recording_pauses SET state = CASE state WHEN 'pausing' THEN 'active' ELSE state END, busy_until = 0,
        updated_at = $1
      WHERE conversation_id = $2 AND generation = $3 AND busy_until = $4
      """, [now, turn.conversation, turn.generation, turn.until])
  }
}
