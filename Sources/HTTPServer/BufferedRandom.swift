import Core
import Synchronization

/// Asks the source for much at a time, as each question to the kernel is a system call. What was given out is not kept.
final class BufferedRandom: RandomSource {
  private let source: any RandomSource
  private let words = Mutex<[UInt64]>([])

  init(_ source: any RandomSource) {
    self.source = source
  }

  func word() -> UInt64 {
    words.withLock { words in
      if words.isEmpty {
        words = source.bytes(1_024).withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
      }
      return words.removeLast()
    }
  }

  func bytes(_ count: Int) -> [UInt8] { source.bytes(count) }
}
