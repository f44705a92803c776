import Core
import Security
import Testing

@Suite struct KeyTests {
  @Test(arguments: SignatureAlgorithm.allCases)
  func signsAndVerifies(algorithm: SignatureAlgorithm) throws {
    let key = try PrivateKey.generate(algorithm.keyType)
    let message = Array("header.payload".utf8)
    let signature = try key.sign(message, algorithm: algorithm)
    #expect(key.publicKey.verifies(signature, of: message, algorithm: algorithm))
    #expect(!key.publicKey.verifies(signature, of: message + [0], algorithm: algorithm))
    for other in SignatureAlgorithm.allCases where other != algorithm {
      #expect(
        !key.publicKey.verifies(signature, of: message, algorithm: other), "\(other) with \(algorithm)'s signature")
    }
    let stranger = try PrivateKey.generate(algorithm.keyType)
    #expect(!stranger.publicKey.verifies(signature, of: message, algorithm: algorithm))
  }

  @Test(arguments: [KeyType.p256, .rsa, .ed25519])
  func travelsAsPEMAndAsJWK(type: KeyType) throws {
    let key = try PrivateKey.generate(type)
    let pem = try key.pem()
    #expect(pem.reveal().hasPrefix("-----BEGIN PRIVATE KEY-----"))
    #expect("\(pem)" == "[redacted]")
    let again = try PrivateKey(pem: pem)
    #expect(again.publicKey.thumbprint == key.publicKey.thumbprint)
    let read = try PublicKey(jwk: .object(key.publicKey.jwk))
    #expect(read.jwk == key.publicKey.jwk)
    let algorithm = try #require(SignatureAlgorithm.allCases.first { $0.keyType == type })
    #expect(read.verifies(try again.sign([1], algorithm: algorithm), of: [1], algorithm: algorithm))
  }

  /// As Adobe publishes its own, made by `openssl genpkey -algorithm ed25519 | openssl pkey -pubout`.
  @Test func readsAPublicKeyInPEM() throws {
    let pem = """
      -----BEGIN PUBLIC KEY-----
      MCowBQYDK2VwAyEAZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g=
      -----END PUBLIC KEY-----

      """
    let key = try PublicKey(pem: pem)
    #expect(key.type == .ed25519)
    #expect(key.jwk.last?.value.string == "ZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c_g")
  }

  @Test(arguments: ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
  func refusesWhatIsNoPublicKey(text: String) {
    #expect(throws: CryptographyError.self) { try PublicKey(pem: text) }
  }

  @Test func aPrivateKeyIsNoPublicOne() throws {
    let pem = try PrivateKey.generate(.ed25519).pem().reveal()
    #expect(throws: CryptographyError.self) { try PublicKey(pem: pem) }
  }

  @Test func aShortRSAKeyIsNeverMade() {
    #expect(throws: CryptographyError.self) { try PrivateKey.generate(.rsa, bits: 1_024) }
  }

  @Test(arguments: ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no key"])
  func refusesWhatIsNoPEM(text: String) {
    #expect(throws: CryptographyError.self) { try PrivateKey(pem: Redacted(text)) }
  }

  @Test func aKeySignsOnlyWithItsOwnAlgorithm() throws {
    let key = try PrivateKey.generate(.p256)
    #expect(throws: CryptographyError.invalidInput("the key does not sign RS256")) {
      try key.sign([], algorithm: .rs256)
    }
  }

  @Test func es256TakesNoDERAndNoOtherLength() throws {
    let key = try PrivateKey.generate(.p256)
    let raw = try key.sign([1, 2], algorithm: .es256)
    #expect(raw.count == 64)
    let half = { (bytes: [UInt8]) in [2, UInt8(bytes.count + 1), 0] + bytes }
    let body = half(Array(raw.prefix(32))) + half(Array(raw.suffix(32)))
    for wrong in [[0x30, UInt8(body.count)] + body, Array(raw.dropLast()), raw + [0], [0] + raw, []] {
      #expect(!key.publicKey.verifies(wrong, of: [1, 2], algorithm: .es256))
    }
  }

  // MARK: - Published keys and signatures

  /// RFC 7515, A.2 and A.3; RFC 8037, A.4; and PS256 by the openssl command.
  @Test(arguments: [
    (Published.rs256, "RS256", Published.rs256Input, Published.rs256Signature),
    (Published.es256, "ES256", Published.es256Input, Published.es256Signature),
    (Published.edDSA, "EdDSA", Published.edDSAInput, Published.edDSASignature),
    (Published.ps256, "PS256", "signed elsewhere", Published.ps256Signature),
  ])
  func verifiesPublishedSignatures(jwk: JSONValue, algorithm: String, input: String, signature: String) throws {
    let key = try PublicKey(jwk: jwk)
    let bytes = try #require(Base64.url.decode(signature))
    #expect(
      key.verifies(bytes, of: Array(input.utf8), algorithm: try #require(SignatureAlgorithm(rawValue: algorithm))))
  }

  @Test func ps256WantsASaltOf32Bytes() throws {
    let key = try PublicKey(jwk: Published.ps256)
    let signature = try #require(Base64.url.decode(Published.ps256SignatureWithShortSalt))
    #expect(!key.verifies(signature, of: Array("signed elsewhere".utf8), algorithm: .ps256))
  }

  /// RFC 7638, section 3.1; RFC 8037, A.3.
  @Test(arguments: [
    (Published.thumbprintKey, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
    (Published.edDSA, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
  ])
  func thumbprint(jwk: JSONValue, thumbprint: String) throws {
    #expect(try PublicKey(jwk: jwk).thumbprint == thumbprint)
  }

  @Test(arguments: badKeys)
  func refusesAJWK(why: String, jwk: JSONValue) {
    #expect(throws: CryptographyError.self, "\(why)") { try PublicKey(jwk: jwk) }
  }

  private static let badKeys: [(String, JSONValue)] = [
    ("no object", "RSA"),
    ("no type", [:]),
    ("a shared key", ["kty": "oct", "k": "AAAA"]),
    ("another curve", ["kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"]),
    ("a private member", Published.es256.adding("d", "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI")),
    ("a point off the curve", Published.es256.replacing("y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1")),
    ("a short coordinate", Published.es256.replacing("x", "g83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE")),
    ("padding", Published.es256.replacing("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU=")),
    ("the point at infinity", Published.es256.replacing("x", .string(zeros)).replacing("y", .string(zeros))),
    ("an RSA key of 1,024 bits", Published.rs256.replacing("n", .string(Published.weakModulus))),
    ("exponent 1", Published.rs256.replacing("e", "AQ")),
    ("exponent 3", Published.rs256.replacing("e", "Aw")),
    ("an even exponent", Published.rs256.replacing("e", "AQAC")),
    ("an exponent of 72 bits", Published.rs256.replacing("e", "AQAAAAAAAAAB")),
    ("a leading zero", Published.rs256.replacing("e", "AAEAAQ")),
    ("an empty modulus", Published.rs256.replacing("n", "")),
    ("no modulus", ["kty": "RSA", "e": "AQAB"]),
    ("X25519", ["kty": "OKP", "crv": "X25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"]),
    ("a short Ed25519 key", ["kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ"]),
  ]

  private static let zeros = String(repeating: "A", count: 43)
}

extension JSONValue {
  fileprivate func adding(_ name: String, _ value: JSONValue) -> JSONValue {
    .object((members ?? []) + [Member(name, value)])
  }

  fileprivate func replacing(_ name: String, _ value: JSONValue) -> JSONValue {
    .object((members ?? []).map { $0.name == name ? Member(name, value) : $0 })
  }
}

private enum Published {
  static let rs256: JSONValue = [
    "kty": "RSA", "e": "AQAB",
    "n": .string(
      "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pC"
        + "gNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg6"
        + "65xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRW"
        + "yuXpoQ"),
  ]
  static let rs256Input =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    + "fQ"
  static let rs256Signature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1d"
    + "nZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwu"
    + "sC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
  static let es256: JSONValue = [
    "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  ]
  static let es256Input =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    + "fQ"
  static let es256Signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
  static let edDSA: JSONValue = [
    "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  ]
  static let edDSAInput = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
  static let edDSASignature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
  static let ps256: JSONValue = [
    "kty": "RSA", "e": "AQAB",
    "n": .string(
      "57MxxQqJkHqvC0bm1Ir8PaEdmeNOwIwftdpKuY6UuwuLpxcIhpIyMLyND8_HmZCqzQiPrnggTwna3pm42NE7GJY2R-qg8pcydJuuWWNp6sKKANcG"
        + "CD2X4s0wXNJD8tiV4DWKY2bfBa22jpkak-IY-uXCxvhwlxz8rFZWRLbCi5Cc-ANiCIVDoRHA5uHwJR6Jd_TEOneZDFfOBPtqLoipNHKV1_HE2cwN"
        + "s6wb4mrxXmWZgwnsG1cm8qeen8ByepBWzBITcD0UkVokYld85kEn89x6xp4DfB1MSRA2goq8X21gJK64AA3AlIUdXBqaoMGThDFLDB9g0ZZvXh9B"
        + "HReEGw"),
  ]
  static let ps256Signature =
    "o_QYabyd0om3ydtjPf1_9HedgzkPeM2VTqEbM5GYHUmpJsni7ojEt_MskBZezHSYBFrbxux-ONyV47_RIkGePhqXqSKAzHyfb0DNq6Y5ipjPlY5KYU"
    + "ncqaYC3lGpMwUVMuWbbxpcdxBRbNQeZoELWwXw0pA74QTLoYanEFiAglwSuW90fePAj2gseKfj3aA2btmiyjQdC4GRFOqD59d57R3BZD9rnoojp48N"
    + "5BFAw7SzGqAFkoe5NvopDwDTYchwXbZc-BDKN7MlrGJQAqlQpYyA_-cEyga8FKjXjKF4qDaOuas_ouMjCLPLpVHoJyzg-FYI1jyFYqJsRGuKq55oMA"
  static let ps256SignatureWithShortSalt =
    "jhAy5hl_1L-2sv4yg28nTKFwbPvuKTqY91-FVssCE6W9bzC5viOdXawewiYb_os98BCIrUYbT5cZQ-QQBAfqkWQXxKgLcOg9LIH4VinoOV9Wv6oBRO"
    + "PK6Jpk_DgFezbaJx8AM0f1i_uKw9ePSiY8UeUsiq_m6xOndFAUG_HyHBKBOnad14nPruquxmoHw0LTBNAZxptG8ZXkMXJu6PwTT14-i-kX3KGxSaNt"
    + "aPjLSLA_UO_OLfl_osZ5Y8x-GiB3zF_cKSwUhlYe4yZ4NaJjX7gzyHi8qcATIx2IuWoto5z8eINZUHB7Bbd7jSxSK9CjKMoZvXNRhIM6ZgkeUEoGSg"
  static let thumbprintKey: JSONValue = [
    "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
    "n": .string(
      "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj"
        + "hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ"
        + "vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK"
        + "nqDKgw"),
  ]
  static let weakModulus =
    "pxp3QignUtHONdgVwYZAIsDWxyVXBczfabIJ58NWK9d74x8QJnqnPbnz3_v8XUT8S2H2fkmN3X1Nne53qcpXANiOlEgGr5Fc-ydpnjGB2ZznNMDHWB"
    + "x0URQJWnsQhvAey1nJ_4-RNz5PPvy4F_owU993GMMkEQVwCyW2ubwZCdE"
}
