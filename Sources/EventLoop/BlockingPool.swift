import Core
import Glibc
import Synchronization

/// Threads for calls that block: SQLite, libpq, hiredis, name look-ups, files. The default pool of Swift has one thread
/// per core and never grows, so nothing may block there.
///
/// One thread makes the calls run in order, one at a time: the way a thread-bound resource is owned.
package final class BlockingPool: TaskExecutor, Sendable {
  private struct State {
    var queue: [@Sendable () -> Void] = []
    var stopped = false
  }

  private let state = Mutex(State())
  private let gate = Gate()
  private let threads: Mutex<[pthread_t]> = Mutex([])
  private let capacity: Int

  /// - Parameters:
  ///   - threads: how many.
  ///   - capacity: how many calls may wait; one more is refused with `BlockingPoolError.full`.
  package init(name: String, threads count: Int, capacity: Int = 10_000) throws(LoopError) {
    self.capacity = capacity
    for index in 0..<count {
      guard let thread = startThread(name: count == 1 ? name : "\(name)-\(index)", { [self] in serve() }) else {
        throw LoopError.noThread
      }
      threads.withLock { $0.append(thread) }
    }
  }

  /// Runs `body` on one of the threads and waits for it without blocking.
  ///
  /// - Throws: what `body` throws; `BlockingPoolError`.
  package func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      do {
        try submit { continuation.resume(with: Swift.Result { try body() }) }
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }

  /// Queues `body` and returns.
  package func submit(_ body: @escaping @Sendable () -> Void) throws(BlockingPoolError) {
    let refusal: BlockingPoolError? = state.withLock { state in
      if state.stopped { return .stopped }
      if state.queue.count >= capacity { return .full }
      state.queue.append(body)
      return nil
    }
    if let refusal { throw refusal }
    gate.signal()
  }

  /// Runs a part of a task. Unlike a call it is never refused, as nobody would hear of it.
  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isQueued = state.withLock { state in
      guard !state.stopped else { return false }
      state.queue.append { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
      return true
    }
    if isQueued { gate.signal() } else { job.runSynchronously(on: asUnownedTaskExecutor()) }
  }

  /// Runs `body` on one of the threads while the caller goes on, who waits for it later by blocking: only for threads that may.
  package func start<Result: Sendable>(
    _ body: @escaping @Sendable () -> Result
  ) throws(BlockingPoolError) -> BlockingCall<Result> {
    let call = BlockingCall<Result>()
    try submit { call.end(body()) }
    return call
  }

  /// Runs what is queued, then ends the threads. A thread of the pool that calls this ends after what it is doing.
  package func stop() {
    state.withLock { $0.stopped = true }
    let ending = threads.withLock { threads in
      defer { threads = [] }
      return threads
    }
    for _ in ending { gate.signal() }
    for thread in ending {
      if pthread_equal(thread, pthread_self()) == 0 { pthread_join(thread, nil) } else { pthread_detach(thread) }
    }
  }

  private func serve() {
    while true {
      gate.wait()
      let (call, stopped) = state.withLock { state in
        (state.queue.isEmpty ? nil : state.queue.removeFirst(), state.stopped)
      }
      if let call {
        call()
      } else if stopped {
        return
      }
    }
  }
}

package enum BlockingPoolError: Error, Sendable {
  /// As many calls wait as may; the caller should answer 503.
  case full
  case stopped
}

/// A call that runs on another thread.
package final class BlockingCall<Result: Sendable>: Sendable {
  private let result = Mutex<Result?>(nil)
  private let gate = Gate()

  fileprivate func end(_ value: Result) {
    result.withLock { $0 = value }
    gate.signal()
  }

  /// Blocks until the call has ended. To be called once.
  package func wait() -> Result {
    while true {
      gate.wait()
      if let value = result.withLock({ $0 }) { return value }
    }
  }
}

/// A counting semaphore.
private final class Gate: Sendable {
  /// Written once in `init`; the calls on it are thread-safe.
  private nonisolated(unsafe) let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func signal() { sem_post(semaphore) }

  func wait() { while sem_wait(semaphore) != 0 {} }
}
