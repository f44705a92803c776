import Core
import HTTPMessages
import HTTPServer

/// `POST /oauth/introspect` (RFC 7662). A client learns about its own tokens and nothing about others'.
struct IntrospectionEndpoint: Sendable {
  let authenticator: ClientAuthenticator
  let verifier: TokenVerifier

  func respond(to request: Request) async throws -> Response {
    let (client, token) = try await authenticate(request, with: authenticator)
    guard let claims = await verifier.ownClaims(of: token), claims.clientID == client.id else {
      return .json(.object([.init("active", false)]), headers: noStore)
    }
    let members = claims.json.members ?? []
    return .json(
      .object([.init("active", true), .init("token_type", "Bearer")] + members), headers: noStore)
  }
}

/// `POST /oauth/revoke` (RFC 7009). 200 whatever the token is, so that nobody learns which ones exist; only the client
/// that a token was given to can end it.
struct RevocationEndpoint: Sendable {
  let authenticator: ClientAuthenticator
  let verifier: TokenVerifier
  let revocations: Revocations

  func respond(to request: Request) async throws -> Response {
    let (client, token) = try await authenticate(request, with: authenticator)
    if let claims = await verifier.ownClaims(of: token), claims.clientID == client.id {
      try await revocations.revoke(claims)
    }
    return Response(status: 200, headers: noStore)
  }
}

/// `token_type_hint` is not looked at: there is one type.
private func authenticate(
  _ request: Request, with authenticator: ClientAuthenticator
) async throws -> (client: Client, token: String) {
  let form = try OAuthForm(request)
  let credentials = try ClientCredentials.read(request, form)
  let client = try await authenticator.authenticate(credentials, address: request.peer.address)
  guard let token = form["token"] else { throw OAuthError.invalidRequest("token is missing.") }
  return (client, token)
}
