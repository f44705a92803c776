import Core
import Testing

@Suite struct EncodingTests {
  /// RFC 4648, section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func base64(plain: String, coded: String) {
    #expect(Base64.standard.encode(plain.utf8) == coded)
    #expect(Base64.standard.decode(coded) == Array(plain.utf8))
    let unpadded = coded.filter { $0 != "=" }
    #expect(Base64.url.encode(plain.utf8) == unpadded)
    #expect(Base64.url.decode(unpadded) == Array(plain.utf8))
  }

  @Test(arguments: ["Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z m9v", "Zm9v\n", "Zm-v", "====", "Zg==Zg=="])
  func refusesOtherSpellings(text: String) {
    #expect(Base64.standard.decode(text) == nil)
  }

  @Test(arguments: ["Zg==", "Zh", "A", "Zm9+", "Zm9/"])
  func refusesOtherSpellingsOfTheURLAlphabet(text: String) {
    #expect(Base64.url.decode(text) == nil)
  }

  @Test func hex() {
    #expect([UInt8]([0x00, 0xAB, 0x7F]).hex == "00ab7f")
    #expect([UInt8](hex: "00aB7f") == [0x00, 0xAB, 0x7F])
    #expect([UInt8](hex: "0") == nil)
    #expect([UInt8](hex: "0g") == nil)
  }

  @Test func identifiersSortByTimeAndAreNoDigits() {
    let time = ManualTime()
    let source = IdentifierSource(time: time, random: SeededRandom(seed: 1))
    let first = source.make("cb")
    time.advance(by: .milliseconds(1))
    let second = source.make("cb")
    #expect(first < second)
    #expect(first.hasPrefix("cb_"))
    #expect(first.utf8.count == 33)
    #expect(source.make("cb") != second)
  }

  @Test func aSecretDoesNotShow() {
    let secret = Redacted("hunter2")
    var dumped = ""
    dump(secret, to: &dumped)
    #expect("\(secret)" == "[redacted]")
    #expect(String(reflecting: [secret]) == "[[redacted]]")
    #expect(!dumped.contains("hunter2"))
    #expect(secret.reveal() == "hunter2")
  }

  @Test func theSameSeedGivesTheSameBytes() {
    #expect(SeededRandom(seed: 7).bytes(20) == SeededRandom(seed: 7).bytes(20))
    #expect(SeededRandom(seed: 7).bytes(20) != SeededRandom(seed: 8).bytes(20))
    #expect(SystemRandom().bytes(16) != SystemRandom().bytes(16))
  }

  @Test(
    arguments: [
      (0, 1, "0"), (7, 2, "07"), (10, 1, "10"), (100, 2, "100"), (999, 4, "0999"), (-5, 1, "-5"), (-5, 3, "-005"),
      (.max, 1, "9223372036854775807"), (.min, 1, "-9223372036854775808"), (0, 19, "0000000000000000000"),
    ] as [(Int64, Int, String)])
  func decimalDigits(value: Int64, width: Int, text: String) {
    var bytes: [UInt8] = []
    bytes.append(decimal: value, width: width)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }
}
