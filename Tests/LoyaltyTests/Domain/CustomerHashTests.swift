import Core
import Loyalty
import Testing

struct CustomerHashTests {
  private let old = CustomerKeys.Key(version: 1, bytes: Redacted([UInt8](repeating: 1, count: 32)))
  private let new = CustomerKeys.Key(version: 2, bytes: Redacted([UInt8](repeating: 2, count: 32)))

  @Test func aRotationKeepsTheHashOfBeforeWithinReach() {
    let before = CustomerKeys([old], programme: "p").hash("u-4711")
    let keys = CustomerKeys([old, new], programme: "p")
    #expect(keys.hash("u-4711").keyVersion == 2)
    #expect(keys.hashes("u-4711").contains(before))
  }

  @Test func programmesDoNotShareHashes() {
    #expect(
      CustomerKeys([old], programme: "a").hash("bc").bytes != CustomerKeys([old], programme: "ab").hash("c").bytes)
  }

  @Test func aHandleReadsBack() {
    let hash = CustomerKeys([new], programme: "p").hash("u-4711")
    #expect(CustomerHash(handle: hash.handle) == hash)
  }

  @Test(arguments: ["", "u-4711", "cus_1_", "cus_01_" + String(repeating: "a", count: 64), "cus_0_zz"])
  func whatIsNoHandleIsNone(_ text: String) {
    #expect(CustomerHash(handle: text) == nil)
  }
}
