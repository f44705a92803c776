import Core
import Storage

/// The catalogue.
struct RewardTable: Sendable {
  private static let columns = """
    id, title, description, point_cost, tier, available_from, available_until, stock, limit_per_customer, image_url,
    methods, webhook_url, active
    """
  /// More than a page of rewards would hold.
  static let largestCatalogue = 1_000

  /// - Returns: false if there is one of this id.
  func insert(_ reward: Reward, now: Timestamp, in connection: any Connection) throws -> Bool {
    try connection.execute(
      """
      INSERT INTO loyalty_reward_catalog (\(Self.columns), created_at, updated_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) ON CONFLICT (id) DO NOTHING
      """, values(reward) + [now]) == 1
  }

  /// All but the stock, which changes by `setStock` and `addStock` alone: a redemption may have come in between.
  func update(_ reward: Reward, now: Timestamp, in connection: any Connection) throws {
    try connection.execute(
      """
      UPDATE loyalty_reward_catalog SET title = $2, description = $3, point_cost = $4, tier = $5, available_from = $6,
        available_until = $7, limit_per_customer = $8, image_url = $9, methods = $10, webhook_url = $11, active = $12,
        updated_at = $13
      WHERE id = $1
      """, values(reward, withStock: false) + [now])
  }

  func find(_ id: String, in connection: any Connection, locking: Bool = false) throws -> Reward? {
    try connection.query(
      "SELECT \(Self.columns) FROM loyalty_reward_catalog WHERE id = $1" + (locking ? connection.forUpdate : ""), [id]
    ).first.map(Self.reward)
  }

  /// The cheap ones first.
  func list(onlyActive: Bool, in connection: any Connection) throws -> [Reward] {
    try connection.query(
      """
      SELECT \(Self.columns) FROM loyalty_reward_catalog \(onlyActive ? "WHERE active = 1" : "")
      ORDER BY point_cost, id LIMIT \(Self.largestCatalogue)
      """
    ).map(Self.reward)
  }

  /// - Parameter stock: nil for no limit.
  func setStock(_ id: String, to stock: Int64?, now: Timestamp, in connection: any Connection) throws {
    try connection.execute(
      "UPDATE loyalty_reward_catalog SET stock = $2, updated_at = $3 WHERE id = $1", [id, stock, now])
  }

  /// Where there is no limit, nothing changes.
  ///
  /// - Parameter number: below zero to take some away.
  /// - Returns: false if there are not as many.
  func addStock(_ id: String, _ number: Int64, now: Timestamp, in connection: any Connection) throws -> Bool {
    try connection.execute(
      """
      UPDATE loyalty_reward_catalog SET stock = stock + $2, updated_at = $3
      WHERE id = $1 AND (stock IS NULL OR stock + $2 >= 0)
      """, [id, number, now]) == 1
  }

  private func values(_ reward: Reward, withStock: Bool = true) -> [any SQLValueConvertible] {
    let first: [any SQLValueConvertible] = [
      reward.id, reward.title.json.text, reward.description.json.text, reward.pointCost, reward.tier,
      reward.availableFrom, reward.availableUntil,
    ]
    let stock: [any SQLValueConvertible] = withStock ? [reward.stock] : []
    return first + stock + [
      reward.limitPerCustomer, reward.imageURL, reward.methods.map(\.rawValue).joined(separator: ","),
      reward.webhookURL, reward.isActive,
    ]
  }

  private static func reward(_ row: Row) throws -> Reward {
    let methods = try row.get(10, as: String.self).split(separator: ",").compactMap {
      FulfilmentMethod(rawValue: String($0))
    }
    var reward = Reward(
      id: try row.get(0), title: try text(row, 1), pointCost: try row.get(3), methods: methods)
    reward.description = try text(row, 2)
    reward.tier = try row.get(4)
    reward.availableFrom = try row.get(5)
    reward.availableUntil = try row.get(6)
    reward.stock = try row.get(7)
    reward.limitPerCustomer = try row.get(8)
    reward.imageURL = try row.get(9)
    reward.webhookURL = try row.get(11)
    reward.isActive = try row.get(12)
    return reward
  }

  private static func text(_ row: Row, _ column: Int) throws -> LocalizedText {
    guard let text = LocalizedText(json: try JSONValue(parsing: try row.get(column, as: String.self))) else {
      throw DatabaseError.shape("a text of loyalty_reward_catalog")
    }
    return text
  }
}
