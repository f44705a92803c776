import Core
import Storage

extension ReturnTable {
  /// Records that the platform is about to be asked for it.
  ///
  /// - Returns: false when it was cancelled meanwhile.
  func markTried(_ id: String, now: Timestamp, in connection: any Connection) throws -> Bool {
    try connection.execute(
      "UPDATE returns_requests SET tried_at = $2 WHERE id = $1 AND state = 'requested'", [id, now]) == 1
  }

  /// The platform says that it did nothing.
  func clearTried(_ id: String, in connection: any Connection) throws {
    try connection.execute("UPDATE returns_requests SET tried_at = NULL WHERE id = $1", [id])
  }

  func setPlatform(_ id: String, platformID: String, rmaNumber: String?, in connection: any Connection) throws {
    try connection.execute(
      "UPDATE returns_requests SET platform_id = $2, rma_number = COALESCE($3, rma_number), tried_at = NULL WHERE id = $1",
      [id, platformID, rmaNumber])
  }

  /// Writes the state, the step that led there and what it sets free. A return that a caller took back may be asked for
  /// again in the same call; what will not come back may be asked for in another return.
  func move(
    _ record: ReturnRecord, _ step: ReturnTransition, refusal: ReturnRecord.Refusal?, checkAt: Timestamp?,
    in connection: any Connection
  ) throws {
    let forget = step.to == .cancelled ? ", duplicate_key = NULL" : ""
    try connection.execute(
      """
      UPDATE returns_requests SET state = $2, updated_at = $3, refusal = $4, refusal_detail = $5, checks = 0,
        check_at = $6\(forget) WHERE id = $1
      """,
      [record.id, step.to.rawValue, step.at, refusal?.reason.rawValue, refusal?.detail, checkAt])
    try connection.execute(
      """
      INSERT INTO returns_transitions (return_id, from_state, to_state, at, cause, request_id, detail, actor)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
      """,
      [
        record.id, record.state.rawValue, step.to.rawValue, step.at, step.cause.rawValue, step.requestID, step.detail,
        step.actor,
      ])
    if step.to.isVoid { try release(record, in: connection) }
  }

  private func release(_ record: ReturnRecord, in connection: any Connection) throws {
    for (sku, quantity) in record.items.quantities {
      try connection.execute(
        "UPDATE returns_lines SET taken = taken - $3 WHERE order_id = $1 AND sku = $2",
        [record.orderID.rawValue, sku, quantity])
    }
  }

  func setCheck(_ id: String, at: Timestamp?, done: Int, in connection: any Connection) throws {
    try connection.execute("UPDATE returns_requests SET check_at = $2, checks = $3 WHERE id = $1", [id, at, done])
  }

  /// - Returns: false while another job is on its way to read it again, unless that has been so for longer than `patience`.
  func askRefresh(
    _ id: String, now: Timestamp, patience: Duration, in connection: any Connection
  ) throws -> Bool {
    try connection.execute(
      """
      UPDATE returns_requests SET refresh_asked_at = $2
      WHERE id = $1 AND (refresh_asked_at IS NULL OR refresh_asked_at <= $3)
      """, [id, now, now - patience]) == 1
  }

  func beginRefresh(_ id: String, in connection: any Connection) throws {
    try connection.execute("UPDATE returns_requests SET refresh_asked_at = NULL WHERE id = $1", [id])
  }

  func forgetDetails(_ id: String, in connection: any Connection) throws {
    try connection.execute("UPDATE returns_requests SET details = NULL WHERE id = $1", [id])
  }
}
