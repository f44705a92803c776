import Core
import Security
import Testing

@Suite struct SealerTests {
  private let random = SeededRandom(seed: 5)
  private let first = Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 1, count: 32)))
  private let second = Sealer.Key(id: 2, bytes: Redacted([UInt8](repeating: 2, count: 32)))
  private var sealer: Sealer { Sealer(current: first, random: random) }

  @Test(arguments: [[], [1], [UInt8](repeating: 7, count: 10_000)] as [[UInt8]])
  func opensWhatItSealed(plaintext: [UInt8]) throws {
    let sealed = try sealer.seal(plaintext, in: "jobs/1/payload")
    #expect(sealed.count == plaintext.count + 33)
    #expect(try sealer.open(sealed, in: "jobs/1/payload") == plaintext)
  }

  @Test func theSameTextIsSealedDifferentlyEachTime() throws {
    #expect(try sealer.seal([1, 2], in: "p") != sealer.seal([1, 2], in: "p"))
  }

  @Test func aValueCannotBeMovedToAnotherRow() throws {
    let sealed = try sealer.seal([1, 2, 3], in: "jobs/1/payload")
    #expect(throws: CryptographyError.notAuthentic) { try sealer.open(sealed, in: "jobs/2/payload") }
  }

  @Test func aChangeOfAnyByteIsNoticed() throws {
    let sealed = try sealer.seal([1, 2, 3], in: "p")
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(throws: CryptographyError.self, "byte \(index)") { try sealer.open(changed, in: "p") }
    }
    #expect(throws: CryptographyError.notAuthentic) { try sealer.open(Array(sealed.dropLast()), in: "p") }
    #expect(throws: CryptographyError.notAuthentic) { try sealer.open([], in: "p") }
  }

  @Test func anOlderKeyOpensAndAMissingOneIsNamed() throws {
    let sealed = try sealer.seal([9], in: "p")
    let newer = Sealer(current: second, older: [first], random: random)
    #expect(try newer.open(sealed, in: "p") == [9])
    #expect(throws: CryptographyError.unknownKey(1)) {
      try Sealer(current: second, random: random).open(sealed, in: "p")
    }
  }
}
