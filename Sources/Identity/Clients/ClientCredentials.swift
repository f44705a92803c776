import Core
import HTTPMessages
import HTTPServer

/// What a client showed to prove who it is.
struct ClientCredentials: Sendable {
  let id: String
  let secret: Redacted<String>
  let method: ClientAuthenticationMethod

  /// Reads HTTP Basic or the body, never both (RFC 6749, section 2.3.1).
  static func read(_ request: Request, _ form: OAuthForm) throws(OAuthError) -> ClientCredentials {
    let headers = request.headers.all("authorization")
    guard headers.count <= 1 else { throw .invalidRequest("There is more than one Authorization header.") }
    guard let header = headers.first else { return try fromBody(form) }
    let credentials = try fromBasic(header)
    guard form["client_secret"] == nil else {
      throw .invalidRequest("The client shows its secret twice. Leave client_secret out of the body.")
    }
    guard form["client_id"] ?? credentials.id == credentials.id else {
      throw .invalidRequest("client_id in the body is not the client of the Authorization header.")
    }
    return credentials
  }

  private static func fromBody(_ form: OAuthForm) throws(OAuthError) -> ClientCredentials {
    guard let id = form["client_id"], let secret = form["client_secret"] else {
      throw .invalidClient("Send the client's id and secret by HTTP Basic.")
    }
    return ClientCredentials(id: id, secret: Redacted(secret), method: .post)
  }

  /// Id and secret are form-encoded before they are joined by `:`, so that a colon in either survives; one that stands
  /// unencoded in the secret does too, as the first colon is the one that parts them.
  private static func fromBasic(_ header: String) throws(OAuthError) -> ClientCredentials {
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "basic", let bytes = Base64.standard.decode(parts[1]),
      let text = String(validating: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":"),
      let id = String(text[..<colon]).percentDecoded(plusIsSpace: true),
      let secret = String(text[text.index(after: colon)...]).percentDecoded(plusIsSpace: true)
    else { throw .invalidClient("The Authorization header is no HTTP Basic with percent-encoded id and secret.") }
    return ClientCredentials(id: id, secret: Redacted(secret), method: .basic)
  }
}
