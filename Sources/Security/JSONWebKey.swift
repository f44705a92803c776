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
    try self.init(type: "EC") { builder in
      OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1
        && OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, point.count) == 1
    }
  }

  private init(modulus: [UInt8], exponent: [UInt8]) throws(CryptographyError) {
    guard modulus.count <= 1_024, exponent.count <= 8 else { throw .invalidInput("the RSA key is too large") }
    let n = BN_bin2bn(modulus, Int32(modulus.count), nil)
    let e = BN_bin2bn(exponent, Int32(exponent.count), nil)
    defer {
      BN_free(n)
      BN_free(e)
    }
    try self.init(type: "RSA") { builder in
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1
        && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1
    }
  }

  private init(ed25519 bytes: [UInt8]) throws(CryptographyError) {
    guard let key = EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, bytes, bytes.count) else {
      throw libraryFailure("no Ed25519 key")
    }
    self.init(handle: try KeyHandle(owning: key))
  }

  /// Builds the key from parameters and has OpenSSL check it: for EC that the point is on the curve and in the group.
  private init(type: String, parameters fill: (OpaquePointer) -> Bool) throws(CryptographyError) {
    guard let builder = OSSL_PARAM_BLD_new() else { throw libraryFailure("no memory") }
    defer { OSSL_PARAM_BLD_free(builder) }
    guard fill(builder), let parameters = OSSL_PARAM_BLD_to_param(builder) else { throw libraryFailure("no memory") }
    defer { OSSL_PARAM_free(parameters) }
    guard let context = EVP_PKEY_CTX_new_from_name(nil, type, nil) else { throw libraryFailure("no \(type)") }
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard EVP_PKEY_fromdata_init(context) == 1,
      EVP_PKEY_fromdata(context, &key, publicKeySelection, parameters) == 1, let key
    else {
      ERR_clear_error()
      throw .invalidInput("the \(type) key is not valid")
    }
    handle = try KeyHandle(owning: key)
    guard let check = EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { throw libraryFailure("no memory") }
    defer { EVP_PKEY_CTX_free(check) }
    guard EVP_PKEY_public_check(check) == 1 else {
      ERR_clear_error()
      throw .invalidInput("the \(type) key is not valid")
    }
  }
}

/// `EVP_PKEY_PUBLIC_KEY`, a macro of macros that Swift does not import: all parameters (0x84) and the public key (0x02).
private let publicKeySelection: Int32 = 0x86

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
