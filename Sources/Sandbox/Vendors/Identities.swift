import Core

/// Where one vendor's ids and tokens come from: the same for the same seed and the same requests.
struct Identities: Sendable {
  private let random: SeededRandom

  init(seed: UInt64, name: String) {
    // FNV-1a, so that vendors differ though they share the seed.
    random = SeededRandom(
      seed: name.utf8.reduce(seed ^ 0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 })
  }

  /// A UUID of version 4.
  func uuid() -> String {
    var bytes = random.bytes(16)
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let hex = Array(bytes.hex)
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }.joined(separator: "-")
  }

  func hex(_ bytes: Int) -> String { random.bytes(bytes).hex }

  func fraction() -> Double { random.fraction() }
}
