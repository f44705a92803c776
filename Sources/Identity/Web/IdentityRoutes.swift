import Core
import HTTPMessages
import HTTPServer
import Storage
import Telemetry

/// The endpoints of OAuth 2.0. All are open to anybody: what they ask for is the client's own secret, not a token.
struct IdentityRoutes: Sendable {
  let configuration: IdentityConfiguration
  let keys: SigningKeys
  let token: TokenEndpoint
  let introspection: IntrospectionEndpoint
  let revocation: RevocationEndpoint

  var all: [Route] {
    [
      Route(.post, "/oauth/token", access: .open, handler: answering(token.respond)),
      Route(.post, "/oauth/introspect", access: .open, handler: answering(introspection.respond)),
      Route(.post, "/oauth/revoke", access: .open, handler: answering(revocation.respond)),
      Route(.get, "/.well-known/oauth-authorization-server", access: .open) { _ in
        .json(metadata, headers: Self.cacheable)
      },
      Route(.get, "/.well-known/jwks.json", access: .open) { _ in
        .json(JSONWebKeySet.json(keys.published), headers: Self.cacheable)
      },
    ]
  }

  private static let cacheable: Headers = [
    "cache-control": "public, max-age=\(SigningKeys.cacheTime.wholeMilliseconds / 1_000)"
  ]

  /// RFC 8414, section 2. `response_types_supported` must be there and is empty: there is no authorization endpoint.
  private var metadata: JSONValue {
    let methods = JSONValue.array(ClientAuthenticationMethod.allCases.map { .string($0.rawValue) })
    return .object([
      .init("issuer", .string(configuration.issuer)),
      .init("token_endpoint", .string(configuration.url("/oauth/token"))),
      .init("jwks_uri", .string(configuration.url("/.well-known/jwks.json"))),
      .init("scopes_supported", .array(configuration.scopes.map { .string($0) })),
      .init("response_types_supported", []),
      .init("grant_types_supported", ["client_credentials"]),
      .init("token_endpoint_auth_methods_supported", methods),
      .init("introspection_endpoint", .string(configuration.url("/oauth/introspect"))),
      .init("introspection_endpoint_auth_methods_supported", methods),
      .init("revocation_endpoint", .string(configuration.url("/oauth/revoke"))),
      .init("revocation_endpoint_auth_methods_supported", methods),
    ])
  }

  private func answering(_ respond: @escaping Route.Handler) -> Route.Handler {
    { request in
      do {
        return try await respond(request)
      } catch let error as OAuthError {
        return error.response
      } catch DatabaseError.unavailable {
        return OAuthError.databaseUnavailable.response
      }
    }
  }
}
