import Core
import HTTPMessages
import HTTPServer

/// An error of the token, introspection and revocation endpoints: RFC 6749's own JSON, not problem+json, as every OAuth
/// library reads it (section 5.2).
struct OAuthError: Error, Sendable, Equatable {
  let status: Int
  let error: String
  let description: String
  var headers: [String: String] = [:]

  var response: Response {
    var response = Response.json(
      .object([.init("error", .string(error)), .init("error_description", .string(description))]), status: status,
      headers: noStore)
    for (name, value) in headers { response.headers[name] = value }
    return response
  }

  static func invalidRequest(_ why: String) -> OAuthError {
    OAuthError(status: 400, error: "invalid_request", description: why)
  }

  static func invalidClient(_ why: String) -> OAuthError {
    OAuthError(
      status: 401, error: "invalid_client", description: why,
      headers: ["www-authenticate": "Basic realm=\"ringback\", charset=\"UTF-8\""])
  }

  /// The same for an unknown id, a wrong, expired or revoked secret, a disabled client and a way of authentication that
  /// it is not configured for.
  static let wrongClient = invalidClient("The client is not known, or its secret or way of showing it is not right.")

  static let unauthorizedClient = OAuthError(
    status: 400, error: "unauthorized_client", description: "The client has no scopes, so it may not get tokens.")

  static let unsupportedGrantType = OAuthError(
    status: 400, error: "unsupported_grant_type", description: "The only grant_type here is client_credentials.")

  static let invalidScope = OAuthError(
    status: 400, error: "invalid_scope",
    description: "The scope is malformed, or has one that the client was not given.")

  /// `temporarily_unavailable` is RFC 6749's word for the authorization endpoint; it fits best here too.
  static let busy = OAuthError(
    status: 503, error: "temporarily_unavailable", description: "Too many clients sign in at once. Try again shortly.",
    headers: ["retry-after": "1"])

  static let databaseUnavailable = OAuthError(
    status: 503, error: "temporarily_unavailable", description: "The database cannot be reached. Try again shortly.",
    headers: ["retry-after": "5"])

  static func tooManyAttempts(_ wait: Duration) -> OAuthError {
    OAuthError(
      status: 429, error: "too_many_attempts",
      description: "Signing in failed too often. Check the secret, wait, and try again.",
      headers: ["retry-after": String(max(1, wait.secondsRoundedUp))])
  }
}

/// RFC 6749, section 5.1.
let noStore: Headers = ["cache-control": "no-store", "pragma": "no-cache"]
