import CEvent
import Core
import Glibc
import Synchronization

/// A thread that waits for sockets and timers with libevent and runs Swift tasks in between.
///
/// Tasks started with `Task(executorPreference: loop)` run and resume on the thread, so that code of one connection
/// never changes threads and an actor call costs nanoseconds instead of a wake-up. Nothing on a loop may block.
package final class Loop: TaskExecutor, Sendable {
  private struct State {
    var jobs: [UnownedJob] = []
    var work: [@Sendable () -> Void] = []
    var wakeUpIsDue = false
    var stopped = false
  }

  /// libevent's state. Used on the loop's thread only, except for `event_active`, which locks.
  package nonisolated(unsafe) let base: OpaquePointer
  private nonisolated(unsafe) let wakeUp: OpaquePointer
  private let state = Mutex(State())
  private let thread: Mutex<pthread_t?> = Mutex(nil)

  /// Starts the thread.
  ///
  /// - Throws: `LoopError` when the system has no more threads or file descriptors.
  package init(name: String) throws(LoopError) {
    _ = Self.libraryIsReady
    guard let base = event_base_new() else { throw LoopError.noEventBase }
    self.base = base
    let box = Unmanaged.passRetained(WeakLoop())
    guard let wakeUp = event_new(base, -1, Int16(EV_PERSIST), wakeUpCallback, box.toOpaque()) else {
      throw LoopError.noEventBase
    }
    self.wakeUp = wakeUp
    event_add(wakeUp, nil)
    box.takeUnretainedValue().loop = self
    let started = startThread(name: name) { [self] in run() }
    guard let started else { throw LoopError.noThread }
    thread.withLock { $0 = started }
  }

  /// libevent keeps its locks itself once it is told that there are threads.
  private static let libraryIsReady: Void = {
    _ = evthread_use_pthreads()
    signal(SIGPIPE, SIG_IGN)
  }()

  /// The loop whose thread this is, if any.
  package static var current: Loop? {
    currentLoopKey.loop
  }

  package var isCurrent: Bool { Loop.current === self }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    wake { $0.jobs.append(job) }
  }

  /// Runs `work` on the loop's thread, soon. From any thread.
  package func run(_ work: @escaping @Sendable () -> Void) {
    wake { $0.work.append(work) }
  }

  /// Ends the thread once what is queued has run. Tasks that are still suspended stay so.
  package func stop() {
    wake { $0.stopped = true }
    guard !isCurrent else { return }
    if let joined = thread.withLock({ thread in
      defer { thread = nil }
      return thread
    }) {
      pthread_join(joined, nil)
    }
  }

  private func wake(after change: (inout State) -> Void) {
    let mustWake = state.withLock { state in
      change(&state)
      defer { state.wakeUpIsDue = true }
      return !state.wakeUpIsDue
    }
    if mustWake { event_active(wakeUp, 0, 0) }
  }

  /// Runs what is queued, and what that queues, up to a bound, so that sockets are served in between.
  fileprivate func drain() {
    for _ in 0..<64 {
      let (jobs, work, stopped) = state.withLock { state in
        defer { (state.jobs, state.work) = ([], []) }
        if state.jobs.isEmpty, state.work.isEmpty { state.wakeUpIsDue = false }
        return (state.jobs, state.work, state.stopped)
      }
      if jobs.isEmpty, work.isEmpty {
        if stopped { event_base_loopbreak(base) }
        return
      }
      for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
      for item in work { item() }
    }
    event_active(wakeUp, 0, 0)
    // Without this, libevent would call what is active again before it looks at sockets and timers.
    event_base_loopcontinue(base)
  }

  private func run() {
    currentLoopKey.loop = self
    event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY)
    currentLoopKey.loop = nil
  }
}

package enum LoopError: Error, Sendable {
  case noEventBase
  case noThread
}

/// What the C callback is given; lives as long as the process, as loops do.
private final class WeakLoop {
  weak var loop: Loop?
}

private nonisolated func wakeUpCallback(_: Int32, _: Int16, context: UnsafeMutableRawPointer?) {
  guard let context else { return }
  Unmanaged<WeakLoop>.fromOpaque(context).takeUnretainedValue().loop?.drain()
}
