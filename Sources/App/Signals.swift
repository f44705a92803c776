import Glibc
import Synchronization

/// The signals that `serve` answers to: SIGTERM and SIGINT end it, SIGHUP has it read its configuration again.
///
/// They are blocked in every thread; the main thread takes them with `sigwait` while it waits for the verb to end. There
/// is no signal handler, so nothing has to be async-signal-safe.
enum Signals {
  enum Kind: Sendable {
    case terminate
    case reload
  }

  private static let state = Mutex<(feed: AsyncStream<Kind>.Continuation?, defaultsApply: Bool)>((nil, true))
  private static let lastAct = Mutex<(@Sendable () -> Void)?>(nil)

  private static let handled: sigset_t = {
    var set = sigset_t()
    sigemptyset(&set)
    for number in [SIGTERM, SIGINT, SIGHUP, SIGUSR2] { sigaddset(&set, number) }
    return set
  }()

  static func block() {
    var set = handled
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// The signals from now on. Until this is called they end the process, as they do by default.
  static func stream() -> AsyncStream<Kind> {
    let (stream, feed) = AsyncStream.makeStream(of: Kind.self, bufferingPolicy: .bufferingNewest(16))
    state.withLock { $0 = (feed, false) }
    return stream
  }

  /// What is done on the main thread before a signal ends the process, such as giving a terminal its mode back.
  static func beforeEnding(_ act: @escaping @Sendable () -> Void) {
    lastAct.withLock { $0 = act }
  }

  /// What the main thread waits on: opened by the verb's task, and passing signals on meanwhile.
  final class Latch: Sendable {
    private let isOpen = Mutex(false)
    private let waiter = pthread_self()

    /// Wakes the waiting thread with a signal that means nothing else.
    func open() {
      isOpen.withLock { $0 = true }
      pthread_kill(waiter, SIGUSR2)
    }

    func wait() {
      var set = Signals.handled
      while !isOpen.withLock({ $0 }) {
        var number: Int32 = 0
        guard sigwait(&set, &number) == 0 else { continue }
        Signals.deliver(number)
      }
    }
  }

  private static func deliver(_ number: Int32) {
    guard number != SIGUSR2 else { return }
    let (feed, defaultsApply) = state.withLock { $0 }
    if defaultsApply {
      lastAct.withLock { $0 }?()
      signal(number, SIG_DFL)
      var set = sigset_t()
      sigemptyset(&set)
      sigaddset(&set, number)
      pthread_sigmask(SIG_UNBLOCK, &set, nil)
      raise(number)
    } else {
      feed?.yield(number == SIGHUP ? .reload : .terminate)
    }
  }
}
