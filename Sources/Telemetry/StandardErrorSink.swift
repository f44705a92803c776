import Core
import Glibc
import Synchronization

/// Writes lines to standard error on a thread of its own, so that a slow reader of the log never holds a request up.
/// What does not fit its bounded buffer is dropped and counted, and the log itself says how many.
///
/// The first line is written at once. After it the thread naps for some milliseconds and then writes what has gathered:
/// under load it would otherwise be woken for every few lines, which costs the requests more than the lines do.
package final class StandardErrorSink: Sendable {
  private struct State {
    var buffer: [UInt8] = []
    var dropped = 0
    var reported = 0
    /// The thread is asleep and must be woken.
    var isIdle = true
    var isClosing = false
  }

  private let state = Mutex(State())
  private let capacity: Int
  private let descriptor: Int32
  private let wake: Int32
  private let wakeable: Int32
  private let thread = Mutex<pthread_t?>(nil)

  /// - Parameters:
  ///   - capacity: bytes that may wait.
  ///   - descriptor: where to write; standard error unless a test says otherwise. Not closed here.
  package init(capacity: Int = 4 << 20, descriptor: Int32 = STDERR_FILENO) {
    self.capacity = capacity
    self.descriptor = descriptor
    var ends: [Int32] = [-1, -1]
    precondition(pipe(&ends) == 0, "no file descriptors are left for the log's pipe")
    (wakeable, wake) = (ends[0], ends[1])
    let started = startThread(self)
    thread.withLock { $0 = started }
  }

  /// How many lines did not fit.
  package var droppedLines: Int { state.withLock { $0.dropped } }

  /// Takes one line with its line feed. Never blocks.
  package func write(_ line: [UInt8]) {
    let mustWake = state.withLock { state in
      guard !state.isClosing, state.buffer.count + line.count <= capacity else {
        state.dropped += 1
        return false
      }
      state.buffer += line
      defer { state.isIdle = false }
      return state.isIdle
    }
    if mustWake { signal() }
  }

  /// Writes what waits, for at most two seconds, and ends the thread. Blocks: call it last, from `main`.
  package func close() {
    state.withLock { $0.isClosing = true }
    guard let thread = thread.withLock({ $0.take() }) else { return }
    signal()
    pthread_join(thread, nil)
    Glibc.close(wake)
    Glibc.close(wakeable)
  }

  private func signal() {
    var byte: UInt8 = 1
    _ = Glibc.write(wake, &byte, 1)
  }

  // MARK: - On the thread

  private static let nap: Int32 = 5

  fileprivate func run() {
    var bytes: [UInt8] = []
    while true {
      bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 18)
      let isClosing = takeAll(into: &bytes)
      if !bytes.isEmpty {
        put(bytes)
        // Nobody signals meanwhile but `close`.
        var entry = pollfd(fd: wakeable, events: Int16(POLLIN), revents: 0)
        if !isClosing { poll(&entry, 1, Self.nap) }
      } else if isClosing {
        return
      } else {
        var byte: UInt8 = 0
        _ = read(wakeable, &byte, 1)
      }
    }
  }

  /// - Parameter bytes: empty; its room is what the next lines gather in.
  /// - Returns: whether the sink is being closed.
  private func takeAll(into bytes: inout [UInt8]) -> Bool {
    state.withLock { state in
      swap(&bytes, &state.buffer)
      if state.dropped > state.reported {
        bytes +=
          Array(
            #"{"level":"warning","message":"log lines dropped","count":\#(state.dropped - state.reported)}"#.utf8) + [
            0x0A
          ]
        state.reported = state.dropped
      }
      state.isIdle = bytes.isEmpty
      return state.isClosing
    }
  }

  /// At most `PIPE_BUF` bytes at a time: so much can be written without blocking once `poll` says that a pipe takes some.
  private func put(_ bytes: [UInt8]) {
    var position = 0
    var patience = 20
    while position < bytes.count {
      var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      guard poll(&entry, 1, 100) == 1 else {
        if state.withLock({ $0.isClosing }) { patience -= 1 }
        if patience == 0 { return }
        continue
      }
      let count = bytes[position...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, min($0.count, 4_096)) }
      if count > 0 {
        position += count
      } else if errno != EINTR && errno != EAGAIN {
        return
      }
    }
  }
}

/// The thread holds the sink until it ends.
private func startThread(_ sink: StandardErrorSink) -> pthread_t {
  var thread = pthread_t()
  let held = Unmanaged.passRetained(sink)
  let failure = pthread_create(
    &thread, nil,
    { context in
      guard let context else { return nil }
      Unmanaged<StandardErrorSink>.fromOpaque(context).takeRetainedValue().run()
      return nil
    }, held.toOpaque())
  precondition(failure == 0, "the thread of the log did not start: \(failure)")
  return thread
}
