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

  /// - Throws: `IdentityConfigurationError` for what would be unsafe or could not work.
  package func check() throws(IdentityConfigurationError) {
    guard !issuer.isEmpty, !audience.isEmpty else {
      throw .init("identity needs an issuer and an audience: they say which tokens are ours.")
    }
    guard (.seconds(60) ... .seconds(86_400)).contains(tokenLifetime) else {
      throw .init(
        "A token lifetime is a minute to a day. An hour is usual; short ones limit what a stolen token can do.")
    }
    guard keyRotationPeriod >= tokenLifetime + SigningKeys.activationDelay else {
      throw .init("Signing keys must live longer than tokens and ten minutes. A month is usual.")
    }
    let names = [issuer] + outsideIssuers.map(\.issuer)
    guard Set(names).count == names.count else {
      throw .init("Two issuers have the same name. Each iss must be one issuer's alone.")
    }
    for outside in outsideIssuers {
      guard !outside.issuer.isEmpty, !outside.audience.isEmpty, !outside.algorithms.isEmpty, !outside.types.isEmpty
      else {
        throw .init("The outside issuer \(outside.issuer) needs an iss, an audience, algorithms and token types.")
      }
      let loopback = ["http://127.0.0.1:", "http://127.0.0.1/", "http://[::1]:", "http://[::1]/", "http://localhost:"]
      let isSafe = outside.keysURL.hasPrefix("https://") || loopback.contains(where: outside.keysURL.hasPrefix)
      guard isSafe, !outside.keysURL.contains("@") else {
        throw .init(
          "The keys of \(outside.issuer) must come over https: who can change them on the way can make tokens.")
      }
    }
  }

  /// How far the clocks of others may differ from ours (RFC 8725 leaves it open; a minute at most).
  static let leeway: Int64 = 60
  /// The URL of an endpoint.
  func url(_ path: String) -> String {
    (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + path
  }
}

/// What is wrong with the configuration, and why, for the operator.
package struct IdentityConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
  package let description: String

  init(_ description: String) {
    self.description = description
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
