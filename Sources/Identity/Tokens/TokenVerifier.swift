import Core
import HTTPMessages
import HTTPServer

/// Lets requests in by their access token: `Authorization: Bearer …` (RFC 6750), verified as RFC 9068, section 4, and
/// RFC 8725 ask, whether it is ours or of a configured outside issuer.
///
/// `clientID` of a caller is `client_id` for our own clients and `{iss}#{client_id or sub}` for those of others.
package final class TokenVerifier: AccessControl {
  private struct Issuer: Sendable {
    let audience: String
    let types: Set<String>
    let keys: any KeySource
    /// Nil: ourselves.
    let outside: OutsideIssuer?
  }

  private let issuers: [String: Issuer]
  private let ownIssuer: String
  private let revocations: Revocations
  private let time: any TimeSource
  private let verified: VerifiedTokens

  init(
    configuration: IdentityConfiguration, keys: SigningKeys, outsideKeys: [String: RemoteKeySet],
    revocations: Revocations, time: any TimeSource
  ) {
    var issuers: [String: Issuer] = [:]
    for outside in configuration.outsideIssuers {
      guard let keys = outsideKeys[outside.issuer] else { continue }
      issuers[outside.issuer] = Issuer(
        audience: outside.audience, types: outside.types, keys: keys, outside: outside)
    }
    issuers[configuration.issuer] = Issuer(
      audience: configuration.audience, types: ["at+jwt"], keys: keys, outside: nil)
    self.issuers = issuers
    self.revocations = revocations
    self.time = time
    ownIssuer = configuration.issuer
    verified = VerifiedTokens(capacity: configuration.verifiedTokenCapacity)
  }

  /// - Throws: `Problem` 401 for no or a bad token, 403 for one without `scope`, 400 for a request that shows a token in a
  ///   wrong way (RFC 6750, section 3.1), 503 while no keys of the issuer can be had.
  package func admit(_ request: Request, scope: String) async throws(Problem) -> Caller {
    let headers = request.headers
    if request.query != nil { try refuseTokenInQuery(request) }
    guard let header = headers["authorization"] else { throw .noToken }
    guard headers.count(of: "authorization") == 1 else { throw .twoTokens }
    let token = try await token(in: header)
    guard token.caller.scopes.contains(scope) else { throw .insufficientScope(scope) }
    return token.caller
  }

  package func known(_ request: Request, scope: String) -> Caller? {
    let headers = request.headers
    guard request.query == nil, let header = headers.bytes("authorization"), headers.count(of: "authorization") == 1,
      let token = remembered(header), token.caller.scopes.contains(scope)
    else { return nil }
    return token.caller
  }

  /// The claims of a token of ours that would be let in now; nil for any other text.
  func ownClaims(of token: String) async -> AccessTokenClaims? {
    // Not remembered: introspection must not drive out what requests use.
    (try? await verify(token))?.own
  }

  /// For tests and metrics.
  var rememberedCount: Int { verified.count }

  // MARK: - One header

  private func token(in header: String) async throws(Problem) -> VerifiedToken {
    let bytes = Array(header.utf8)[...]
    if let token = remembered(bytes) { return token }
    let space = header.utf8.firstIndex(of: UInt8(ascii: " ")) ?? header.endIndex
    guard header[..<space].lowercased() == "bearer", space != header.endIndex else { throw .noToken }
    let token = try await verify(String(header[header.index(after: space)...]))
    verified.insert(bytes, token)
    return token
  }

  /// A token that was verified before, if it would be again.
  private func remembered(_ header: ArraySlice<UInt8>) -> VerifiedToken? {
    guard let token = verified.find(header) else { return nil }
    if token.source.isCurrent(token.generation), time.now.seconds < token.refusedFrom,
      !revocations.isRevoked(token: token.tokenID, client: token.caller.clientID)
    {
      return token
    }
    verified.remove(header)
    return nil
  }

  private func refuseTokenInQuery(_ request: Request) throws(Problem) {
    guard let query = request.query, query.contains("_token") || query.contains("%") else { return }
    guard FormFields(query)?["access_token"] == nil else { throw .tokenInQuery }
  }

  // MARK: - One token

  private func verify(_ text: String) async throws(Problem) -> VerifiedToken {
    do {
      return try await check(text)
    } catch let fault as TokenFault {
      throw .invalidToken(fault)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw .issuerUnavailable
    }
  }

  private func check(_ text: String) async throws -> VerifiedToken {
    let jws = try CompactJWS(text)
    let kid = try jws.keyID()
    guard let tree = try? JSONValue(parsing: jws.payload, depth: 16), tree.members != nil else {
      throw TokenFault.malformed
    }
    // `iss` decides which keys are asked, and only those: a key of one issuer never verifies another's token.
    guard let name = tree["iss"]?.string, let issuer = issuers[name] else { throw TokenFault.wrongIssuer }
    try jws.checkType(issuer.types)
    // Before the keys are read, so that a change meanwhile makes the result old and not new.
    let generation = issuer.keys.generation
    guard let key = try await issuer.keys.key(kid) else { throw TokenFault.unknownKey }
    try jws.checkSignature(by: key)
    let claims = try AccessTokenClaims(tree, scopeClaim: issuer.outside?.scopeClaim ?? "scope")
    try check(claims, issuer)
    return try admit(claims, issuer, generation: generation)
  }

  private func check(_ claims: AccessTokenClaims, _ issuer: Issuer) throws(TokenFault) {
    guard claims.audiences.contains(issuer.audience) else { throw .wrongAudience }
    let now = time.now.seconds
    // Our own tokens expire by our own clock, to the second; others' clocks may be a little off.
    guard now < refusedFrom(claims, issuer) else { throw .expired }
    guard max(claims.issuedAt, claims.notBefore ?? 0) <= now + IdentityConfiguration.leeway else { throw .notYetValid }
  }

  private func refusedFrom(_ claims: AccessTokenClaims, _ issuer: Issuer) -> Int64 {
    claims.expiresAt + (issuer.outside == nil ? 0 : IdentityConfiguration.leeway)
  }

  private func admit(
    _ claims: AccessTokenClaims, _ issuer: Issuer, generation: Int
  ) throws(TokenFault) -> VerifiedToken {
    let caller: Caller
    if let outside = issuer.outside {
      caller = Caller(
        clientID: "\(claims.issuer)#\(claims.clientID ?? claims.subject)",
        scopes: Set(claims.scopes.compactMap { outside.scopes[$0] }))
    } else {
      guard let clientID = claims.clientID, claims.tokenID != nil else { throw .missingClaim }
      guard !revocations.isRevoked(token: claims.tokenID, client: clientID) else { throw .revoked }
      caller = Caller(clientID: clientID, scopes: claims.scopes)
    }
    return VerifiedToken(
      caller: caller, tokenID: issuer.outside == nil ? claims.tokenID : nil, refusedFrom: refusedFrom(claims, issuer),
      source: issuer.keys, generation: generation, own: issuer.outside == nil ? claims : nil)
  }
}
