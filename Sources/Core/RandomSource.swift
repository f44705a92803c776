import Glibc
import Synchronization

/// Where unpredictable bytes come from.
package protocol RandomSource: Sendable {
  func bytes(_ count: Int) -> [UInt8]
  /// 64 bits.
  func word() -> UInt64
}

extension RandomSource {
  package func word() -> UInt64 { bytes(8).reduce(0) { $0 << 8 | UInt64($1) } }

  /// A number in `0 ..< bound`; the bias of the remainder is below 2⁻³² for bounds that fit 32 bits.
  package func number(below bound: UInt64) -> UInt64 {
    word() % bound
  }

  /// A number in `0 ..< 1`.
  package func fraction() -> Double {
    Double(number(below: 1 << 53)) / Double(UInt64(1) << 53)
  }
}

/// The kernel's generator: fit for keys, secrets and identifiers. It is asked for a page at a time, as an id takes twenty
/// bytes and asking costs more than they do; each byte is given out once and forgotten.
package struct SystemRandom: RandomSource {
  private static let pageSize = 1_024
  private static let page = Mutex<[UInt8]>([])

  package init() {}

  package func bytes(_ count: Int) -> [UInt8] {
    guard count <= Self.pageSize / 4 else { return Self.fresh(count) }
    return Self.page.withLock { page in
      if page.count < count { page = Self.fresh(Self.pageSize) }
      let rest = page.count - count
      let taken = Array(page[rest...])
      for place in rest..<page.count { page[place] = 0 }
      page.removeLast(count)
      return taken
    }
  }

  private static func fresh(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count {
        // At most 256 at a time, as getentropy takes no more; it fails only where the kernel has no generator.
        let next = Swift.min(256, count - initialized)
        precondition(getentropy(buffer.baseAddress! + initialized, next) == 0, "the system has no random numbers")
        initialized += next
      }
    }
  }
}

/// SplitMix64: the same bytes for the same seed. For tests and simulated vendors only.
package final class SeededRandom: RandomSource {
  private let state: Mutex<UInt64>

  package init(seed: UInt64) {
    state = Mutex(seed)
  }

  package func bytes(_ count: Int) -> [UInt8] {
    state.withLock { state in
      var result: [UInt8] = []
      while result.count < count {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        withUnsafeBytes(of: mixed.bigEndian) { result.append(contentsOf: $0) }
      }
      return Array(result.prefix(count))
    }
  }
}
