import COpenSSL
import Core

/// Stored forms of secrets: scrypt (RFC 7914), written with its parameters in the PHC string format, such as
/// `$scrypt$ln=15,r=8,p=1$c2FsdA$aGFzaA`, so that they can be raised and old ones still verify.
///
/// Hashing takes some 50 ms and 32 MiB by intent: call it on a `BlockingPool` whose size bounds what it can use up.
package struct SecretHash: Sendable, Hashable {
  /// What a hash costs: memory is 128 · r · 2^logN bytes.
  package struct Cost: Sendable, Hashable {
    package let logN: Int
    package let r: Int
    package let p: Int

    /// Nil for what would be no protection, or more than 128 MiB or four passes.
    package init?(logN: Int, r: Int, p: Int) {
      guard (1...20).contains(logN), (1...32).contains(r), (1...4).contains(p), 128 * r << logN <= 128 << 20 else {
        return nil
      }
      (self.logN, self.r, self.p) = (logN, r, p)
    }

    /// 32 MiB: OWASP's second choice for scrypt (2^15, 8, 3) with one pass, as our secrets are random.
    package static let standard = Cost(logN: 15, r: 8, p: 1)!
  }

  private let cost: Cost
  private let salt: [UInt8]
  private let hash: [UInt8]

  /// - Throws: `CryptographyError.library` when there is no memory for it.
  package init(
    _ secret: Redacted<String>, cost: Cost = .standard, random: any RandomSource
  ) throws(CryptographyError) {
    let salt = random.bytes(16)
    self.cost = cost
    self.salt = salt
    hash = try Self.scrypt(secret, salt: salt, cost: cost, length: 32)
  }

  /// A hash of that cost which no secret has: comparing with it takes as long as with a real one.
  package static func unmatchable(cost: Cost) -> SecretHash {
    SecretHash(cost: cost, salt: [UInt8](repeating: 0, count: 16), hash: [UInt8](repeating: 0, count: 32))
  }

  private init(cost: Cost, salt: [UInt8], hash: [UInt8]) {
    (self.cost, self.salt, self.hash) = (cost, salt, hash)
  }

  /// Reads the stored form; nil when it is no scrypt hash within bounds.
  package init?(stored text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false).map { String($0) ?? "" }
    guard parts.count == 5, parts[0] == "", parts[1] == "scrypt",
      let cost = Self.cost(parts[2]), let salt = Self.decode(parts[3]), let hash = Self.decode(parts[4]),
      (8...64).contains(salt.count), (16...64).contains(hash.count)
    else { return nil }
    (self.cost, self.salt, self.hash) = (cost, salt, hash)
  }

  /// The stored form.
  package var stored: String {
    "$scrypt$ln=\(cost.logN),r=\(cost.r),p=\(cost.p)$\(Self.encode(salt))$\(Self.encode(hash))"
  }

  /// - Throws: `CryptographyError.library` when there is no memory for it.
  package func matches(_ secret: Redacted<String>) throws(CryptographyError) -> Bool {
    constantTimeEqual(try Self.scrypt(secret, salt: salt, cost: cost, length: hash.count), hash)
  }

  private static func scrypt(
    _ secret: Redacted<String>, salt: [UInt8], cost: Cost, length: Int
  ) throws(CryptographyError) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: length)
    let password = secret.reveal().utf8.map { CChar(bitPattern: $0) }
    // One block more than the table, as OpenSSL counts its working space too.
    let memory = UInt64(128 * cost.r) * (1 << UInt64(cost.logN) + UInt64(cost.p) + 2)
    let result = EVP_PBE_scrypt(
      password, password.count, salt, salt.count, 1 << UInt64(cost.logN), UInt64(cost.r), UInt64(cost.p), memory,
      &output,
      length)
    guard result == 1 else { throw libraryFailure("scrypt failed") }
    return output
  }

  private static func cost(_ text: String) -> Cost? {
    let parts = text.split(separator: ",").map { $0.split(separator: "=", omittingEmptySubsequences: false) }
    guard parts.count == 3, parts.allSatisfy({ $0.count == 2 }), parts.map({ $0[0] }) == ["ln", "r", "p"],
      let logN = parts[0][1].utf8.decimalNumber, let r = parts[1][1].utf8.decimalNumber,
      let p = parts[2][1].utf8.decimalNumber
    else { return nil }
    return Cost(logN: Int(logN), r: Int(r), p: Int(p))
  }

  /// PHC strings have base 64 without padding.
  private static func encode(_ bytes: [UInt8]) -> String {
    String(Base64.standard.encode(bytes).prefix { $0 != "=" })
  }

  private static func decode(_ text: String) -> [UInt8]? {
    Base64.standard.decode(text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4))
  }
}
