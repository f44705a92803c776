import Core
import Security
import Testing

@testable import Identity

/// Makes tokens that are right but for what a test changes.
struct Forge: Sendable {
  let key: PrivateKey
  let algorithm: SignatureAlgorithm
  var header: [JSONValue.Member]
  var claims: [JSONValue.Member]
  let outside: PrivateKey

  init(_ fixture: Fixture) throws {
    let signer = try fixture.server.keys.signer()
    let now = fixture.time.now.seconds
    key = signer.privateKey
    algorithm = signer.algorithm
    outside = fixture.http.rsa
    header = [
      .init("alg", .string(algorithm.rawValue)), .init("kid", .string(signer.kid)), .init("typ", "at+jwt"),
    ]
    claims = [
      .init("iss", "https://ringback.example"), .init("aud", "https://ringback.example/v1"), .init("sub", "shop"),
      .init("client_id", "shop"), .init("jti", "tok_1"), .init("iat", .integer(now)), .init("exp", .integer(now + 600)),
      .init("scope", "orders:read"),
    ]
  }

  /// The same for the outside issuer, whose key is RS256.
  var partner: Forge {
    var forge = self.header("alg", "RS256").header("kid", "partner-1")
      .claim("iss", .string(Fixture.outsideIssuer)).claim("aud", "ringback").claim("scope", "read_orders")
    forge.signsWithOutsideKey = true
    return forge
  }

  private var signsWithOutsideKey = false

  /// Nil takes the member away.
  func header(_ name: String, _ value: JSONValue?) -> Forge {
    var copy = self
    copy.header = Self.setting(header, name, value)
    return copy
  }

  func claim(_ name: String, _ value: JSONValue?) -> Forge {
    var copy = self
    copy.claims = Self.setting(claims, name, value)
    return copy
  }

  var token: String {
    get throws {
      try signsWithOutsideKey ? token(by: outside, .rs256) : token(by: key, algorithm)
    }
  }

  func token(by key: PrivateKey, _ algorithm: SignatureAlgorithm) throws -> String {
    try CompactJWS.sign(header: header, payload: JSONValue.object(claims).bytes, key: key, algorithm: algorithm)
  }

  /// With a payload that `JSONValue` would not write.
  func token(payload: String) throws -> String {
    try CompactJWS.sign(header: header, payload: Array(payload.utf8), key: key, algorithm: algorithm)
  }

  /// With a header that `JSONValue` would not write.
  func token(headerText: String) throws -> String {
    let input = Base64.url.encode(Array(headerText.utf8)) + "." + Base64.url.encode(JSONValue.object(claims).bytes)
    return input + "." + Base64.url.encode(try key.sign(Array(input.utf8), algorithm: algorithm))
  }

  /// With these bytes for a signature.
  func token(signature: [UInt8]) -> String { signingInput + "." + Base64.url.encode(signature) }

  func token(hmacKey: [UInt8]) -> String {
    token(signature: HMACSHA256.code(for: Array(signingInput.utf8), key: hmacKey))
  }

  var signingInput: String {
    Base64.url.encode(JSONValue.object(header).bytes) + "." + Base64.url.encode(JSONValue.object(claims).bytes)
  }

  private static func setting(
    _ members: [JSONValue.Member], _ name: String, _ value: JSONValue?
  ) -> [JSONValue.Member] {
    let others = members.filter { $0.name != name }
    return value.map { others + [.init(name, $0)] } ?? others
  }
}
