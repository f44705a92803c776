import Core
import Security
import Storage

/// What was redeemed.
struct ReceiptTable: Sendable {
  let sealer: Sealer

  private static let columns = """
    id, account, customer, reward, title, point_cost, method, status, transaction_id, locale, request_id, created_at,
    settle_at
    """

  /// - Parameters:
  ///   - key: the ledger's.
  ///   - address: where a mail goes.
  func insert(_ receipt: Receipt, key: String, address: String?, in connection: any Connection) throws {
    let sealed = try address.map { try sealer.seal(Array($0.utf8), in: Self.place(of: receipt.id)) }
    try connection.execute(
      """
      INSERT INTO loyalty_receipts (\(Self.columns), key, address, updated_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $12)
      """,
      [
        receipt.id, receipt.account, receipt.customer.stored, receipt.reward, receipt.title.json.text,
        receipt.pointCost, receipt.method.rawValue, receipt.status.rawValue, receipt.transaction, receipt.locale,
        receipt.requestID, receipt.createdAt, receipt.settleAt, key, sealed,
      ])
  }

  func find(_ id: String, in connection: any Connection, locking: Bool = false) throws -> Receipt? {
    try connection.query(
      "SELECT \(Self.columns) FROM loyalty_receipts WHERE id = $1" + (locking ? connection.forUpdate : ""), [id]
    ).first.map(Self.receipt)
  }

  func find(key: String, in connection: any Connection) throws -> Receipt? {
    try connection.query("SELECT \(Self.columns) FROM loyalty_receipts WHERE key = $1", [key]).first.map(Self.receipt)
  }

  /// The newest first.
  ///
  /// - Parameter before: only receipts before this one.
  func list(
    of account: Int64, before: String?, limit: Int, in connection: any Connection
  ) throws -> [Receipt] {
    try connection.query(
      """
      SELECT \(Self.columns) FROM loyalty_receipts WHERE account = $1 \(before == nil ? "" : "AND id < $3")
      ORDER BY id DESC LIMIT $2
      """, [account, limit] + (before.map { [$0] } ?? [])
    ).map(Self.receipt)
  }

  /// How many of each reward a customer has had, those left out that failed.
  func taken(by account: Int64, in connection: any Connection) throws -> [String: Int64] {
    try connection.query(
      """
      SELECT reward, COUNT(*) FROM loyalty_receipts WHERE account = $1 AND status <> 'failed' GROUP BY reward
      """, [account]
    ).reduce(into: [:]) { $0[try $1.get(0)] = try $1.get(1) }
  }

  /// Where a mail goes; nil when that is not known, or no longer.
  func address(of id: String, in connection: any Connection) throws -> String? {
    let sealed: [UInt8]? = try connection.query("SELECT address FROM loyalty_receipts WHERE id = $1", [id]).first?.get(
      0)
    return try sealed.map { String(decoding: try sealer.open($0, in: Self.place(of: id)), as: UTF8.self) }
  }

  /// With the end of a receipt its address goes.
  ///
  /// - Returns: false if it was in none of the states that it may come from.
  func move(
    _ id: String, from: [Receipt.Status], to status: Receipt.Status, now: Timestamp, in connection: any Connection
  ) throws -> Bool {
    let places = from.indices.map { "$\($0 + 4)" }.joined(separator: ", ")
    let forget = status.isOpen ? "" : ", address = NULL"
    return try connection.execute(
      """
      UPDATE loyalty_receipts SET status = $2, updated_at = $3\(forget) WHERE id = $1 AND status IN (\(places))
      """, [id, status.rawValue, now] + from.map(\.rawValue)) == 1
  }

  /// Open receipts on which the last word is due.
  func due(now: Timestamp, limit: Int, in connection: any Connection) throws -> [String] {
    try connection.query(
      """
      SELECT id FROM loyalty_receipts
      WHERE status IN ('pending', 'sending', 'unknown') AND settle_at <= $1 ORDER BY settle_at LIMIT $2
      """, [now, limit]
    ).map { try $0.get(0) }
  }

  private static func place(of id: String) -> String { "loyalty_receipts/\(id)/address" }

  private static func receipt(_ row: Row) throws -> Receipt {
    guard let customer = CustomerHash(stored: try row.get(2)),
      let title = LocalizedText(json: try JSONValue(parsing: try row.get(4, as: String.self))),
      let method = FulfilmentMethod(rawValue: try row.get(6)), let status = Receipt.Status(rawValue: try row.get(7))
    else { throw DatabaseError.shape("loyalty_receipts") }
    return Receipt(
      id: try row.get(0), account: try row.get(1), customer: customer, reward: try row.get(3), title: title,
      pointCost: try row.get(5), method: method, status: status, transaction: try row.get(8), locale: try row.get(9),
      requestID: try row.get(10), createdAt: try row.get(11), settleAt: try row.get(12))
  }
}
