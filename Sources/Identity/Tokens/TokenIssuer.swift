import Core
import Security

/// Makes our own access tokens.
struct TokenIssuer: Sendable {
  let configuration: IdentityConfiguration
  let keys: SigningKeys
  let time: any TimeSource
  let identifiers: IdentifierSource

  /// - Throws: `CryptographyError`; `SigningKeyError.none` before the keys are loaded.
  func issue(clientID: String, scopes: Set<String>) throws -> (token: String, claims: AccessTokenClaims) {
    let key = try keys.signer()
    let now = time.now.seconds
    let claims = AccessTokenClaims(
      issuer: configuration.issuer, audience: configuration.audience, clientID: clientID,
      tokenID: identifiers.make("tok"), issuedAt: now,
      expiresAt: now + configuration.tokenLifetime.wholeMilliseconds / 1_000, scopes: scopes)
    let header: [JSONValue.Member] = [
      .init("alg", .string(key.algorithm.rawValue)), .init("kid", .string(key.kid)), .init("typ", "at+jwt"),
    ]
    let token = try CompactJWS.sign(
      header: header, payload: claims.json.bytes, key: key.privateKey, algorithm: key.algorithm)
    return (token, claims)
  }
}
