import CEvent
import Glibc

/// The loop that runs on this thread, kept in a thread-specific slot of pthreads.
struct CurrentLoopKey: Sendable {
  private let key: pthread_key_t

  init() {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    self.key = key
  }

  var loop: Loop? {
    get { pthread_getspecific(key).map { Unmanaged<Loop>.fromOpaque($0).takeUnretainedValue() } }
    nonmutating set {
      pthread_setspecific(key, newValue.map { UnsafeRawPointer(Unmanaged.passUnretained($0).toOpaque()) })
    }
  }
}

let currentLoopKey = CurrentLoopKey()

private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Starts a thread with all signals blocked, so that they reach the thread that waits for them; nil if there are no more
/// threads to be had.
///
/// - Parameter name: what `top -H` shows; 15 bytes at most are kept.
func startThread(name: String, _ body: @escaping @Sendable () -> Void) -> pthread_t? {
  var all = sigset_t()
  var before = sigset_t()
  sigfillset(&all)
  pthread_sigmask(SIG_BLOCK, &all, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  let box = Unmanaged.passRetained(ThreadBody(body))
  var thread = pthread_t()
  let result = pthread_create(
    &thread, nil,
    { context in
      Unmanaged<ThreadBody>.fromOpaque(context!).takeRetainedValue().run()
      return nil
    }, box.toOpaque())
  guard result == 0 else {
    box.release()
    return nil
  }
  ringback_name_thread(thread, String(name.prefix(15)))
  return thread
}
