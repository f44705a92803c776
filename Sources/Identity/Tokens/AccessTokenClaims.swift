import Core

/// The claims of an access token (RFC 9068, section 2.2). Times are seconds since 1970.
struct AccessTokenClaims: Sendable, Hashable {
  let issuer: String
  let audiences: [String]
  let subject: String
  /// Always there in our own tokens; outside issuers may leave it out.
  let clientID: String?
  let tokenID: String?
  let issuedAt: Int64
  let expiresAt: Int64
  let notBefore: Int64?
  let scopes: Set<String>

  /// Whole seconds up to the end of the year 9999. RFC 7519 allows fractions; no issuer writes them, and what does is
  /// refused before it can overflow or round.
  private static let times: ClosedRange<Int64> = 0...253_402_300_799

  init(_ tree: JSONValue, scopeClaim: String = "scope") throws(TokenFault) {
    func time(_ name: String) throws(TokenFault) -> Int64? {
      guard let claim = tree[name] else { return nil }
      guard let value = claim.integer, Self.times.contains(value) else { throw .missingClaim }
      return value
    }
    func text(_ name: String) throws(TokenFault) -> String? {
      guard let claim = tree[name] else { return nil }
      guard let value = claim.string, !value.isEmpty, value.utf8.count <= 512 else { throw .missingClaim }
      return value
    }
    guard let issuer = try text("iss"), let subject = try text("sub"), let expiry = try time("exp"),
      let issued = try time("iat")
    else { throw .missingClaim }
    self.issuer = issuer
    self.subject = subject
    expiresAt = expiry
    issuedAt = issued
    notBefore = try time("nbf")
    let (client, party) = (try text("client_id"), try text("azp"))
    clientID = client ?? party
    tokenID = try text("jti")
    audiences = try Self.audiences(tree["aud"])
    scopes = try Self.scopes(tree[scopeClaim])
  }

  init(
    issuer: String, audience: String, clientID: String, tokenID: String, issuedAt: Int64, expiresAt: Int64,
    scopes: Set<String>
  ) {
    self.issuer = issuer
    audiences = [audience]
    subject = clientID
    self.clientID = clientID
    self.tokenID = tokenID
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
    notBefore = nil
    self.scopes = scopes
  }

  var scope: String { scopes.sorted().joined(separator: " ") }

  var json: JSONValue {
    .object([
      .init("iss", .string(issuer)), .init("aud", .string(audiences[0])), .init("sub", .string(subject)),
      .init("client_id", .string(clientID ?? subject)), .init("jti", .string(tokenID ?? "")),
      .init("iat", .integer(issuedAt)), .init("exp", .integer(expiresAt)), .init("scope", .string(scope)),
    ])
  }

  private static func audiences(_ claim: JSONValue?) throws(TokenFault) -> [String] {
    switch claim {
    case .string(let audience): return [audience]
    case .array(let items):
      let audiences = items.compactMap(\.string)
      guard audiences.count == items.count else { throw .missingClaim }
      return audiences
    default: throw .wrongAudience
    }
  }

  private static func scopes(_ claim: JSONValue?) throws(TokenFault) -> Set<String> {
    switch claim {
    case nil: return []
    case .string(let text): return Set(text.split(separator: " ").map(String.init))
    case .array(let items):
      let scopes = items.compactMap(\.string)
      guard scopes.count == items.count else { throw .missingClaim }
      return Set(scopes)
    default: throw .missingClaim
    }
  }
}
