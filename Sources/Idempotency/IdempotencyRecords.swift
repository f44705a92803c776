import Core
import HTTPMessages
import HTTPServer
import Security
import Storage
import Synchronization

/// Makes a request that changes something safe to send again.
///
/// The first answer is stored in the transaction of its effect, so that there is neither an effect without a record nor a
/// record without its effect; whoever asks again with the same key and body is given it.
package final class IdempotencyRecords: Sendable {
  private let sealer: Sealer
  private let time: any TimeSource
  private let retention: Duration
  /// By id, the hash of the body: what runs in this process.
  private let inProgress = Mutex<[String: [UInt8]]>([:])

  /// - Parameter retention: how long an answer is kept; at least a day.
  package init(sealer: Sealer, time: any TimeSource, retention: Duration = .seconds(86_400)) {
    self.sealer = sealer
    self.time = time
    self.retention = max(retention, .seconds(86_400))
  }

  /// Runs `effect` in a transaction, once for each key that the request's client uses on this method and path.
  ///
  /// What `effect` throws, and an answer of 500 or more, rolls the effect back and is not stored. Without a key the effect
  /// just runs.
  ///
  /// - Returns: what `effect` answered, now or, with `Idempotency-Replayed: true`, the first time.
  /// - Throws: `Problem` 400 `idempotency_key_invalid`, 422 `idempotency_key_reused`, 409 `request_in_progress`;
  ///   `DatabaseError`; `CryptographyError`; what `effect` throws.
  package func perform(
    _ request: Request, in database: any Database,
    effect: @escaping @Sendable (any Connection) throws -> Response
  ) async throws -> Response {
    guard let key = try IdempotencyKey.read(from: request.headers) else {
      return try await Self.orRollBack { try await database.write { try Self.run(effect, in: $0) } }
    }
    let scope = [request.caller?.clientID ?? "", request.method.name, request.path, key.text].joined(separator: "\u{0}")
    let id = SHA256.digest(of: scope).hex
    let hash = SHA256.digest(of: request.body)
    try begin(id, hash)
    defer { inProgress.withLock { _ = $0.removeValue(forKey: id) } }
    return try await Self.orRollBack {
      try await database.write { [self] connection in try answer(id, hash, in: connection, effect) }
    }
  }

  /// Deletes expired records, a thousand at most.
  ///
  /// - Returns: how many.
  @discardableResult
  package func sweep(in database: any Database) async throws -> Int {
    try await database.write { [time] connection in
      try connection.execute(
        """
        DELETE FROM idempotency_records WHERE id IN (
          SELECT id FROM idempotency_records WHERE expires_at <= $1 ORDER BY expires_at LIMIT 1000)
        """, [time.now])
    }
  }

  private func begin(_ id: String, _ hash: [UInt8]) throws(Problem) {
    let other = inProgress.withLock { running in
      let other = running[id]
      if other == nil { running[id] = hash }
      return other
    }
    guard let other else { return }
    if other != hash { throw .keyReused }
    throw Problem(
      status: 409, code: "request_in_progress", title: "The first request is still running",
      detail: "A request with this Idempotency-Key has not been answered yet. Send it again in a second.",
      retryAfter: .seconds(1))
  }

  /// The record goes in first: its key makes another process that has the same request wait until this one is committed,
  /// and then read what it answered.
  private func answer(
    _ id: String, _ hash: [UInt8], in connection: any Connection, _ effect: (any Connection) throws -> Response
  ) throws -> Response {
    let now = time.now
    let begun = try connection.execute(
      """
      INSERT INTO idempotency_records (id, body_hash, status, response, created_at, expires_at)
      VALUES ($1, $2, 0, $3, $4, $5)
      ON CONFLICT (id) DO UPDATE SET body_hash = excluded.body_hash, status = 0, response = excluded.response,
        created_at = excluded.created_at, expires_at = excluded.expires_at
      WHERE idempotency_records.expires_at <= $4
      """, [id, hash, [UInt8](), now, now + retention])
    guard begun == 1 else { return try firstAnswer(id, hash, in: connection) }
    let response = try Self.run(effect, in: connection)
    let sealed = try sealer.seal(StoredResponse(response).bytes, in: Self.place(of: id))
    try connection.execute(
      "UPDATE idempotency_records SET status = $2, response = $3 WHERE id = $1", [id, response.status, sealed])
    return response
  }

  private func firstAnswer(_ id: String, _ hash: [UInt8], in connection: any Connection) throws -> Response {
    let rows = try connection.query(
      "SELECT body_hash, status, response FROM idempotency_records WHERE id = $1", [id])
    guard let row = rows.first else { throw DatabaseError.unavailable("The record of this request has just expired.") }
    guard try row.get(0, as: [UInt8].self) == hash else { throw Problem.keyReused }
    let opened = try sealer.open(try row.get(2), in: Self.place(of: id))
    guard let stored = StoredResponse(bytes: opened) else { throw DatabaseError.shape("a stored answer") }
    return stored.response(status: try row.get(1))
  }

  private static func place(of id: String) -> String { "idempotency_records/\(id)/response" }

  // MARK: - Answers that undo their effect

  private struct Undone: Error {
    let response: Response
  }

  private static func run(
    _ effect: (any Connection) throws -> Response, in connection: any Connection
  ) throws -> Response {
    let response = try effect(connection)
    if response.status >= 500 { throw Undone(response: response) }
    return response
  }

  private static func orRollBack(_ body: () async throws -> Response) async throws -> Response {
    do { return try await body() } catch let undone as Undone { return undone.response }
  }
}

extension Problem {
  fileprivate static let keyReused = Problem(
    status: 422, code: "idempotency_key_reused", title: "The idempotency key was used for another request",
    detail: "This Idempotency-Key came with another body before. Use a new key for a new request.")
}
