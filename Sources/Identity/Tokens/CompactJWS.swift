import Core
import Security

/// A signed token in compact form (RFC 7515, section 7.1), taken apart strictly; nothing is verified by reading it.
struct CompactJWS: Sendable {
  /// RFC 8725, section 2.11 and our own bound: no issuer that we know comes near it.
  static let maximumSize = 8 * 1_024

  let header: JSONValue
  let payload: [UInt8]
  let signature: [UInt8]
  private let signingInput: [UInt8]

  init(_ text: String) throws(TokenFault) {
    guard text.utf8.count <= Self.maximumSize else { throw .tooLarge }
    let segments = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard segments.count == 3, !segments.contains(where: \.isEmpty),
      let header = Base64.url.decode(Substring(segments[0])),
      let payload = Base64.url.decode(Substring(segments[1])),
      let signature = Base64.url.decode(Substring(segments[2])),
      let tree = try? JSONValue(parsing: header, depth: 4), tree.members != nil
    else { throw .malformed }
    self.header = tree
    self.payload = payload
    self.signature = signature
    signingInput = Array(text.utf8.prefix(segments[0].count + 1 + segments[1].count))
  }

  /// The id of the key, once the header is found to ask for nothing that we do not do.
  ///
  /// Members that bring a key along or say where to get it (`jwk`, `jku`, `x5c`, `x5u`) are refused and not just passed
  /// over: no honest issuer of ours writes them (RFC 8725, section 3.10). `crit` is refused whatever it lists, as we know
  /// no extension; `b64` alone has no meaning and hides a trick (RFC 7797, section 6).
  func keyID() throws(TokenFault) -> String {
    for name in ["jwk", "jku", "x5c", "x5u", "crit", "b64", "zip", "enc"] where header[name] != nil {
      throw .unsupportedHeader
    }
    guard let kid = header["kid"]?.string, (1...256).contains(kid.utf8.count) else { throw .unknownKey }
    return kid
  }

  /// RFC 9068, section 4: the type is compared without case and with or without `application/`.
  func checkType(_ accepted: Set<String>) throws(TokenFault) {
    guard let type = header["typ"]?.string?.lowercased() else { throw .wrongType }
    let short = type.hasPrefix("application/") ? String(type.dropFirst("application/".utf8.count)) : type
    guard accepted.contains(short) else { throw .wrongType }
  }

  /// The algorithm is the key's. What the header says must agree and decides nothing (RFC 8725, section 3.1).
  func checkSignature(by key: VerificationKey) throws(TokenFault) {
    guard header["alg"] == .string(key.algorithm.rawValue) else { throw .wrongAlgorithm }
    guard key.publicKey.verifies(signature, of: signingInput, algorithm: key.algorithm) else { throw .badSignature }
  }

  /// - Parameter claims: encoded as they stand.
  static func sign(
    header: [JSONValue.Member], payload: [UInt8], key: PrivateKey, algorithm: SignatureAlgorithm
  ) throws(CryptographyError) -> String {
    let input = Base64.url.encode(JSONValue.object(header).bytes) + "." + Base64.url.encode(payload)
    return input + "." + Base64.url.encode(try key.sign(Array(input.utf8), algorithm: algorithm))
  }
}

/// A public key with the one algorithm that it is for.
struct VerificationKey: Sendable {
  let kid: String
  let algorithm: SignatureAlgorithm
  let publicKey: PublicKey
}

/// Why a token is refused. The texts are for the developer of the client; they tell nothing that the token does not.
enum TokenFault: Error, Sendable, Hashable, CaseIterable {
  case tooLarge, malformed, unsupportedHeader, unknownKey, wrongType, wrongAlgorithm, badSignature, wrongIssuer
  case wrongAudience, missingClaim, expired, notYetValid, revoked

  var text: String {
    switch self {
    case .tooLarge: "The token is larger than 8 KiB."
    case .malformed: "The token is no signed JWT."
    case .unsupportedHeader: "The token's header has a member that is not supported."
    case .unknownKey: "The token is signed with a key that is not, or no longer, published."
    case .wrongType: "The token is no access token: its typ is not at+jwt."
    case .wrongAlgorithm: "The token's alg is not the one of its key."
    case .badSignature: "The token's signature does not verify."
    case .wrongIssuer: "The token is from an issuer that is not known here."
    case .wrongAudience: "The token is for another audience."
    case .missingClaim: "A claim of the token is missing or malformed."
    case .expired: "The token has expired. Ask for a new one."
    case .notYetValid: "The token is not valid yet. Compare the clocks."
    case .revoked: "The token has been revoked. Ask for a new one."
    }
  }
}
