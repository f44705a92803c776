import Core
import Security
import Testing

@Suite struct SecretHashTests {
  private let cheap = SecretHash.Cost(logN: 4, r: 8, p: 1)!

  @Test func storesItsParametersAndMatchesOnlyTheSecret() throws {
    let hash = try SecretHash(Redacted("open sesame"), cost: cheap, random: SeededRandom(seed: 1))
    #expect(hash.stored.hasPrefix("$scrypt$ln=4,r=8,p=1$"))
    let read = try #require(SecretHash(stored: hash.stored))
    #expect(read == hash)
    #expect(try read.matches(Redacted("open sesame")))
    #expect(try !read.matches(Redacted("open sesam")))
    #expect(try !read.matches(Redacted("")))
  }

  /// RFC 7914, section 12: scrypt(P="pleaseletmein", S="SodiumChloride", N=16384, r=8, p=1).
  @Test func agreesWithTheRFC() throws {
    let expected =
      "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
      + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
    let unpadded = { (bytes: [UInt8]) in String(Base64.standard.encode(bytes).prefix { $0 != "=" }) }
    let stored =
      "$scrypt$ln=14,r=8,p=1$\(unpadded(Array("SodiumChloride".utf8)))$\(unpadded([UInt8](hex: expected)!))"
    let hash = try #require(SecretHash(stored: stored))
    #expect(try hash.matches(Redacted("pleaseletmein")))
    #expect(try !hash.matches(Redacted("pleaseletmeout")))
  }

  @Test func twoHashesOfOneSecretDiffer() throws {
    let random = SeededRandom(seed: 2)
    #expect(
      try SecretHash(Redacted("x"), cost: cheap, random: random).stored
        != SecretHash(Redacted("x"), cost: cheap, random: random).stored)
  }

  @Test(arguments: [
    "", "secret", "$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
    "$scrypt$ln=25,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "$scrypt$ln=15,r=8$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
    "$scrypt$ln=15,r=8,p=99$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "$scrypt$ln=15,r=8,p=1$c2FsdHNhbHQ$aGFzaA",
    "$scrypt$ln=15,r=8,p=1$c2FsdHNhbHQ$", "$scrypt$r=8,ln=15,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
  ])
  func refusesWhatIsNoBoundedHash(stored: String) {
    #expect(SecretHash(stored: stored) == nil)
  }
}
