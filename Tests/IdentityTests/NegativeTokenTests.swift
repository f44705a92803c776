import Core
import HTTPMessages
import HTTPServer
import Security
import Testing

@testable import Identity

/// One way to get a token past a careless verifier (RFC 8725; RFC 9068, section 4).
struct BadToken: Sendable, CustomTestStringConvertible {
  let name: String
  let fault: TokenFault
  let make: @Sendable (Forge) throws -> String

  init(_ name: String, _ fault: TokenFault, _ make: @escaping @Sendable (Forge) throws -> String) {
    (self.name, self.fault, self.make) = (name, fault, make)
  }

  var testDescription: String { name }
}

@Suite(.closesDatabases) struct NegativeTokenTests {
  @Test(arguments: algorithms + signatures + headers + times + claims + forms)
  func isRefused(bad: BadToken) async throws {
    let fixture = try await Fixture()
    let forge = try Forge(fixture)
    let response = await fixture.get(with: try bad.make(forge))
    #expect(response.status == 401)
    #expect(response.json["code"] == "invalid_token")
    #expect(response.json["detail"] == .string(bad.fault.text))
    #expect(
      response.headers["www-authenticate"]?.hasPrefix("Bearer realm=\"ringback\", error=\"invalid_token\"") == true)
  }

  @Test func theSameTokensUnchangedAreLetIn() async throws {
    let fixture = try await Fixture()
    let forge = try Forge(fixture)
    #expect(await fixture.get(with: try forge.token).text == "shop")
    #expect(await fixture.get(with: try forge.partner.token).text == "\(Fixture.outsideIssuer)#shop")
  }

  // MARK: - The table

  private static let algorithms: [BadToken] =
    ["none", "None", "NONE", "nOnE", "", "HS256", "RS256", "PS256", "EdDSA", "es256", "ES384"].map { name in
      BadToken("alg \"\(name)\" over a good signature", .wrongAlgorithm) { try $0.header("alg", .string(name)).token }
    } + [
      BadToken("alg missing", .wrongAlgorithm) { try $0.header("alg", nil).token },
      BadToken("alg null", .wrongAlgorithm) { try $0.header("alg", .null).token },
      BadToken("alg none without a signature", .malformed) { $0.header("alg", "none").token(signature: []) },
      BadToken("HS256 with the RSA public key as PEM", .wrongAlgorithm) { forge in
        let body = Base64.standard.encode(rsaDER(forge.outside.publicKey))
        let pem = "-----BEGIN PUBLIC KEY-----\n\(body)\n-----END PUBLIC KEY-----\n"
        return forge.partner.header("alg", "HS256").token(hmacKey: Array(pem.utf8))
      },
      BadToken("HS256 with the RSA public key as DER", .wrongAlgorithm) { forge in
        forge.partner.header("alg", "HS256").token(hmacKey: rsaDER(forge.outside.publicKey))
      },
      BadToken("HS256 with the RSA public key as JWK text", .wrongAlgorithm) { forge in
        forge.partner.header("alg", "HS256").token(hmacKey: JSONValue.object(forge.outside.publicKey.jwk).bytes)
      },
      BadToken("HS256 with our own public key as JWK text", .wrongAlgorithm) { forge in
        forge.header("alg", "HS256").token(hmacKey: JSONValue.object(forge.key.publicKey.jwk).bytes)
      },
      BadToken("key type is not the alg: RS256 signed by RSA, kid of the EC key", .wrongAlgorithm) { forge in
        try forge.header("alg", "RS256").token(by: forge.outside, .rs256)
      },
      BadToken("PS256 where RS256 is configured", .wrongAlgorithm) { forge in
        try forge.partner.header("alg", "PS256").token(by: forge.outside, .ps256)
      },
      BadToken("RS256 in the header, PS256 in the signature", .badSignature) { forge in
        try forge.partner.token(by: forge.outside, .ps256)
      },
    ]

  private static let signatures: [BadToken] = [
    BadToken("ES256 with r = s = 0", .badSignature) { $0.token(signature: [UInt8](repeating: 0, count: 64)) },
    BadToken("ES256 in DER", .badSignature) { forge in
      let raw = try forge.key.sign(Array(forge.signingInput.utf8), algorithm: .es256)
      let numbers: [UInt8] = [2, 33, 0] + raw.prefix(32) + [2, 33, 0] + raw.suffix(32)
      return forge.token(signature: [0x30, UInt8(numbers.count)] + numbers)
    },
    BadToken("ES256 one byte short", .badSignature) { forge in
      forge.token(signature: try forge.key.sign(Array(forge.signingInput.utf8), algorithm: .es256).dropLast())
    },
    BadToken("ES256 one byte long", .badSignature) { forge in
      forge.token(signature: try forge.key.sign(Array(forge.signingInput.utf8), algorithm: .es256) + [0])
    },
    BadToken("signed by a stranger's key under our kid", .badSignature) { forge in
      try forge.token(by: try PrivateKey.generate(.p256), .es256)
    },
    BadToken("payload changed", .badSignature) { forge in
      let signature = try #require(try forge.token.split(separator: ".").last)
      return forge.claim("scope", "orders:read callbacks:create").signingInput + "." + signature
    },
    BadToken("token of another environment: same names, other keys", .unknownKey) { forge in
      let other = try PrivateKey.generate(.p256)
      return try forge.header("kid", .string(other.publicKey.thumbprint)).token(by: other, .es256)
    },
  ]

  private static let headers: [BadToken] =
    [
      "../../etc/passwd", "/dev/null", "' OR '1'='1", "x'; DROP TABLE signing_keys; --", "\u{0}", "partner-1", "",
      String(repeating: "k", count: 257),
    ].map { kid in
      BadToken("kid \(kid.prefix(30).debugDescription)", .unknownKey) { try $0.header("kid", .string(kid)).token }
    } + [
      BadToken("kid of 10 KiB", .tooLarge) {
        try $0.header("kid", .string(String(repeating: "k", count: 10_240))).token
      },
      BadToken("kid absent", .unknownKey) { try $0.header("kid", nil).token },
      BadToken("kid a number", .unknownKey) { try $0.header("kid", 1).token },
      BadToken("kid of our key in a token of the outside issuer", .unknownKey) { forge in
        try forge.partner.header("alg", "ES256").header("kid", .string(forge.key.publicKey.thumbprint))
          .token(by: forge.key, .es256)
      },
      BadToken("kid of the outside issuer's key in a token that says it is ours", .unknownKey) { forge in
        try forge.header("alg", "RS256").header("kid", "partner-1").token(by: forge.outside, .rs256)
      },
      BadToken("kid twice", .malformed) { forge in
        let kid = forge.key.publicKey.thumbprint
        return try forge.token(headerText: #"{"alg":"ES256","typ":"at+jwt","kid":"x","kid":"\#(kid)"}"#)
      },
      BadToken("alg twice", .malformed) { forge in
        let kid = forge.key.publicKey.thumbprint
        return try forge.token(headerText: #"{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"\#(kid)"}"#)
      },
      BadToken("an embedded jwk that signed it", .unsupportedHeader) { forge in
        let own = try PrivateKey.generate(.p256)
        return try forge.header("jwk", .object(own.publicKey.jwk)).token(by: own, .es256)
      },
      BadToken("jku to loopback", .unsupportedHeader) {
        try $0.header("jku", "http://127.0.0.1:9/keys").token(by: PrivateKey.generate(.p256), .es256)
      },
      BadToken("x5u to loopback", .unsupportedHeader) { try $0.header("x5u", "http://127.0.0.1:9/cert").token },
      BadToken("x5c", .unsupportedHeader) { try $0.header("x5c", ["MIIB"]).token },
      BadToken("crit with an unknown name", .unsupportedHeader) {
        try $0.header("crit", ["urn:x"]).header("urn:x", true).token
      },
      BadToken("crit empty", .unsupportedHeader) { try $0.header("crit", []).token },
      BadToken("b64 false", .unsupportedHeader) { try $0.header("b64", false).header("crit", ["b64"]).token },
      BadToken("b64 false without crit", .unsupportedHeader) { try $0.header("b64", false).token },
      BadToken("zip", .unsupportedHeader) { try $0.header("zip", "DEF").token },
      BadToken("typ JWT", .wrongType) { try $0.header("typ", "JWT").token },
      BadToken("typ absent", .wrongType) { try $0.header("typ", nil).token },
      BadToken("typ with a space", .wrongType) { try $0.header("typ", "at+jwt ").token },
      BadToken("an ID token", .wrongType) {
        try $0.header("typ", "JWT").claim("nonce", "n").claim("aud", "shop").token
      },
      BadToken("an ID token of the outside issuer", .wrongType) { try $0.partner.header("typ", "JWT").token },
    ]

  private static let times: [BadToken] = [
    BadToken("exp past", .expired) { try $0.claim("exp", .integer($0.now - 1)).token },
    BadToken("exp equal to now", .expired) { try $0.claim("exp", .integer($0.now)).token },
    BadToken("exp absent", .missingClaim) { try $0.claim("exp", nil).token },
    BadToken("exp a float", .missingClaim) { try $0.claim("exp", .number("\($0.now + 600).5")).token },
    BadToken("exp a whole float", .missingClaim) { try $0.claim("exp", .number("\($0.now + 600).0")).token },
    BadToken("exp a string", .missingClaim) { try $0.claim("exp", .string("\($0.now + 600)")).token },
    BadToken("exp negative", .missingClaim) { try $0.claim("exp", -1).token },
    BadToken("exp 1e400", .missingClaim) { try $0.claim("exp", .number("1e400")).token },
    BadToken("exp beyond 64 bits", .missingClaim) { try $0.claim("exp", .number("99999999999999999999")).token },
    BadToken("exp 2^63 - 1", .missingClaim) { try $0.claim("exp", .integer(Int64.max)).token },
    BadToken("exp null", .missingClaim) { try $0.claim("exp", .null).token },
    BadToken("nbf in the future", .notYetValid) { try $0.claim("nbf", .integer($0.now + 61)).token },
    BadToken("nbf a string", .missingClaim) { try $0.claim("nbf", "0").token },
    BadToken("iat in the future", .notYetValid) { try $0.claim("iat", .integer($0.now + 61)).token },
    BadToken("iat absent", .missingClaim) { try $0.claim("iat", nil).token },
    BadToken("an outside token expired by more than the leeway", .expired) {
      try $0.partner.claim("exp", .integer($0.now - 60)).token
    },
    BadToken("an outside token ahead by more than the leeway", .notYetValid) {
      try $0.partner.claim("nbf", .integer($0.now + 61)).token
    },
  ]

  private static let claims: [BadToken] =
    [
      "https://ringback.example/v", "https://ringback.example/v1/", "https://ringback.example/v1.evil.example",
      "HTTPS://RINGBACK.EXAMPLE/V1", "", " https://ringback.example/v1", "ringback",
    ].map { audience in
      BadToken("aud \"\(audience)\"", .wrongAudience) { try $0.claim("aud", .string(audience)).token }
    } + [
      BadToken("aud absent", .wrongAudience) { try $0.claim("aud", nil).token },
      BadToken("aud an array without us", .wrongAudience) { try $0.claim("aud", ["other", "another"]).token },
      BadToken("aud an empty array", .wrongAudience) { try $0.claim("aud", []).token },
      BadToken("aud an array with a number", .missingClaim) {
        try $0.claim("aud", ["https://ringback.example/v1", 1]).token
      },
      BadToken("our aud in a token of the outside issuer", .wrongAudience) {
        try $0.partner.claim("aud", "https://ringback.example/v1").token
      },
      BadToken("iss with a trailing slash", .wrongIssuer) { try $0.claim("iss", "https://ringback.example/").token },
      BadToken("iss in capitals", .wrongIssuer) { try $0.claim("iss", "https://RINGBACK.example").token },
      BadToken("iss of another environment", .wrongIssuer) {
        try $0.claim("iss", "https://test.ringback.example").token
      },
      BadToken("iss absent", .wrongIssuer) { try $0.claim("iss", nil).token },
      BadToken("iss an array", .wrongIssuer) { try $0.claim("iss", ["https://ringback.example"]).token },
      BadToken("sub absent", .missingClaim) { try $0.claim("sub", nil).token },
      BadToken("jti absent", .missingClaim) { try $0.claim("jti", nil).token },
      BadToken("client_id absent", .missingClaim) { try $0.claim("client_id", nil).token },
      BadToken("client_id empty", .missingClaim) { try $0.claim("client_id", "").token },
      BadToken("scope a number", .missingClaim) { try $0.claim("scope", 1).token },
      BadToken("a claim twice", .malformed) { forge in
        let text = JSONValue.object(forge.claims).text.dropLast()
        return try forge.token(payload: "\(text),\"scope\":\"orders:read callbacks:create\"}")
      },
      BadToken("a claim twice, once escaped", .malformed) { forge in
        let text = JSONValue.object(forge.claims).text.dropLast()
        return try forge.token(payload: "\(text),\"\\u0073ub\":\"admin\"}")
      },
      BadToken("claims that are an array", .malformed) { try $0.token(payload: "[]") },
      BadToken("claims that are no JSON", .malformed) { try $0.token(payload: "shop") },
      BadToken("text after the claims", .malformed) { try $0.token(payload: JSONValue.object($0.claims).text + "{}") },
      BadToken("claims nested 1,000 deep", .malformed) { forge in
        let deep = String(repeating: "[", count: 1_000) + String(repeating: "]", count: 1_000)
        return try forge.token(payload: "{\"deep\":\(deep)}")
      },
    ]

  private static let forms: [BadToken] = [
    BadToken("four segments", .malformed) { try $0.token + ".AAAA" },
    BadToken("four segments, the last empty", .malformed) { try $0.token + "." },
    BadToken("two segments", .malformed) { $0.signingInput },
    BadToken("no signature", .malformed) { $0.signingInput + "." },
    BadToken("a space at the end", .malformed) { try $0.token + " " },
    BadToken("a space at the start", .malformed) { try " " + $0.token },
    BadToken("a line feed inside", .malformed) { try $0.token.inserting("\n") },
    BadToken("padding", .malformed) { try $0.token + "==" },
    BadToken("unused bits of the last character set", .malformed) { forge in
      let token = try forge.token
      // The last of 86 characters carries two bits: A, Q, g and w are the four that are canonical.
      let last = try #require(token.last)
      return token.dropLast() + ["A": "B", "Q": "R", "g": "h", "w": "x"][last, default: "?"]
    },
    BadToken("the other base64 alphabet", .malformed) { forge in
      for _ in 0..<1_000 {
        let token = try forge.token
        if token.contains(where: { $0 == "-" || $0 == "_" }) {
          return String(token.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        }
      }
      return ""
    },
    BadToken("1 MiB", .tooLarge) { try $0.claim("pad", .string(String(repeating: "x", count: 1 << 20))).token },
    BadToken("an empty token", .malformed) { _ in "" },
    BadToken("JSON serialisation", .malformed) { _ in #"{"payload":"Zm9v","signatures":[]}"# },
  ]

  /// `SubjectPublicKeyInfo` of an RSA key of 2,048 bits with exponent 65,537.
  private static func rsaDER(_ key: PublicKey) -> [UInt8] {
    let modulus = key.jwk.first { $0.name == "n" }?.value.string.flatMap { Base64.url.decode($0) } ?? []
    return [UInt8](hex: "30820122300d06092a864886f70d01010105000382010f003082010a0282010100")! + modulus
      + [2, 3, 1, 0, 1]
  }
}

extension Forge {
  var now: Int64 { claims.first { $0.name == "iat" }?.value.integer ?? 0 }
}

extension String {
  fileprivate func inserting(_ text: String) -> String { prefix(count / 2) + text + suffix(count - count / 2) }
}
