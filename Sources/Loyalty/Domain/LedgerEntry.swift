import Core
import Security

/// What a transaction does. The numbers are stored and hashed: they never change.
package enum EntryType: Int64, Sendable, Hashable, CaseIterable, BitwiseCopyable {
  case accrual = 1
  case redemption = 2
  case expiry = 3
  case adjustment = 4
  case reversal = 5
  case hold = 6
  case release = 7
  /// The last of an account: what was left on it is forfeited, be it nothing.
  case closure = 8

  /// As in the API and in statements.
  package var name: String {
    switch self {
    case .accrual: "accrual"
    case .redemption: "redemption"
    case .expiry: "expiry"
    case .adjustment: "adjustment"
    case .reversal: "reversal"
    case .hold: "hold"
    case .release: "release"
    case .closure: "closure"
    }
  }
}

/// The accounts that points come from and go to beside those of customers. The sum of all accounts is zero.
package enum BookAccount: Int64, Sendable, Hashable, CaseIterable {
  /// Where points are issued: below zero by all that customers were ever given.
  case programme = 1
  /// What is set aside for holds.
  case held = 2
  /// What was spent.
  case redeemed = 3
  /// What expired, or was left when an account was closed.
  case breakage = 4
  /// The other side of corrections by hand.
  case adjustments = 5

  /// Below it no customer's account is numbered.
  package static let firstCustomer: Int64 = 1_000
}

/// Points of one lot that a transaction brought, took or gave back.
package struct LotMove: Sendable, Hashable {
  /// The number, on the account, of the transaction that opened the lot.
  package var lot: Int64
  package var points: Int64
  package var expiresAt: Timestamp?

  package init(lot: Int64, points: Int64, expiresAt: Timestamp?) {
    self.lot = lot
    self.points = points
    self.expiresAt = expiresAt
  }
}

/// What a transaction says of itself beside its numbers: stored as JSON, and hashed as it is stored.
package struct EntryDetail: Sendable, Hashable {
  package var reason: String?
  /// The client's own reference.
  package var reference: String?
  /// The journal's sequence of the transaction that is reversed.
  package var reverses: Int64?
  /// The number, on the account, of the hold that is captured or released.
  package var hold: Int64?
  package var lots: [LotMove] = []
  /// Of a hold.
  package var expiresAt: Timestamp?
  /// What happened, and how much of it, for the rules: `purchase`, 12345 minor units.
  package var eventType: String?
  package var amount: Int64?
  /// The version of the rules that counted the points, and what each rule gave.
  package var rulesVersion: Int64?
  package var rules: [RuleAward] = []
  /// Points that count for the tier, if not all, and the day that they are counted on, if not that of the transaction.
  package var qualifying: Int64?
  package var earnedOn: Int64?
  /// Proves which customer's the account is, from the transaction on that made it known (`CustomerHash.proof`).
  package var customer: String?

  package init() {}
}

/// What one rule gave.
package struct RuleAward: Sendable, Hashable {
  package var rule: String
  package var points: Int64

  package init(rule: String, points: Int64) {
    self.rule = rule
    self.points = points
  }
}

/// A transaction of the ledger: points that moved from one account to another. Never changed once written. Its key and what
/// it says of itself stand beside it (`StoredEntry`, `EntryDetail`).
package struct LedgerEntry: Sendable, Hashable, BitwiseCopyable {
  /// Its place in the journal, from 1, without gaps.
  package var sequence: Int64
  /// The customer's account, in whose chain it stands.
  package var account: Int64
  /// Its place on the account, from 1, without gaps: the account's `balance_version` after it.
  package var number: Int64
  package var type: EntryType
  /// Above zero; of a closure also zero.
  package var points: Int64
  package var from: Int64
  package var to: Int64
  package var at: Timestamp
  /// What the account has after it.
  package var available: Int64
  package var held: Int64
  /// The sequence of the account's transaction before it; 0 for the first.
  package var previous: Int64
  /// SHA-256 over all of the above, the key, the detail, and the hash of the account's transaction before it.
  package var hash = Bytes32.zero

  /// Above zero where the customer gains, below where the customer loses; a capture changes what is held alone.
  package var change: Int64 { to == account ? points : from == account ? -points : 0 }
}

extension LedgerEntry {
  /// The hash that the account's first transaction follows.
  package static let genesis = Bytes32.zero

  /// - Parameters:
  ///   - previous: the hash of the account's transaction before, or `genesis`.
  ///   - key: `scope/key` of the request that made it, in UTF-8; empty for what the ledger does by itself.
  ///   - detail: `EntryDetail` as JSON.
  func digest(after previous: Bytes32, key: UnsafeRawBufferPointer, detail: UnsafeRawBufferPointer) -> Bytes32 {
    // What is hashed says what it is, so that no other text of ours ever has the same hash.
    let domain: StaticString = "ringback/ledger/1"
    let length = domain.utf8CodeUnitCount + Bytes32.count + 13 * 8 + key.count + detail.count
    return withUnsafeTemporaryAllocation(byteCount: length, alignment: 8) { bytes in
      var writer = ByteWriter(bytes)
      writer.append(domain)
      previous.withUnsafeBytes { writer.append($0) }
      writer.append(bigEndian: sequence)
      writer.append(bigEndian: account)
      writer.append(bigEndian: number)
      writer.append(bigEndian: type.rawValue)
      writer.append(bigEndian: points)
      writer.append(bigEndian: from)
      writer.append(bigEndian: to)
      writer.append(bigEndian: at.microseconds)
      writer.append(bigEndian: available)
      writer.append(bigEndian: held)
      writer.append(bigEndian: self.previous)
      // Lengths before texts: no two different transactions give the same bytes.
      writer.append(bigEndian: Int64(key.count))
      writer.append(key)
      writer.append(bigEndian: Int64(detail.count))
      writer.append(detail)
      return SHA256.hash(of: UnsafeRawBufferPointer(bytes))
    }
  }
}
