import Security

/// What an operator decides about tokens.
package struct IdentityConfiguration: Sendable {
  /// The URL that clients know the server by, byte for byte as they compare it (RFC 8414, section 3.3), such as
  /// `https://ringback.example`. Its endpoints hang below it.
  package var issuer: String
  /// The `aud` of our own tokens, and what it must be to be let in. Differs between environments.
  package var audience: String
  package var tokenLifetime: Duration
  /// What our own tokens are signed with. A change makes a new key at the next start.
  package var algorithm: SignatureAlgorithm
  /// How long a key signs before the next one takes over.
  package var keyRotationPeriod: Duration
  /// All scopes there are, for the metadata; what a client may have is in its row.
  package var scopes: [String]
  package var outsideIssuers: [OutsideIssuer]
  /// How many verified tokens are remembered.
  package var verifiedTokenCapacity: Int

  package init(
    issuer: String, audience: String, tokenLifetime: Duration = .seconds(3_600), algorithm: SignatureAlgorithm = .es256,
    keyRotationPeriod: Duration = .seconds(30 * 86_400), scopes: [String] = [], outsideIssuers: [OutsideIssuer] = [],
    verifiedTokenCapacity: Int = 10_000
  ) {
    self.issuer = issuer
    self.audience = audience
    self.tokenLifetime = tokenLifetime
    self.algorithm = algorithm
    self.keyRotationPeriod = keyRotationPeriod
    self.scopes = scopes
    self.outsideIssuers = outsideIssuers
    self.verifiedTokenCapacity = verifiedTokenCapacity
  }

  /// How far the clocks of others may differ from ours (RFC 8725 leaves it open; a minute at most).
  static let leeway: Int64 = 60
  /// The URL of an endpoint.
  func url(_ path: String) -> String {
    (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + path
  }
}

/// Another server whose access tokens are let in.
package struct OutsideIssuer: Sendable, Hashable {
  /// The `iss` of its tokens, byte for byte.
  package var issuer: String
  /// Where its public keys are: `https`, or `http` on loopback.
  package var keysURL: String
  /// The `aud` that its tokens for us have.
  package var audience: String
  /// A key signs with one of these and no other.
  package var algorithms: Set<SignatureAlgorithm>
  /// Our scopes by the names of theirs. What is not listed grants nothing.
  package var scopes: [String: String]
  /// The claim with their scopes: a string with spaces between, or an array.
  package var scopeClaim: String
  /// Accepted `typ`, lower case, without `application/`. `at+jwt` (RFC 9068) keeps ID tokens out; an issuer that writes
  /// `jwt` into both needs an audience of its own for us.
  package var types: Set<String>

  package init(
    issuer: String, keysURL: String, audience: String, algorithms: Set<SignatureAlgorithm> = [.rs256, .es256],
    scopes: [String: String], scopeClaim: String = "scope", types: Set<String> = ["at+jwt"]
  ) {
    self.issuer = issuer
    self.keysURL = keysURL
    self.audience = audience
    self.algorithms = algorithms
    self.scopes = scopes
    self.scopeClaim = scopeClaim
    self.types = types
  }
}
