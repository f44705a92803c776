import Core
import Security
import Testing

@Suite struct DigestTests {
  /// FIPS 180-4 examples.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func sha256(text: String, digest: String) {
    #expect(SHA256.digest(of: text).hex == digest)
  }

  /// RFC 4231, cases 1, 2 and 6, and the empty key.
  @Test(arguments: [
    (
      [UInt8](repeating: 0x0B, count: 20), "Hi There",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      [UInt8](repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
    ([], "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
  ])
  func hmac(key: [UInt8], message: String, code: String) {
    #expect(HMACSHA256.code(for: Array(message.utf8), key: key).hex == code)
    #expect(HMACSHA256.isValid([UInt8](hex: code)!, for: Array(message.utf8), key: key))
    let kept = HMACKey(Redacted(key))
    for _ in 0..<2 { #expect(kept.code(for: Array(message.utf8)).hex == code) }
    for count in [0, 1, message.utf8.count / 2, message.utf8.count] {
      let begun = kept.beginning(with: Array(message.utf8.prefix(count)))
      for _ in 0..<2 { #expect(begun.code(for: Array(message.utf8.dropFirst(count))).hex == code) }
    }
  }

  @Test(arguments: [
    ("", "", true), ("a", "a", true), ("a", "b", false), ("a", "ab", false), ("ab", "a", false), ("", "a", false),
  ])
  func comparison(left: String, right: String, equal: Bool) {
    #expect(constantTimeEqual(left, right) == equal)
  }

  @Test func aTruncatedCodeIsNoCode() {
    let code = HMACSHA256.code(for: [1], key: [2])
    #expect(!HMACSHA256.isValid(Array(code.dropLast()), for: [1], key: [2]))
    #expect(!HMACSHA256.isValid([], for: [1], key: [2]))
  }
}
