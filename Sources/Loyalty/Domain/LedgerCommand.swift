import Core
import Security

/// What somebody wants of the ledger, checked for its form, not yet for what the account allows.
package struct LedgerCommand: Sendable, Hashable {
  package enum Action: Sendable, Hashable {
    case accrue(points: Int64, expiresAt: Timestamp?)
    /// The rules count the points.
    case earn(EarningEvent)
    case redeem(points: Int64)
    /// Of either sign, never zero.
    case adjust(points: Int64, expiresAt: Timestamp?)
    case reverse(TransactionID)
    case hold(points: Int64, expiresAt: Timestamp)
    /// All of the hold without points; what is not captured is released.
    case capture(hold: TransactionID, points: Int64?)
    case release(hold: TransactionID)
    /// Brings lots and holds whose time has come to their end, and nothing else.
    case settle
  }

  package var customer: Customer
  package var action: Action
  /// `scope/key`; nil for what needs no record of its own, as it can be done again without harm.
  package var key: String?
  /// SHA-256 of what the key stands for: another request with the same key is refused.
  package var fingerprint: Bytes32
  package var expectedVersion: Int64?
  package var reason: String?
  package var reference: String?
  /// How long the key is kept; nil for ever.
  package var keptUntil: Timestamp?
  /// The day, since 1970, that an accrual counts on for the tier, if not the day of its posting.
  package var earnedOn: Int64?
  /// How many points of an accrual count for the tier, if not all.
  package var qualifying: Int64?
  /// Whether the key is looked up and kept. Without, whoever sends the command knows by other means that it is sent once.
  package var isKeyKept: Bool

  /// How long the key of an event is kept (guide 3, section 3: `processed_events`, 30 days).
  package static let eventRetention = Duration.seconds(30 * 86_400)

  /// The key of an event that a platform tells of, and what it stands for: the event alone, as the platform may tell of it
  /// again in other words.
  package static func eventKey(channel: String, id: String) -> (key: String, fingerprint: Bytes32) {
    let key = "event:\(channel)/\(id)"
    return (key, SHA256.hash(of: key))
  }

  package init(
    _ action: Action, for customer: Customer, key: String?, fingerprint: Bytes32 = .zero, expectedVersion: Int64? = nil,
    reason: String? = nil, reference: String? = nil, keptUntil: Timestamp? = nil, earnedOn: Int64? = nil,
    qualifying: Int64? = nil, isKeyKept: Bool = true
  ) {
    self.action = action
    self.customer = customer
    self.key = key
    self.fingerprint = fingerprint
    self.expectedVersion = expectedVersion
    self.reason = reason
    self.reference = reference
    self.keptUntil = keptUntil
    self.earnedOn = earnedOn
    self.qualifying = qualifying
    self.isKeyKept = isKeyKept
  }
}

/// Whose account.
package enum Customer: Sendable, Hashable {
  /// The hashes that the id may be stored under, older ones newest first: an account is made under the newest.
  case hash(CustomerHash, older: [CustomerHash])
  /// An account that exists.
  case account(Int64)

  /// - Precondition: there is one; the newest comes first.
  package static func hashes(_ hashes: [CustomerHash]) -> Customer {
    hashes.count == 1 ? .hash(hashes[0], older: []) : .hash(hashes[0], older: Array(hashes.dropFirst()))
  }

  /// The hash that an account is made under.
  package var newest: CustomerHash? { if case .hash(let newest, older: _) = self { newest } else { nil } }

  /// Newest first; none for an account.
  package var hashes: [CustomerHash] { if case .hash(let newest, let older) = self { [newest] + older } else { [] } }
}

/// Something a customer did that rules may give points for.
package struct EarningEvent: Sendable, Hashable {
  /// Such as `purchase` or `survey`.
  package var type: String
  /// In minor units, or whatever the rule counts; nil where there is nothing to count.
  package var amount: Int64?
  /// When it happened; campaigns ask.
  package var occurredAt: Timestamp

  package init(type: String, amount: Int64? = nil, occurredAt: Timestamp) {
    self.type = type
    self.amount = amount
    self.occurredAt = occurredAt
  }
}

/// Why the ledger says no.
package enum LedgerRefusal: Error, Sendable, Hashable {
  /// The account has moved on: read again and decide again. Never stored.
  case versionConflict(current: Int64)
  case insufficientPoints(available: Int64)
  case accountClosed
  case holdNotOpen
  case notReversible
  /// No rule gives points for this event, or all that give are at their cap.
  case noRule
  /// The transaction that is meant is not there, or is another account's. Never stored.
  case transactionNotFound
  /// The key came with another request before. Never stored.
  case keyReused
  /// The points, or the hold, would be over at once. Never stored, as it stays so.
  case endHasPassed
  /// Beyond what an account can hold. Never stored.
  case outOfRange

  /// Whether the key is used up by it, so that a retry can never turn a no into a yes.
  package var isFinal: Bool {
    switch self {
    case .insufficientPoints, .accountClosed, .holdNotOpen, .notReversible, .noRule: true
    case .versionConflict, .transactionNotFound, .keyReused, .endHasPassed, .outOfRange: false
    }
  }

  /// As in answers.
  package var code: String {
    switch self {
    case .versionConflict: "version_conflict"
    case .insufficientPoints: "insufficient_points"
    case .accountClosed: "account_closed"
    case .holdNotOpen: "hold_not_open"
    case .notReversible: "not_reversible"
    case .noRule: "no_rule"
    case .transactionNotFound: "transaction_not_found"
    case .keyReused: "idempotency_key_reused"
    case .endHasPassed: "expires_at_invalid"
    case .outOfRange: "points_out_of_range"
    }
  }
}
