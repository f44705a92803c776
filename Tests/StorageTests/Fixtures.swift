import Foundation
import Storage
import Synchronization

/// Lets a thread of an engine wait for a task; never used on a thread of Swift's.
final class Waiter: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)
  func wait() { semaphore.wait() }
  func finish() { semaphore.signal() }
}

final class Counter: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }
  func add() { count.withLock { $0 += 1 } }
}

/// Unchecked: written in a transaction, read after it.
final class Kept: @unchecked Sendable {
  var connection: (any Connection)?
}
