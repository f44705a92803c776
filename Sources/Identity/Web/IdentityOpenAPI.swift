import Core

/// This room's part of the OpenAPI document.
package enum IdentityOpenAPI {
  package static let paths: JSONValue = [
    "/oauth/token": [
      "post": form(
        "token", "Get an access token (RFC 6749, client credentials).",
        ["grant_type": "client_credentials", "scope": "orders:read"],
        [
          "200": "The token.", "400": "The request is wrong; OAuth's error body.",
          "401": "The client is not known, or its secret is wrong.",
          "429": "Too many failures of this client from this address.",
        ])
    ],
    "/oauth/introspect": [
      "post": form(
        "introspect", "Ask whether a token of this client is good (RFC 7662).", ["token": "eyJ…"],
        [
          "200": "`active`, and what the token holds if it is.",
          "401": "The client is not known, or its secret is wrong.",
        ])
    ],
    "/oauth/revoke": [
      "post": form(
        "revoke", "Withdraw a token of this client (RFC 7009).", ["token": "eyJ…"],
        ["200": "It is not good any more, if it ever was.", "401": "The client is not known, or its secret is wrong."])
    ],
    "/.well-known/oauth-authorization-server": [
      "get": read("authorizationServerMetadata", "What this token server does (RFC 8414).")
    ],
    "/.well-known/jwks.json": ["get": read("jwks", "The public keys of this server's tokens (RFC 7517).")],
  ]

  private static func form(
    _ id: String, _ summary: String, _ example: KeyValuePairs<String, String>, _ answers: KeyValuePairs<String, String>
  ) -> JSONValue {
    let fields = JSONValue.object(example.map { .init($0.key, ["type": "string", "example": .string($0.value)]) })
    return [
      "operationId": .string(id), "summary": .string(summary), "tags": ["identity"], "security": [],
      "description": "The client shows itself with HTTP Basic.",
      "requestBody": [
        "required": true,
        "content": ["application/x-www-form-urlencoded": ["schema": ["type": "object", "properties": fields]]],
      ],
      "responses": .object(answers.map { .init($0.key, ["description": .string($0.value)]) }),
    ]
  }

  private static func read(_ id: String, _ summary: String) -> JSONValue {
    [
      "operationId": .string(id), "summary": .string(summary), "tags": ["identity"], "security": [],
      "responses": ["200": ["description": "The document."]],
    ]
  }
}
