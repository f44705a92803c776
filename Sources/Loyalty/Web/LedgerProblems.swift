import Core

extension Problem {
  static let customerMissing = Problem(
    status: 422, code: "customer_missing", title: "There is no customer",
    detail: "Name the customer by customer_id, or by a customer_hash that was answered before.")

  static let customerInvalid = Problem(
    status: 422, code: "customer_invalid", title: "This is no customer",
    detail: "A customer's id is a text of 1 to 200 characters without spaces.")

  static let typeUnknown = Problem(
    status: 422, code: "type_unknown", title: "There is no such transaction",
    detail:
      "\"type\" is accrual, redemption, adjustment, reversal, hold, capture or release. Points expire by themselves.")

  static let pointsInvalid = Problem(
    status: 422, code: "points_invalid", title: "These are no points",
    detail: "\"points\" is a whole number from 1 to 1,099,511,627,776; of an adjustment also below zero.")

  static let pointsAndEvent = Problem(
    status: 422, code: "points_invalid", title: "Points or an event, not both",
    detail: "With event_type the rules count the points. Leave one of them out.")

  static let amountInvalid = Problem(
    status: 422, code: "amount_invalid", title: "This is no amount",
    detail: "\"amount\" is a whole number from 0, in minor units such as cents.")

  static let versionInvalid = Problem(
    status: 422, code: "version_invalid", title: "This is no version",
    detail: "\"expected_version\" is the balance_version that was answered last, a whole number from 0.")

  static let eventInvalid = Problem(
    status: 422, code: "event_invalid", title: "This event cannot be told from others",
    detail: "\"event_id\" and \"channel\" go together, each of 1 to 255 visible ASCII characters.")

  static let eventTypeInvalid = Problem(
    status: 422, code: "event_type_invalid", title: "This is no type of event",
    detail: "\"event_type\" is a text of 1 to 64 characters, such as purchase.")

  static let idempotencyKeyMissing = Problem(
    status: 400, code: "idempotency_key_missing", title: "There is no idempotency key",
    detail:
      "Send idempotency_key, the header Idempotency-Key, or event_id with channel: without one a retry would count "
      + "twice.")

  static let idempotencyKeyInvalid = Problem(
    status: 400, code: "idempotency_key_invalid", title: "The idempotency key is not valid",
    detail: "An idempotency key has 1 to 255 visible ASCII characters, best a UUID.")

  static let referenceInvalid = Problem(
    status: 422, code: "reference_invalid", title: "This is no transaction",
    detail: "\"reference\" is the transaction_id (txn_…) of what is reversed, captured or released.")

  static let expiryInvalid = Problem(
    status: 422, code: "expires_at_invalid", title: "This is no time to come",
    detail: "\"expires_at\" is a time to come, such as 2027-12-31T23:59:59Z; a hold lasts at most 90 days.")

  static let reasonInvalid = Problem(
    status: 422, code: "reason_invalid", title: "This reason cannot be kept",
    detail: "\"reason\" is a text of at most 200 characters without control characters.")

  static let textReferenceInvalid = Problem(
    status: 422, code: "reference_invalid", title: "This reference cannot be kept",
    detail: "\"reference\" is a text of at most 100 characters without control characters.")

  static let batchInvalid = Problem(
    status: 422, code: "batch_invalid", title: "This is no batch",
    detail: "\"transactions\" has 1 to 8,192 members, each a transaction.")

  static let accountNotFound = Problem(
    status: 404, code: "account_not_found", title: "There is no such account",
    detail: "No account has this id. It is the account_id (acc_…) that a look-up answers.")

  static let timeInvalid = Problem(
    status: 422, code: "time_invalid", title: "This is no time",
    detail: "A time is written 2026-11-21T09:30:00Z, or as a day: 2026-11-21.")

  static let cursorInvalid = Problem(
    status: 422, code: "cursor_invalid", title: "This page cannot be found",
    detail: "Take next_cursor of the page before as it is, or leave cursor out. \"limit\" is 1 to 500.")

  /// What the API answers where the ledger says no.
  init(_ refusal: LedgerRefusal) {
    switch refusal {
    case .versionConflict(let current):
      self.init(
        status: 409, code: "version_conflict", title: "The account has moved on",
        detail: "Another transaction came first. Look the balance up and decide again.",
        extensions: ["balance_version": .integer(current)], headers: ["retry-after": "0"])
    case .insufficientPoints(let available):
      self.init(
        status: 422, code: "insufficient_points", title: "There are not enough points",
        detail: "The customer can spend \(available). This key stays refused; take a new one to try again.",
        extensions: ["available": .integer(available)])
    case .accountClosed:
      self.init(
        status: 422, code: "account_closed", title: "The account is closed",
        detail: "Nothing is posted to a closed account. Transfer the customer to an agent.")
    case .holdNotOpen:
      self.init(
        status: 422, code: "hold_not_open", title: "The hold is not open",
        detail: "It was captured or released, or its time is over. Look the account up to see which.")
    case .notReversible:
      self.init(
        status: 422, code: "not_reversible", title: "The transaction cannot be reversed",
        detail: "It was reversed before, or is of a type that is not: expiry, hold, release, reversal, closure.")
    case .noRule:
      self.init(
        status: 422, code: "no_rule", title: "Nothing is earned by this",
        detail:
          "No rule gives points for this event, or the customer has had all that it gives. See ringback rules show.")
    case .transactionNotFound:
      self.init(
        status: 404, code: "transaction_not_found", title: "There is no such transaction",
        detail: "No transaction of this customer has this reference.")
    case .keyReused:
      self.init(
        status: 422, code: "idempotency_key_reused", title: "The idempotency key was used for another request",
        detail: "This key came with another transaction before. Use a new key for a new transaction.")
    case .endHasPassed: self = .expiryInvalid
    case .outOfRange:
      self.init(
        status: 422, code: "points_out_of_range", title: "More points than an account can hold",
        detail: "An account holds at most 9,007,199,254,740,992 points.")
    }
  }

  /// What the API answers when the ledger cannot decide at the moment; nil for a bug of ours.
  init?(away error: any Error) {
    guard error.isAway else { return nil }
    switch error as? LedgerUnavailable {
    case .overloaded:
      self.init(
        status: 429, code: "ledger_overloaded", title: "Too many transactions wait",
        detail: "Nothing was posted. Send it again with the same key in a second.", retryAfter: .seconds(1))
    case .away(let retryAfter):
      self.init(
        status: 503, code: "ledger_unavailable", title: "The ledger cannot be reached",
        detail: "Send it again with the same key when Retry-After is over: it counts once.", retryAfter: retryAfter)
    case nil:
      self.init(
        status: 503, code: "ledger_unavailable", title: "The ledger cannot be reached",
        detail: "Send it again with the same key shortly: it counts once.", retryAfter: .seconds(2))
    }
  }
}

/// What the ledger throws, as the API answers it.
func ledgerProblems<Value>(_ body: () async throws -> Value) async throws -> Value {
  do {
    return try await body()
  } catch let refusal as LedgerRefusal {
    throw Problem(refusal)
  } catch {
    throw Problem(away: error) ?? error
  }
}
