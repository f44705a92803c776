import Core
import HTTPMessages
import HTTPServer

/// `POST /oauth/token`: the client credentials grant (RFC 6749, section 4.4).
struct TokenEndpoint: Sendable {
  let authenticator: ClientAuthenticator
  let issuer: TokenIssuer

  func respond(to request: Request) async throws -> Response {
    let form = try OAuthForm(request)
    guard let grant = form["grant_type"] else { throw OAuthError.invalidRequest("grant_type is missing.") }
    let credentials = try ClientCredentials.read(request, form)
    let client = try await authenticator.authenticate(credentials, address: request.peer.address)
    guard grant == "client_credentials" else { throw OAuthError.unsupportedGrantType }
    guard !client.scopes.isEmpty else { throw OAuthError.unauthorizedClient }
    let scopes = try scopes(form["scope"], of: client)
    let (token, claims) = try issuer.issue(clientID: client.id, scopes: scopes)
    return .json(
      .object([
        .init("access_token", .string(token)), .init("token_type", "Bearer"),
        .init("expires_in", .integer(claims.expiresAt - claims.issuedAt)), .init("scope", .string(claims.scope)),
      ]), headers: noStore)
  }

  /// What was asked for; all that the client may have when nothing was.
  private func scopes(_ text: String?, of client: Client) throws(OAuthError) -> Set<String> {
    guard let text else { return client.scopes }
    guard let scopes = ClientSyntax.scopes(text), scopes.isSubset(of: client.scopes) else { throw .invalidScope }
    return scopes
  }
}
