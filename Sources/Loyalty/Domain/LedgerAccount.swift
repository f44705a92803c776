import Core

/// A customer's account as its transactions have left it. A value: what decides on it can be tried and thrown away.
package struct LedgerAccount: Sendable, Hashable {
  package enum Status: Int64, Sendable, Hashable {
    case open = 0
    case closed = 1
  }

  /// Points that came together and expire together.
  package struct Lot: Sendable, Hashable {
    /// The number of the transaction that opened it.
    package var number: Int64
    package var expiresAt: Timestamp?
    /// Above zero.
    package var remaining: Int64
  }

  /// Points that are set aside until they are captured or released.
  package struct Hold: Sendable, Hashable {
    /// The number of its transaction, and its place in the journal.
    package var number: Int64
    package var sequence: Int64
    package var expiresAt: Timestamp
    /// What it took, in the order in which it is captured.
    package var lots: [LotMove]

    package var points: Int64 { lots.reduce(0) { $0 + $1.points } }
  }

  /// Points earned on one day, for the tier.
  package struct Day: Sendable, Hashable {
    /// Since 1970, UTC.
    package var day: Int64
    package var points: Int64
  }

  /// What a rule with a cap has given.
  package struct RuleUse: Sendable, Hashable {
    package var rule: String
    package var day: Int64
    package var onDay: Int64
    package var total: Int64
  }

  package let id: Int64
  /// Random; makes the id that is shown hard to guess.
  package let tag: UInt64
  package let createdAt: Timestamp
  package var status = Status.open
  /// What can be spent.
  package var available: Int64 = 0
  package var held: Int64 = 0
  /// The number of the last transaction.
  package var version: Int64 = 0
  /// Its sequence in the journal.
  package var lastSequence: Int64 = 0
  package var head = LedgerEntry.genesis
  /// In the order in which they are spent: what expires first goes first, then what came first.
  package var lots: [Lot] = []
  /// By number.
  package var holds: [Hold] = []
  /// Of the last year, by day.
  package var earned: [Day] = []
  package var uses: [RuleUse] = []

  package init(id: Int64, tag: UInt64, createdAt: Timestamp) {
    self.id = id
    self.tag = tag
    self.createdAt = createdAt
  }

  package var balance: Int64 { available + held }

  /// When the next lot or hold ends by itself.
  package var nextDue: Timestamp? {
    let hold = holds.map(\.expiresAt).min()
    guard let lot = lots.first?.expiresAt else { return hold }
    return hold.map { min($0, lot) } ?? lot
  }

  /// Points earned in the year up to a day.
  package func earned(inYearTo day: Int64) -> Int64 {
    earned.reduce(0) { $1.day > day - 365 && $1.day <= day ? $0 + $1.points : $0 }
  }

  /// What can be spent at a time: lots that are over but not yet booked out are no longer the customer's.
  package func available(at now: Timestamp) -> Int64 {
    lots.reduce(available) { rest, lot in
      guard let end = lot.expiresAt, end <= now else { return rest }
      return rest - lot.remaining
    }
  }
}

extension Timestamp {
  /// Days since 1970, UTC.
  package var day: Int64 { seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400 }
}
