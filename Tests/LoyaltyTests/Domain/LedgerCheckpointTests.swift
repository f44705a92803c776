import Core
import Loyalty
import Security
import Testing

struct LedgerCheckpointTests {
  private let checkpoint = LedgerCheckpoint(
    sequence: 4_711, journal: 12, root: (0..<32).map { UInt8($0) }, at: Timestamp(microseconds: 1_764_000_000_123_456),
    programme: "points")
  private let key: PrivateKey
  private let other: PrivateKey

  init() throws {
    key = try PrivateKey(ed25519Seed: Redacted([UInt8](repeating: 1, count: 32)))
    other = try PrivateKey(ed25519Seed: Redacted([UInt8](repeating: 2, count: 32)))
  }

  /// As another program does it that knows JOSE and nothing of us: by the key in the header, whose thumbprint is counted
  /// anew (RFC 7638: the members that make the key, in order of their names).
  @Test func whoHasTheThumbprintAloneCanCheckIt() throws {
    let parts = try checkpoint.signed(by: key).split(separator: ".")
    let header = try JSONValue(parsing: try #require(Base64.url.decode(parts[0])))
    let payload = try JSONValue(parsing: try #require(Base64.url.decode(parts[1])))
    let signature = try #require(Base64.url.decode(parts[2]))
    #expect(parts.count == 3 && header["alg"] == "EdDSA" && header["typ"] == "ringback-checkpoint+jwt")
    let jwk = try #require(header["jwk"])
    let x = try #require(jwk["x"]?.string)
    #expect(jwk.members?.map(\.name) == ["crv", "kty", "x"], "nothing of the private key")
    let thumbprint = SHA256.digest(of: #"{"crv":"Ed25519","kty":"OKP","x":"\#(x)"}"#)
    #expect(header["kid"]?.string == Base64.url.encode(thumbprint))
    #expect(header["kid"]?.string == key.publicKey.thumbprint)
    let shown = try PublicKey(jwk: jwk)
    #expect(shown.verifies(signature, of: Array("\(parts[0]).\(parts[1])".utf8), algorithm: .edDSA))
    #expect(
      payload == [
        "programme": "points", "sequence": 4_711, "journal": 12,
        "root": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "at": .string("\(checkpoint.at)"), "at_us": 1_764_000_000_123_456,
      ])
  }

  @Test func whatWasSignedIsReadAgain() throws {
    #expect(try LedgerCheckpoint(try checkpoint.signed(by: key), by: key.publicKey) == checkpoint)
  }

  @Test(
    arguments: [
      ("sequence", 4_710), ("journal", 11), ("root", "00"), ("programme", "other"), ("at_us", 0), ("at", "then"),
      ("more", true),
    ] as [(String, JSONValue)])
  func aChangedPayloadIsFound(_ name: String, _ value: JSONValue) throws {
    let forged = try forge { _, payload in payload = payload.setting(name, to: value) }
    #expect(throws: LedgerCheckpoint.Fault.badSignature) { try LedgerCheckpoint(forged, by: key.publicKey) }
  }

  @Test func anotherKeyIsNamed() throws {
    let theirs = try checkpoint.signed(by: other)
    #expect(throws: LedgerCheckpoint.Fault.foreign(other.publicKey.thumbprint)) {
      try LedgerCheckpoint(theirs, by: key.publicKey)
    }
    // Who writes our thumbprint over their own signature, and shows their key or ours.
    for jwk in [other.publicKey.jwk, key.publicKey.jwk] {
      let forged = try forge(by: other) { header, _ in
        header = header.setting("kid", to: .string(key.publicKey.thumbprint)).setting("jwk", to: .object(jwk))
      }
      #expect(throws: LedgerCheckpoint.Fault.badSignature) { try LedgerCheckpoint(forged, by: key.publicKey) }
    }
  }

  @Test(
    arguments: [("alg", "none"), ("alg", "HS256"), ("alg", nil), ("typ", "JWT"), ("kid", nil)]
      as [(String, JSONValue)])
  func anotherKindOfJWSIsNone(_ name: String, _ value: JSONValue) throws {
    let signed = try forge(by: key) { header, _ in header = header.setting(name, to: value) }
    #expect(throws: LedgerCheckpoint.Fault.malformed) { try LedgerCheckpoint(signed, by: key.publicKey) }
  }

  /// Signed by the right key, and no checkpoint all the same.
  @Test(
    arguments: [("sequence", nil), ("journal", "12"), ("root", "zz"), ("at_us", nil), ("programme", 1)]
      as [(String, JSONValue)])
  func aPayloadThatLacksSomethingIsNone(_ name: String, _ value: JSONValue) throws {
    let signed = try forge(by: key) { _, payload in payload = payload.setting(name, to: value) }
    #expect(throws: LedgerCheckpoint.Fault.malformed) { try LedgerCheckpoint(signed, by: key.publicKey) }
  }

  @Test(arguments: ["", ".", "..", "a.b", "a.b.c", "e30.e30.", "e30.e30.AAAA.AAAA", "{}"])
  func whatIsNoJWSIsNone(_ text: String) {
    #expect(throws: LedgerCheckpoint.Fault.malformed) { try LedgerCheckpoint(text, by: key.publicKey) }
  }

  /// A checkpoint with something changed in it.
  ///
  /// - Parameter signer: signs what was changed; without one the signature stays as it was.
  private func forge(
    by signer: PrivateKey? = nil, _ change: (_ header: inout JSONValue, _ payload: inout JSONValue) -> Void
  ) throws -> String {
    let parts = try checkpoint.signed(by: key).split(separator: ".")
    var header = try JSONValue(parsing: try #require(Base64.url.decode(parts[0])))
    var payload = try JSONValue(parsing: try #require(Base64.url.decode(parts[1])))
    change(&header, &payload)
    let input = Base64.url.encode(header.bytes) + "." + Base64.url.encode(payload.bytes)
    let signature = try signer.map { Base64.url.encode(try $0.sign(Array(input.utf8), algorithm: .edDSA)) }
    return "\(input).\(signature ?? String(parts[2]))"
  }
}

extension JSONValue {
  fileprivate func setting(_ name: String, to value: JSONValue) -> JSONValue {
    .object((members ?? []).filter { $0.name != name } + [Member(name, value)])
  }
}
