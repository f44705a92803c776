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
        "www-authenticate":
          "Bearer realm=\"ringback portal\", error=\"insufficient_scope\", scope=\"\(scope.rawValue)\""
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

  static func sessionInvalid(_ sentence: String) -> Problem {
    Problem(status: 422, code: "session_invalid", title: "A session cannot be like this", detail: sentence)
  }

  static let sessionEmailInvalid = Problem(
    status: 422, code: "email_invalid", title: "This is no e-mail address",
    detail: "The e-mail address does not have the form name@domain.example.")

  static func redemptionInvalid(_ sentence: String) -> Problem {
    Problem(status: 422, code: "redemption_invalid", title: "This is no redemption", detail: sentence)
  }

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
        status: 409, code: "insufficient_points", title: "Somebody was first",
        detail: words.sentence(obstacle, tier: nil))
      // A literal each, so that the codes are found by who looks for them.
      if obstacle == .outOfStock { self = Problem(self, code: "out_of_stock") }
      if obstacle == .limitReached { self = Problem(self, code: "limit_reached") }
    case .balanceChanged(let version):
      self.init(
        status: 409, code: "balance_changed", title: "The balance has changed", detail: words.balanceChanged,
        extensions: ["balance_version": .integer(version)])
    case .ledger(let refusal): self.init(refusal)
    }
  }

  private init(_ problem: Problem, code: String) {
    self = problem
    self.code = code
  }
}
