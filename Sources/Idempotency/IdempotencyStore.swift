import Core
import HTTPMessages
import HTTPServer
import Security
import Storage
import Synchronization

/// Sees to it that a request which is sent twice has one effect and one answer.
///
/// The record of a request is written in the transaction of its effect: either both are there or neither is.
package final class IdempotencyStore: Sendable {
  package static let schema = Schema(
    room: "idempotency",
    steps: [
      """
      CREATE TABLE idempotency_records (
        id TEXT PRIMARY KEY, body_hash TEXT NOT NULL, status BIGINT NOT NULL, answer BYTEA NOT NULL,
        expires_at BIGINT NOT NULL);
      CREATE INDEX idempotency_records_by_expiry ON idempotency_records (expires_at)
      """
    ])

  private let database: any Database
  private let sealer: Sealer
  private let time: any TimeSource
  private let lifetime: Duration
  /// Requests that this process is answering now.
  private let running = Mutex<Set<String>>([])

  /// - Parameter lifetime: how long a key is remembered.
  package init(
    database: any Database, sealer: Sealer, time: any TimeSource, lifetime: Duration = .seconds(25 * 3_600)
  ) {
    self.database = database
    self.sealer = sealer
    self.time = time
    self.lifetime = lifetime
  }

  /// Runs `effect` in a transaction and answers what it answers, or, for a request that had its effect already, that
  /// answer again with `Idempotency-Replayed: true`. Without a key the effect simply runs. What `effect` throws, and
  /// answers of 500 and more, are not remembered.
  ///
  /// - Throws: `Problem` 400 for a bad key, 422 `idempotency_key_reused` for another body, 409 `request_in_progress`;
  ///   `DatabaseError`; what `effect` throws.
  package func respond(
    to request: Request, effect: @escaping @Sendable (any Connection) throws -> Response
  ) async throws -> Response {
    guard let key = try IdempotencyKey.read(request) else { return try await database.write(effect) }
    let id = Self.id(of: key, request)
    guard running.withLock({ $0.insert(id).inserted }) else { throw Problem.requestInProgress }
    defer { running.withLock { _ = $0.remove(id) } }
    let bodyHash = SHA256.digest(of: request.body).hex
    return try await database.write { [self] connection in
      if let known = try recall(id, bodyHash: bodyHash, in: connection) { return known }
      let response = try effect(connection)
      if response.status < 500 { try remember(response, id: id, bodyHash: bodyHash, in: connection) }
      return response
    }
  }

  /// Forgets keys whose time has passed.
  ///
  /// - Throws: `DatabaseError`.
  package func sweep() async throws {
    let now = time.now
    try await database.write { connection in
      _ = try connection.execute("DELETE FROM idempotency_records WHERE expires_at <= $1", [now])
    }
  }

  /// Keys belong to one client and one resource, and only their hash is kept: a client may put anything into one.
  private static func id(of key: String, _ request: Request) -> String {
    let parts = [request.caller?.clientID ?? "", request.method.name, request.path, key]
    return SHA256.digest(of: JSONValue.array(parts.map { .string($0) }).bytes).hex
  }

  private func recall(_ id: String, bodyHash: String, in connection: any Connection) throws -> Response? {
    let rows = try connection.query(
      "SELECT body_hash, status, answer FROM idempotency_records WHERE id = $1 AND expires_at > $2", [id, time.now])
    guard let row = rows.first else { return nil }
    guard try row.get(0, as: String.self) == bodyHash else { throw Problem.keyReused }
    var response = try StoredAnswer.open(try row.get(2), status: try row.get(1), with: sealer, id: id)
    response.headers["idempotency-replayed"] = "true"
    return response
  }

  /// The insertion waits for another instance that answers the same request, and then fails: its answer is repeated when
  /// the client asks again.
  private func remember(_ response: Response, id: String, bodyHash: String, in connection: any Connection) throws {
    try connection.execute("DELETE FROM idempotency_records WHERE id = $1 AND expires_at <= $2", [id, time.now])
    let answer = try StoredAnswer.seal(response, with: sealer, id: id)
    let count = try connection.execute(
      """
      INSERT INTO idempotency_records (id, body_hash, status, answer, expires_at) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (id) DO NOTHING
      """, [id, bodyHash, response.status, answer, time.now + lifetime])
    if count == 0 { throw Problem.requestInProgress }
  }
}

/// An answer as it lies in the table, sealed: its header fields and its body.
private enum StoredAnswer {
  private static let place = "idempotency_records/"

  static func seal(_ response: Response, with sealer: Sealer, id: String) throws -> [UInt8] {
    let fields = JSONValue.array(response.headers.map { [.string($0.name), .string($0.value)] })
    let stored: JSONValue = ["headers": fields, "body": .string(Base64.standard.encode(response.body))]
    return try sealer.seal(stored.bytes, in: place + id)
  }

  static func open(_ sealed: [UInt8], status: Int, with sealer: Sealer, id: String) throws -> Response {
    let stored = try JSONValue(parsing: try sealer.open(sealed, in: place + id))
    var headers = Headers()
    for field in stored["headers"]?.array ?? [] { headers.add(field[0]?.string ?? "", field[1]?.string ?? "") }
    return Response(status: status, headers: headers, body: Base64.standard.decode(stored["body"]?.string ?? "") ?? [])
  }
}

extension Problem {
  fileprivate static let keyReused = Problem(
    status: 422, code: "idempotency_key_reused", title: "The Idempotency-Key was used for another request",
    detail: "This key came with another body before. Use a new key for a new request, and the same body for a repeat.")

  fileprivate static let requestInProgress = Problem(
    status: 409, code: "request_in_progress", title: "The same request is being answered",
    detail: "A request with this Idempotency-Key is still being answered. Ask again in a second for its answer.",
    retryAfter: .seconds(1))
}
