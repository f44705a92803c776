import COpenSSL
import Core

// Public keys as JSON Web Keys (RFC 7517; RFC 7518, section 6; RFC 8037, section 2).

extension PublicKey {
  /// Reads the members that make the key; `kid`, `use` and `alg` are the caller's to judge.
  ///
  /// - Throws: `CryptographyError.invalidInput` for a key of another kind or curve, a point that is not on the curve, an
  ///   RSA modulus below 2,048 bits, an exponent that is not sane, a number with leading zeros, or a member that only a
  ///   private or shared key has.
  package init(jwk: JSONValue) throws(CryptographyError) {
    let secretMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]
    guard let members = jwk.members else { throw .invalidInput("a JWK is an object") }
    guard !members.contains(where: { secretMembers.contains($0.name) }) else {
      throw .invalidInput("the JWK has private members")
    }
    switch (jwk["kty"]?.string, jwk["crv"]?.string) {
    case ("EC", "P-256"):
      let (x, y) = (try jwk.bytes("x", count: 32), try jwk.bytes("y", count: 32))
      try self.init(p256Point: [4] + x + y)
    case ("RSA", _):
      try self.init(modulus: try jwk.unsignedNumber("n"), exponent: try jwk.unsignedNumber("e"))
    case ("OKP", "Ed25519"):
      try self.init(ed25519: try jwk.bytes("x", count: 32))
    default:
      throw .invalidInput("the JWK is none of EC P-256, RSA and Ed25519")
    }
  }

  /// The members that make the key, in the order that RFC 7638 hashes them: `crv kty x y`, `e kty n`, `crv kty x`.
  package var jwk: [JSONValue.Member] {
    let key = handle.pointer
    func text(_ name: String, length: Int? = nil) -> JSONValue {
      .string(Base64.url.encode(KeyHandle.bigNumber(name, of: key, length: length) ?? []))
    }
    switch type {
    case .p256:
      return [
        .init("crv", "P-256"), .init("kty", "EC"), .init("x", text(OSSL_PKEY_PARAM_EC_PUB_X, length: 32)),
        .init("y", text(OSSL_PKEY_PARAM_EC_PUB_Y, length: 32)),
      ]
    case .rsa:
      return [.init("e", text(OSSL_PKEY_PARAM_RSA_E)), .init("kty", "RSA"), .init("n", text(OSSL_PKEY_PARAM_RSA_N))]
    case .ed25519:
      var bytes = [UInt8](repeating: 0, count: 32)
      var length = 32
      EVP_PKEY_get_raw_public_key(key, &bytes, &length)
      return [.init("crv", "Ed25519"), .init("kty", "OKP"), .init("x", .string(Base64.url.encode(bytes)))]
    }
  }

  /// RFC 7638 with SHA-256: what we use for `kid`. 43 characters.
  package var thumbprint: String {
    Base64.url.encode(SHA256.digest(of: JSONValue.object(jwk).bytes))
  }

  private init(p256Point point: [UInt8]) throws(CryptographyError) {
    try self.init(algorithm: DER.ecPublicKey + DER.prime256v1, key: point)
  }

  private init(modulus: [UInt8], exponent: [UInt8]) throws(CryptographyError) {
    guard modulus.count <= 1_024, exponent.count <= 8 else { throw .invalidInput("the RSA key is too large") }
    let key = DER.sequence(DER.unsignedInteger(modulus) + DER.unsignedInteger(exponent))
    try self.init(algorithm: DER.rsaEncryption + DER.null, key: key)
  }

  private init(ed25519 bytes: [UInt8]) throws(CryptographyError) {
    guard let key = EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, bytes, bytes.count) else {
      throw libraryFailure("no Ed25519 key")
    }
    self.init(handle: try KeyHandle(owning: key))
  }

  /// Reads the key as a `SubjectPublicKeyInfo` (RFC 5280, section 4.1) and has OpenSSL check it: for EC that the point is
  /// on the curve and in the group. `OSSL_PARAM` would do without the encoding, but keeps pointers to what it is given.
  private init(algorithm: [UInt8], key: [UInt8]) throws(CryptographyError) {
    let info = DER.sequence(DER.sequence(algorithm) + DER.bitString(key))
    let read = info.withUnsafeBufferPointer { info in
      var next = info.baseAddress
      return d2i_PUBKEY(nil, &next, info.count)
    }
    guard let read else {
      ERR_clear_error()
      throw .invalidInput("the key is not valid")
    }
    handle = try KeyHandle(owning: read)
    guard let check = EVP_PKEY_CTX_new_from_pkey(nil, read, nil) else { throw libraryFailure("no memory") }
    defer { EVP_PKEY_CTX_free(check) }
    guard EVP_PKEY_public_check(check) == 1 else {
      ERR_clear_error()
      throw .invalidInput("the key is not valid")
    }
  }
}

/// As much of DER (X.690) as a public key needs.
private enum DER {
  /// 1.2.840.10045.2.1
  static let ecPublicKey: [UInt8] = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
  /// 1.2.840.10045.3.1.7
  static let prime256v1: [UInt8] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
  /// 1.2.840.113549.1.1.1
  static let rsaEncryption: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]
  static let null: [UInt8] = [0x05, 0x00]

  static func sequence(_ content: [UInt8]) -> [UInt8] { element(0x30, content) }

  static func bitString(_ content: [UInt8]) -> [UInt8] { element(0x03, [0] + content) }

  /// A zero in front keeps a number with its highest bit set from reading as a negative one.
  static func unsignedInteger(_ bytes: [UInt8]) -> [UInt8] {
    element(0x02, bytes.first.map { $0 >= 0x80 } == true ? [0] + bytes : bytes)
  }

  private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    let count = content.count
    let length: [UInt8] =
      switch count {
      case 0..<0x80: [UInt8(count)]
      case 0x80..<0x100: [0x81, UInt8(count)]
      default: [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
      }
    return [tag] + length + content
  }
}

extension JSONValue {
  fileprivate func bytes(_ name: String, count: Int) throws(CryptographyError) -> [UInt8] {
    guard let text = self[name]?.string, let bytes = Base64.url.decode(text), bytes.count == count else {
      throw .invalidInput("`\(name)` of the JWK is not \(count) bytes of base64url")
    }
    return bytes
  }

  /// `Base64urlUInt`: as few bytes as the number needs (RFC 7518, section 2).
  fileprivate func unsignedNumber(_ name: String) throws(CryptographyError) -> [UInt8] {
    guard let text = self[name]?.string, let bytes = Base64.url.decode(text), let first = bytes.first, first != 0 else {
      throw .invalidInput("`\(name)` of the JWK is no base64url number without leading zeros")
    }
    return bytes
  }
}
