import Core
import Security
import Storage

/// The pools of codes. A code is as good as money: sealed, and never shown but to whom it belongs.
struct RewardCodeTable: Sendable {
  let sealer: Sealer
  let hashKey: Redacted<[UInt8]>

  /// Leaves out those that the pool has or had.
  ///
  /// - Returns: how many are new.
  func insert(
    _ codes: [String], of reward: String, ids: IdentifierSource, in connection: any Connection
  ) throws -> Int {
    let ids = codes.map { _ in ids.make("cde") }
    return try connection.insert(
      [
        "id": .texts(ids), "reward": .texts(codes.map { _ in reward }),
        "code": .blobs(try zip(ids, codes).map { try sealer.seal(Array($1.utf8), in: Self.place(of: $0)) }),
        "digest": .blobs(codes.map { HMACSHA256.code(for: Array("\(reward) \($0)".utf8), key: hashKey.reveal()) }),
      ], into: "loyalty_reward_codes", "ON CONFLICT (reward, digest) DO NOTHING")
  }

  /// How many are left, by reward.
  func free(in connection: any Connection) throws -> [String: Int64] {
    try connection.query(
      "SELECT reward, COUNT(*) FROM loyalty_reward_codes WHERE receipt IS NULL GROUP BY reward"
    ).reduce(into: [:]) { $0[try $1.get(0)] = try $1.get(1) }
  }

  func free(of reward: String, in connection: any Connection) throws -> Int64 {
    try connection.query(
      "SELECT COUNT(*) FROM loyalty_reward_codes WHERE receipt IS NULL AND reward = $1", [reward])[0].get(0)
  }

  /// Gives the oldest code that is left to a receipt.
  ///
  /// - Returns: nil if there is none.
  func take(of reward: String, for receipt: String, in connection: any Connection) throws -> String? {
    let rows = try connection.query(
      """
      UPDATE loyalty_reward_codes SET receipt = $2 WHERE id = (
        SELECT id FROM loyalty_reward_codes WHERE reward = $1 AND receipt IS NULL ORDER BY id LIMIT 1)
      RETURNING id, code
      """, [reward, receipt])
    return try rows.first.map { try open($0.get(1), id: $0.get(0)) }
  }

  func giveBack(_ receipt: String, in connection: any Connection) throws {
    try connection.execute("UPDATE loyalty_reward_codes SET receipt = NULL WHERE receipt = $1", [receipt])
  }

  /// By receipt.
  func codes(of receipts: [String], in connection: any Connection) throws -> [String: String] {
    guard !receipts.isEmpty else { return [:] }
    return try connection.select(
      "receipt, id, code", from: "loyalty_reward_codes", where: "receipt", isIn: .texts(receipts)
    ).reduce(into: [:]) { $0[try $1.get(0)] = try open($1.get(2), id: $1.get(1)) }
  }

  private func open(_ sealed: [UInt8], id: String) throws -> String {
    String(decoding: try sealer.open(sealed, in: Self.place(of: id)), as: UTF8.self)
  }

  private static func place(of id: String) -> String { "loyalty_reward_codes/\(id)/code" }
}
