import Core
import Synchronization

/// Asks the source for much at a time, as each question to the kernel is a system call. What was given out is not kept.
final class BufferedRandom: RandomSource {
  private let source: any RandomSource
  private let buffer = Mutex<[UInt8]>([])

  init(_ source: any RandomSource) {
    self.source = source
  }

  func bytes(_ count: Int) -> [UInt8] {
    buffer.withLock { buffer in
      if buffer.count < count { buffer = source.bytes(max(count, 1_024)) }
      let given = Array(buffer.suffix(count))
      buffer.removeLast(count)
      return given
    }
  }
}
