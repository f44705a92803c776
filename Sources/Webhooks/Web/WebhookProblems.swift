import Core

extension Problem {
  static let sourceUnknown = Problem(
    status: 404, code: "webhook_source_unknown", title: "Webhooks of this source are not taken",
    detail: "The source is not set up here. See `webhooks` in the configuration.")

  static let sourceDisabled = Problem(
    status: 503, code: "webhook_source_disabled", title: "Webhooks of this source are not taken at the moment",
    detail: "The source is switched off. Send this again later.", retryAfter: .seconds(300))

  /// 429 rather than 503: the sender is to slow down, and nothing is broken (guide 3, section 3).
  static let webhooksOverloaded = Problem(
    status: 429, code: "webhooks_overloaded", title: "Too many webhooks wait to be worked on",
    detail: "This one was not kept. Send it again, more slowly.", retryAfter: .seconds(30))
}

extension SignatureRefusal {
  /// What the sender is told: which rule, and nothing of the secrets.
  var problem: Problem {
    switch self {
    case .signatureMissing:
      Problem.refused(
        code: "signature_missing", title: "The webhook is not signed",
        detail: "The header field with the signature is missing. See the vendor's settings for webhooks.")
    case .signatureWrong:
      Problem.refused(
        code: "signature_wrong", title: "The signature is not one of this body",
        detail: "It was made with another secret or over other bytes, or it is not written as this source writes it.")
    case .timestampInvalid:
      Problem.refused(
        code: "timestamp_invalid", title: "The webhook does not say when it was sent",
        detail: "The header field with the time is missing, there twice, or holds no time.")
    case .timestampOutOfRange:
      Problem.refused(
        code: "timestamp_out_of_range", title: "The webhook is too old or from the future",
        detail: "The signature is good. Set the clocks of both sides, or look at what held it up.")
    case .deliveryIDInvalid:
      Problem.refused(
        code: "delivery_id_invalid", title: "The webhook has no id that can be used",
        detail: "The id is signed too: it is missing, there twice, too long, or has a dot or a space in it.")
    case .recipientWrong:
      Problem.refused(
        code: "recipient_wrong", title: "The webhook is for somebody else",
        detail: "The vendor signed it for another client id than the one that is configured.")
    }
  }
}

extension Problem {
  /// RFC 9110 wants a challenge with each 401.
  fileprivate static func refused(code: String, title: String, detail: String) -> Problem {
    Problem(
      status: 401, code: code, title: title, detail: detail,
      headers: ["www-authenticate": "Signature realm=\"webhooks\""])
  }
}
