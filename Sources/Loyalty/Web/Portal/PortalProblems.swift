import Core

extension Problem {
  static func sessionEnded(_ words: PortalWording) -> Problem {
    Problem(
      status: 401, code: "session_ended", title: "The session has ended", detail: words.sessionEnded,
      headers: ["www-authenticate": "Bearer realm=\"ringback portal\", error=\"invalid_token\""])
  }

  static func portalScopeMissing(_ scope: PortalSession.Scope) -> Problem {
    Problem(
      status: 403, code: "insufficient_scope", title: "The session does not allow this",
      detail: "This needs the scope \(scope.rawValue). The session was made without it.",
      headers: [
        "www-authenticate": "Bearer realm=\"ringback portal\", error=\"insufficient_scope\", scope=\"\(scope.rawValue)\""
      ])
  }

  static func portalAttempts(retryAfter: Duration) -> Problem {
    Problem(
      status: 429, code: "too_many_attempts", title: "Too many attempts",
      detail: "Too much was tried from here in a short time. Try again in a moment.", retryAfter: retryAfter)
  }

  static let wrongCustomer = Problem(
    status: 403, code: "wrong_customer", title: "This is another customer's",
    detail: "\"customer_hash\" is not the customer of this session. Leave it out.")

  static let cursorInvalid = Problem(
    status: 400, code: "cursor_invalid", title: "This is no cursor",
    detail: "Send `cursor` as `next_cursor` was answered, or leave it out for the first page.")

  static let portalCustomerInvalid = Problem(
    status: 422, code: "customer_invalid", title: "There is no customer",
    detail: "Send \"customer_id\", the shop's own id of 1 to 255 characters, or \"customer_hash\", but not both.")

  static func sessionInvalid(_ sentence: String) -> Problem {
    Problem(status: 422, code: "session_invalid", title: "A session cannot be like this", detail: sentence)
  }

  static let sessionEmailInvalid = Problem(
    status: 422, code: "email_invalid", title: "This is no e-mail address",
    detail: "The e-mail address does not have the form name@domain.example.")

  static func redemptionInvalid(_ sentence: String) -> Problem {
    Problem(status: 422, code: "redemption_invalid", title: "This is no redemption", detail: sentence)
  }

  static let portalKeyMissing = Problem(
    status: 422, code: "idempotency_key_missing", title: "There is no idempotency key",
    detail:
      "Send \"idempotency_key\", 1 to 255 visible characters such as a UUID, and the same one when you send it again.")

  /// - Parameters:
  ///   - words: in the customer's language.
  ///   - tierName: of a tier's id.
  init(_ refusal: Redeem.Refusal, _ words: PortalWording, tierName: (String) -> String) {
    switch refusal {
    case .sessionEnded: self = .sessionEnded(words)
    case .rewardNotFound: self = .rewardNotFound
    case .notAvailable(let obstacle):
      self.init(
        status: 422, code: "reward_not_available", title: "The reward is not on offer",
        detail: words.sentence(obstacle, tier: nil), extensions: ["why_not": .string(obstacle.rawValue)])
    case .methodUnknown(let known):
      self.init(
        status: 422, code: "fulfillment_method_unknown", title: "The reward does not come this way",
        detail: "Take one of fulfillment_methods. By e-mail it comes only where the session was made with an address.",
        extensions: ["fulfillment_methods": .array(known.map { .string($0.rawValue) })])
    case .priceChanged(let cost):
      self.init(
        status: 409, code: "price_changed", title: "The price is another one", detail: words.priceChanged(cost),
        extensions: ["point_cost": .integer(cost)])
    case .tierTooLow(let tier):
      self.init(
        status: 422, code: "tier_too_low", title: "The reward is for a higher tier",
        detail: words.sentence(.tierTooLow, tier: tierName(tier)), extensions: ["tier": .string(tier)])
    case .tooLate(let obstacle):
      self.init(
        status: 409, code: "insufficient_points", title: "Somebody was first", detail: words.sentence(obstacle, tier: nil))
      // A literal each, so that the codes are found by who looks for them.
      if obstacle == .outOfStock { self = Problem(self, code: "out_of_stock") }
      if obstacle == .limitReached { self = Problem(self, code: "limit_reached") }
    case .balanceChanged(let version):
      self.init(
        status: 409, code: "balance_changed", title: "The balance has changed", detail: words.balanceChanged,
        extensions: ["balance_version": .integer(version)])
    case .keyReused:
      self.init(
        status: 422, code: "idempotency_key_reused", title: "The key was used for something else",
        detail: "This idempotency_key came with another redemption before. Take a new one.")
    case .accountClosed:
      self.init(
        status: 422, code: "account_closed", title: "The account is closed",
        detail: "Nothing can be redeemed from it any more.")
    }
  }

  private init(_ problem: Problem, code: String) {
    self = problem
    self.code = code
  }

  static func portalUnavailable(_ error: LedgerUnavailable) -> Problem {
    switch error {
    case .overloaded:
      Problem(
        status: 429, code: "ledger_overloaded", title: "The ledger has too much to do",
        detail: "As much waits as may. Send the request again in a moment.", retryAfter: .seconds(1))
    case .away(let wait):
      Problem(
        status: 503, code: "ledger_unavailable", title: "The ledger cannot be reached",
        detail: "Nothing was changed. Send the request again, with the same key.", retryAfter: wait)
    }
  }
}
