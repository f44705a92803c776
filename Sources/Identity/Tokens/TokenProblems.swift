import Core

// What a caller without a good token is told (RFC 6750, section 3).
extension Problem {
  /// No `error` in the header: the request had no token to be wrong.
  static let noToken = Problem(
    status: 401, code: "token_missing", title: "A token is needed",
    detail: "Send an access token as `Authorization: Bearer …`. POST /oauth/token gives one.",
    headers: ["www-authenticate": "Bearer realm=\"ringback\""])

  static let twoTokens = malformed("There is more than one Authorization header. Send one.")

  static let tokenInQuery = malformed(
    "A token in a URL ends up in logs and is not read there. Send it as `Authorization: Bearer …`, and revoke this one."
  )

  static func invalidToken(_ fault: TokenFault) -> Problem {
    Problem(
      status: 401, code: "invalid_token", title: "The token is not accepted", detail: fault.text,
      headers: [
        "www-authenticate":
          "Bearer realm=\"ringback\", error=\"invalid_token\", error_description=\"\(fault.text)\""
      ])
  }

  static func insufficientScope(_ scope: String) -> Problem {
    Problem(
      status: 403, code: "insufficient_scope", title: "The token does not allow this",
      detail: "This needs the scope \(scope). Ask for a token with it; the client must have been given it.",
      headers: ["www-authenticate": "Bearer realm=\"ringback\", error=\"insufficient_scope\", scope=\"\(scope)\""])
  }

  static let issuerUnavailable = Problem(
    status: 503, code: "issuer_unavailable", title: "The token cannot be checked",
    detail: "The keys of the token's issuer cannot be fetched. Try again shortly.", retryAfter: .seconds(60))

  private static func malformed(_ why: String) -> Problem {
    Problem(
      status: 400, code: "invalid_request", title: "The token is shown in a wrong way", detail: why,
      headers: ["www-authenticate": "Bearer realm=\"ringback\", error=\"invalid_request\""])
  }
}
