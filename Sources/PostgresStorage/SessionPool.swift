import Core
import Storage
import Synchronization

/// Connections that are not in use, and when a server that did not answer may be asked again.
final class SessionPool: Sendable {
  private struct State {
    var idle: [PostgresSession] = []
    var closed = false
    var failures = 0
    var askAgainAt: Duration = .zero
    var lastError: DatabaseError?
  }

  private static let shortestPause = Duration.milliseconds(100)
  private static let longestPause = Duration.seconds(5)

  private let state = Mutex(State())
  private let connect: @Sendable () throws(DatabaseError) -> PostgresSession
  private let time: any TimeSource
  private let random: any RandomSource

  init(
    connect: @escaping @Sendable () throws(DatabaseError) -> PostgresSession, time: any TimeSource,
    random: any RandomSource
  ) {
    self.connect = connect
    self.time = time
    self.random = random
  }

  func borrow() throws(DatabaseError) -> PostgresSession {
    enum Choice { case use(PostgresSession), refuse(DatabaseError), connect }
    let now = time.uptime
    let choice: Choice = state.withLock { state in
      if let session = state.idle.popLast() { return .use(session) }
      if now < state.askAgainAt, let error = state.lastError { return .refuse(error) }
      return .connect
    }
    switch choice {
    case .use(let session): return session
    case .refuse(let error): throw error
    case .connect: return try connectNow()
    }
  }

  /// A session that was lost is dropped, and with it those that idle: they go the same way when a server goes.
  func giveBack(_ session: PostgresSession) {
    let discarded: [PostgresSession] = state.withLock { state in
      if session.isUsable, !state.closed {
        state.idle.append(session)
        return []
      }
      defer { state.idle = [] }
      return state.idle + [session]
    }
    for session in discarded { session.finish() }
  }

  func close() {
    let idle = state.withLock { state in
      state.closed = true
      defer { state.idle = [] }
      return state.idle
    }
    for session in idle { session.finish() }
  }

  private func connectNow() throws(DatabaseError) -> PostgresSession {
    do {
      let session = try connect()
      state.withLock { ($0.failures, $0.lastError) = (0, nil) }
      return session
    } catch {
      let jitter = 0.5 + random.fraction() / 2
      let now = time.uptime
      state.withLock { state in
        let pause = min(Self.longestPause, Self.shortestPause * (1 << min(state.failures, 10)))
        state.failures += 1
        state.askAgainAt = now + pause * jitter
        state.lastError = error
      }
      throw error
    }
  }
}
