import Core

extension Problem {
  static let orderIDInvalid = Problem(
    status: 422, code: "order_id_invalid", title: "This is no order number",
    detail: "The order number does not have the form of the shop's numbers. Ask the caller to key it in again.")

  static let orderNotFound = Problem(
    status: 404, code: "order_not_found", title: "There is no such order",
    detail: "No order of this caller has this number. Offer to key it in again, or an agent.")

  static func tooManyAttempts(retryAfter: Duration) -> Problem {
    Problem(
      status: 429, code: "too_many_attempts", title: "Too many order numbers were tried",
      detail: "Too many numbers that could not be found were tried from here. Transfer the caller to an agent.",
      retryAfter: retryAfter)
  }

  static func platformTimeout(limit: Duration) -> Problem {
    Problem(
      status: 504, code: "platform_timeout", title: "The shop platform is too slow",
      detail: "The shop platform did not answer within \(limit.spoken). Offer the caller a call back.")
  }

  static func platformUnavailable(_ outage: Outage, retryAfter: Duration) -> Problem {
    let cause =
      switch outage {
      case .breakerOpen(let failures):
        "\(failures.inWords) calls in a row failed; Ringback tries again in \(retryAfter.spoken)."
      case .failing: "The shop platform did not answer as it should."
      case .throttled: "The shop platform asks to be called less often; it can be asked again in \(retryAfter.spoken)."
      }
    return Problem(
      status: 503, code: "platform_unavailable", title: "The shop platform is not answering",
      detail: "\(cause) Offer the caller a call back.", retryAfter: retryAfter)
  }
}

extension Problem {
  /// What the API answers for each way in which a look-up fails.
  init(_ error: LookUpOrderError) {
    switch error {
    case .invalidID: self = .orderIDInvalid
    case .notFound: self = .orderNotFound
    case .tooManyAttempts(let retryAfter): self = .tooManyAttempts(retryAfter: retryAfter)
    case .platformTimeout(let limit): self = .platformTimeout(limit: limit)
    case .platformUnavailable(let outage, let retryAfter): self = .platformUnavailable(outage, retryAfter: retryAfter)
    }
  }
}

extension Duration {
  /// "12 s", rounded up, as `Retry-After` is; below a second in milliseconds.
  fileprivate var spoken: String {
    self < .seconds(1) && self > .zero ? "\(wholeMilliseconds) ms" : "\(max(1, secondsRoundedUp)) s"
  }
}

extension Int {
  /// The number at the head of a sentence.
  fileprivate var inWords: String {
    let words = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"]
    return words.indices.contains(self) ? words[self] : String(self)
  }
}
