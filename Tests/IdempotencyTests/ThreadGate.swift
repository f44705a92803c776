import Foundation

/// Holds a thread of an engine until a task opens it; never used on a thread of Swift's.
final class ThreadGate: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)
  func wait() { semaphore.wait() }
  func open() { semaphore.signal() }
}
