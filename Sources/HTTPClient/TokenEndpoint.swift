import Core
import HTTPMessages
import Resilience

/// The client-credentials grant of RFC 6749, section 4.4, on the wire.
package struct TokenEndpoint: Sendable {
  /// How the client shows who it is.
  package enum Style: Sendable, Hashable {
    /// `Authorization: Basic`, both halves form-encoded (RFC 6749, section 2.3.1).
    case basic
    /// `client_id` and `client_secret` in the form.
    case body
    /// The same members in a JSON object, as Shopify takes them.
    case json
  }

  /// For an answer without `expires_in`, which the RFC only recommends.
  static let lifetimeWhenAbsent = Duration.seconds(60)
  private static let knownCodes: Set<String> = [
    "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
    "invalid_scope",
  ]

  let url: String
  let clientID: String
  let style: Style
  let scope: String?
  let timeout: Duration

  /// - Parameters:
  ///   - scope: scopes with spaces between; nil for what the client has by default.
  ///   - timeout: for one attempt.
  package init(
    url: String, clientID: String, style: Style = .basic, scope: String? = nil, timeout: Duration = .seconds(5)
  ) {
    self.url = url
    self.clientID = clientID
    self.style = style
    self.scope = scope
    self.timeout = timeout
  }

  func request(secret: String) -> OutgoingRequest {
    var fields = [("grant_type", "client_credentials")]
    if style != .basic { fields += [("client_id", clientID), ("client_secret", secret)] }
    if let scope { fields.append(("scope", scope)) }
    var headers: Headers = ["accept": "application/json"]
    let body: [UInt8]
    if style == .json {
      headers["content-type"] = "application/json"
      body = JSONValue.object(fields.map { .init($0.0, .string($0.1)) }).bytes
    } else {
      headers["content-type"] = "application/x-www-form-urlencoded"
      body = Array(fields.map { "\($0.0)=\($0.1.percentEncoded)" }.joined(separator: "&").utf8)
    }
    if style == .basic {
      let credentials = "\(clientID.percentEncoded):\(secret.percentEncoded)"
      headers["authorization"] = "Basic \(Base64.standard.encode(Array(credentials.utf8)))"
    }
    return OutgoingRequest(.post, url, headers: headers, body: body, timeout: timeout, maximumBodySize: 64 << 10)
  }

  func token(in response: IncomingResponse, now: Timestamp) throws(AccessTokenError) -> (String, Duration) {
    let json = try? JSONValue(parsing: response.body)
    guard (200..<300).contains(response.status) else { throw failure(response, json, now) }
    guard let token = json?["access_token"]?.string, !token.isEmpty,
      token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { throw .unavailable(reason: "the token endpoint answered without an access token", retryAfter: nil) }
    return (token, Self.lifetime(json?["expires_in"]))
  }

  /// A number or digits in a string; some vendors write a fraction. Nothing above zero means that it was not said.
  static func lifetime(_ value: JSONValue?) -> Duration {
    let seconds = value?.double ?? value?.string.flatMap(Double.init) ?? 0
    guard seconds >= 1, seconds.isFinite else { return lifetimeWhenAbsent }
    return .seconds(Int64(min(seconds, 31_536_000)))
  }

  private func failure(_ response: IncomingResponse, _ json: JSONValue?, _ now: Timestamp) -> AccessTokenError {
    let status = response.status
    if status == 429 || status >= 500 || status == 408 {
      let retryAfter = response.headers["retry-after"].flatMap { RetryAfter.duration($0, now: now) }
      return .unavailable(reason: "the token endpoint answered \(status)", retryAfter: retryAfter)
    }
    return .rejected(status: status, code: json?["error"]?.string.flatMap { Self.knownCodes.contains($0) ? $0 : nil })
  }
}
