import Core
import Security
import Storage

/// What an operator does with the catalogue, by HTTP or from the command line. Each runs in the transaction of its caller.
package struct RewardCatalogue: Sendable {
  /// A reward, with what its pool has left.
  package struct Listing: Sendable, Hashable {
    package let reward: Reward
    /// Nil for a reward without codes.
    package let codesLeft: Int64?
  }

  package enum Refusal: Error, Sendable, Hashable {
    case exists
    case notFound
    case flawed(RewardFlaw)
  }

  package enum StockChange: Sendable, Hashable {
    case add(Int64)
    /// Nil for no limit.
    case set(Int64?)
  }

  package static let mostCodes = 10_000
  private static let longestCode = 200

  private let rewards = RewardTable()
  private let codes: RewardCodeTable
  private let ids: IdentifierSource
  private let time: any TimeSource

  package init(sealer: Sealer, hashKey: Redacted<[UInt8]>, time: any TimeSource, random: any RandomSource) {
    codes = RewardCodeTable(sealer: sealer, hashKey: hashKey)
    ids = IdentifierSource(time: time, random: random)
    self.time = time
  }

  package func list(in connection: any Connection) throws -> [Listing] {
    let free = try codes.free(in: connection)
    return try rewards.list(onlyActive: false, in: connection).map {
      Listing(reward: $0, codesLeft: $0.methods.contains(.code) ? free[$0.id] ?? 0 : nil)
    }
  }

  /// - Throws: `Refusal.notFound`, as all that follow.
  package func show(_ id: String, in connection: any Connection) throws -> Listing {
    guard Reward.isID(id), let reward = try rewards.find(id, in: connection) else { throw Refusal.notFound }
    return Listing(
      reward: reward, codesLeft: reward.methods.contains(.code) ? try codes.free(of: id, in: connection) : nil)
  }

  /// - Throws: `Refusal`.
  package func add(_ reward: Reward, in connection: any Connection) throws -> Listing {
    try check(reward)
    guard try rewards.insert(reward, now: time.now, in: connection) else { throw Refusal.exists }
    return try show(reward.id, in: connection)
  }

  /// The stock is not changed by it.
  ///
  /// - Throws: `Refusal`, and what `change` throws.
  package func edit(
    _ id: String, in connection: any Connection, _ change: (inout Reward) throws -> Void
  ) throws -> Listing {
    guard Reward.isID(id), var reward = try rewards.find(id, in: connection, locking: true) else {
      throw Refusal.notFound
    }
    try change(&reward)
    reward.id = id
    try check(reward)
    try rewards.update(reward, now: time.now, in: connection)
    return try show(id, in: connection)
  }

  package func changeStock(_ id: String, _ change: StockChange, in connection: any Connection) throws -> Listing {
    guard Reward.isID(id), var reward = try rewards.find(id, in: connection, locking: true) else {
      throw Refusal.notFound
    }
    switch change {
    case .set(let stock): reward.stock = stock
    case .add(let number):
      guard let stock = reward.stock else {
        throw Refusal.flawed(RewardFlaw("add", "This reward has no limit to add to; set one."))
      }
      guard case (let sum, false) = stock.addingReportingOverflow(number) else {
        throw Refusal.flawed(RewardFlaw("add", "That is more than a stock can be."))
      }
      reward.stock = sum
    }
    try check(reward)
    try rewards.setStock(id, to: reward.stock, now: time.now, in: connection)
    return try show(id, in: connection)
  }

  /// Fills the pool. Codes that it has or had are left out, so that a file may be sent again.
  ///
  /// - Returns: how many are new.
  package func addCodes(_ new: [String], to id: String, in connection: any Connection) throws -> Int {
    let reward = try show(id, in: connection).reward
    guard reward.methods.contains(.code) else {
      throw Refusal.flawed(RewardFlaw("codes", "This reward has no method \"code\"; give it that first."))
    }
    guard (1...Self.mostCodes).contains(new.count), new.allSatisfy(Self.isCode) else {
      throw Refusal.flawed(
        RewardFlaw("codes", "Send 1 to \(Self.mostCodes) codes, each of 1 to \(Self.longestCode) printable characters.")
      )
    }
    var seen: Set<String> = []
    return try codes.insert(new.filter { seen.insert($0).inserted }, of: id, ids: ids, in: connection)
  }

  private func check(_ reward: Reward) throws {
    do throws(RewardFlaw) { try reward.check() } catch { throw Refusal.flawed(error) }
  }

  private static func isCode(_ code: String) -> Bool {
    (1...longestCode).contains(code.count) && code.utf8.count <= 4 * longestCode && code.first?.isWhitespace == false
      && code.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
  }
}
