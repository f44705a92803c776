/// The signature algorithms that tokens may carry: asymmetric ones with SHA-256 only, by their names in RFC 7518 and
/// RFC 8037. `none` and the HMAC family are not here, so that nothing can ask for them (RFC 8725, section 3.1).
package enum SignatureAlgorithm: String, Sendable, Hashable, CaseIterable {
  /// ECDSA on P-256; the signature is r ‖ s, 64 bytes (RFC 7518, section 3.4).
  case es256 = "ES256"
  /// RSASSA-PKCS1-v1_5.
  case rs256 = "RS256"
  /// RSASSA-PSS with a salt of 32 bytes.
  case ps256 = "PS256"
  /// Ed25519.
  case edDSA = "EdDSA"

  /// What kind of key it takes.
  package var keyType: KeyType {
    switch self {
    case .es256: .p256
    case .rs256, .ps256: .rsa
    case .edDSA: .ed25519
    }
  }
}

package enum KeyType: Sendable, Hashable {
  /// The NIST curve P-256.
  case p256
  /// 2,048 bits or more.
  case rsa
  case ed25519
}
