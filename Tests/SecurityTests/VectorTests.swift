import Core
import Testing

@testable import Security

/// The cases of Project Wycheproof that fit what Ringback does.
@Suite struct VectorTests {
  @Test(arguments: Vectors.tests("hmac_sha256_test"))
  func hmac(vector: VectorCase) {
    #expect(HMACSHA256.isValid(vector["tag"], for: vector["msg"], key: vector["key"]) == vector.isValid)
  }

  @Test(arguments: Vectors.tests("aes_gcm_test"))
  func aesGCM(vector: VectorCase) throws {
    let (ciphertext, tag) = try AESGCM.encrypt(
      vector["msg"], key: vector["key"], nonce: vector["iv"], authenticating: vector["aad"])
    #expect(ciphertext == vector["ct"])
    #expect(tag == vector["tag"])
    let opened = try AESGCM.decrypt(
      ciphertext, tag: tag, key: vector["key"], nonce: vector["iv"], authenticating: vector["aad"])
    #expect(opened == vector["msg"])
    for bit in [0, 7, 127] {
      var forged = tag
      forged[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: CryptographyError.notAuthentic) {
        try AESGCM.decrypt(
          ciphertext, tag: forged, key: vector["key"], nonce: vector["iv"], authenticating: vector["aad"])
      }
    }
  }

  @Test(arguments: Vectors.tests("ecdsa_secp256r1_sha256_p1363_test"))
  func ecdsaP1363(vector: VectorCase) throws {
    let point = try #require(Vectors.load("ecdsa_secp256r1_sha256_p1363_test")["publicKey"])
    let key = try PublicKey(jwk: [
      "kty": "EC", "crv": "P-256", "x": .string(Base64.url.encode([UInt8](hex: point["wx"]?.string ?? "")!)),
      "y": .string(Base64.url.encode([UInt8](hex: point["wy"]?.string ?? "")!)),
    ])
    #expect(key.verifies(vector["sig"], of: vector["msg"], algorithm: .es256) == vector.isValid)
  }

  @Test(arguments: Vectors.tests("ed25519_test"))
  func ed25519(vector: VectorCase) throws {
    let key = try PublicKey(jwk: try #require(Vectors.load("ed25519_test")["publicKeyJwk"]))
    #expect(key.verifies(vector["sig"], of: vector["msg"], algorithm: .edDSA) == vector.isValid)
    #expect(!key.verifies(Array(vector["sig"].dropLast()), of: vector["msg"], algorithm: .edDSA))
    #expect(!key.verifies(vector["sig"] + [0], of: vector["msg"], algorithm: .edDSA))
  }
}
