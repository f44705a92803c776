import Core
import Jobs
import Synchronization

/// One reader of the stream. Holds its place among those who may follow until it is released.
final class EventStream: Sendable {
  private struct State {
    /// The last event that was sent, or passed over.
    var after: Int64 = 0
    var lastSent: Duration
    var hasBegun = false
  }

  /// How many events are in one part at most: all that is in memory for a reader that is slow.
  private static let batch = 100

  private let tail: EventTail
  private let seat: Int
  private let signal: Signal
  private let types: [EventTypePattern]
  private let state: Mutex<State>

  init(tail: EventTail, seat: Int, signal: Signal, types: [EventTypePattern]) {
    self.tail = tail
    self.seat = seat
    self.signal = signal
    self.types = types
    state = Mutex(State(lastSent: tail.time.uptime))
  }

  deinit {
    tail.leave(seat)
  }

  /// Before the first part is asked for.
  func begin(after sequence: Int64) {
    state.withLock { $0.after = sequence }
  }

  /// The next part: events, or a heartbeat. Nil when the instance is being stopped.
  ///
  /// - Throws: `CancellationError` when the reader has gone, `DatabaseError`.
  func next() async throws -> [UInt8]? {
    let isFirst = state.withLock { state in
      defer { state.hasBegun = true }
      return !state.hasBegun
    }
    if isFirst { return ServerSentEvents.opening }
    while !tail.isClosed {
      try Task.checkCancellation()
      let after = state.withLock { $0.after }
      let page = try await tail.page(after: after, types: types, limit: Self.batch)
      state.withLock { $0.after = page.next }
      if !page.events.isEmpty { return sent(page.events.flatMap { ServerSentEvents.text($0, source: tail.source) }) }
      guard page.next == after else { continue }
      if tail.time.uptime - state.withLock({ $0.lastSent }) >= EventTail.heartbeat {
        return sent(ServerSentEvents.heartbeat)
      }
      await withTaskCancellationHandler {
        await signal.wait()
      } onCancel: {
        signal.raise()
      }
    }
    return nil
  }

  private func sent(_ part: [UInt8]) -> [UInt8] {
    state.withLock { $0.lastSent = tail.time.uptime }
    return part
  }
}
