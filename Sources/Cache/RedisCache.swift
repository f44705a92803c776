import Core
import EventLoop
import Glibc
import Resilience
import Synchronization

/// A shared cache in Redis. Redis being down is not an error: everything is a miss, at once, while the connection is made
/// again in the background with growing pauses.
///
/// No call waits longer than `Options.timeout`, whatever Redis does.
package final class RedisCache: SharedCache {
  package struct Options: Sendable {
    package enum Address: Sendable, Hashable {
      case tcp(host: String, port: UInt16)
      case unix(path: String)
    }

    package var address: Address
    package var database = 0
    /// Nil signs in as the default user.
    package var user: String?
    /// Asked at every connection, so that a new password is seen without a restart.
    package var password: @Sendable () -> Redacted<String>? = { nil }
    /// Before every key, so that several installations can share a database.
    package var prefix = "ringback:"
    /// For a connection, and for a command with the time that it waits for its turn.
    package var timeout = Duration.milliseconds(50)
    /// Between attempts to connect.
    package var backoff = Backoff.exponential(base: .milliseconds(100), cap: .seconds(5))

    package init(address: Address) {
      self.address = address
    }
  }

  /// For metrics and for the log.
  package enum Event: Sendable, Hashable {
    case connected
    /// Why there is no connection; no secret, no key.
    case disconnected(reason: String)
  }

  private enum Link {
    case up
    case connecting
    /// Until then nothing is tried.
    case down(until: Duration)
  }

  private struct State {
    var link = Link.connecting
    var failures = 0
    var reason: String?
  }

  /// Answers of a replica after a fail-over, and of a server that is not ready: the name may lead elsewhere by now.
  private static let needsAnotherServer: Set<String> = ["READONLY", "MASTERDOWN", "LOADING"]

  private let options: Options
  private let time: any TimeSource
  private let random: any RandomSource
  private let observe: @Sendable (Event) -> Void
  private let pool: BlockingPool
  private let connection: RedisConnection
  private let state = Mutex(State())

  /// Starts a thread and connects in the background; until that is done everything is a miss.
  ///
  /// - Throws: `LoopError.noThread`.
  package init(
    _ options: Options, time: any TimeSource, random: any RandomSource = SystemRandom(),
    observe: @escaping @Sendable (Event) -> Void = { _ in }
  ) throws(LoopError) {
    self.options = options
    self.time = time
    self.random = random
    self.observe = observe
    pool = try BlockingPool(name: "redis", threads: 1, capacity: 2_000)
    connection = RedisConnection(options)
    try? pool.submit { [self] in connect() }
  }

  deinit {
    pool.stop()
  }

  package var isConnected: Bool {
    state.withLock { if case .up = $0.link { true } else { false } }
  }

  package func get(_ key: String) async -> [UInt8]? {
    guard case .value(let bytes) = await ask("GET", key) else { return nil }
    return bytes
  }

  package func set(_ key: String, _ value: [UInt8], lifetime: Duration) async {
    guard lifetime.wholeMilliseconds > 0 else { return await delete(key) }
    _ = await ask("SET", key, [value, Array("PX".utf8), Array(String(lifetime.wholeMilliseconds).utf8)])
  }

  package func delete(_ key: String) async {
    _ = await ask("DEL", key)
  }

  /// Ends the thread and the connection.
  package func stop() {
    try? pool.submit { [connection] in connection.close() }
    pool.stop()
  }

  private func ask(_ verb: String, _ key: String, _ rest: [[UInt8]] = []) async -> RedisConnection.Reply? {
    guard isUsable() else { return nil }
    let command = [Array(verb.utf8), Array((options.prefix + key).utf8)] + rest
    let latest = time.uptime + options.timeout
    return try? await pool.run { [self] in perform(command, latest: latest) }
  }

  /// On the pool's thread. What waited for most of its time is a miss, so that the queue empties at once behind a command
  /// that hangs.
  private func perform(_ command: [[UInt8]], latest: Duration) -> RedisConnection.Reply? {
    guard isConnected else { return nil }
    let left = latest - time.uptime
    guard left > options.timeout / 5 else { return nil }
    do throws(RedisConnection.Failure) {
      // To change the socket's limit costs two system calls, so small waits are let pass.
      let reply = try connection.ask(command, within: left > options.timeout * 9 / 10 ? options.timeout : left)
      if case .refused(let word) = reply, Self.needsAnotherServer.contains(word) { lost("it answered \(word)") }
      return reply
    } catch {
      lost("the connection was lost or did not answer in time")
      return nil
    }
  }

  /// Whether to ask; starts an attempt to connect when it is time for one.
  private func isUsable() -> Bool {
    let (isUp, mustConnect) = state.withLock { state in
      switch state.link {
      case .up: return (true, false)
      case .connecting: return (false, false)
      case .down(let until):
        guard time.uptime >= until else { return (false, false) }
        state.link = .connecting
        return (false, true)
      }
    }
    if mustConnect, (try? pool.submit { [self] in connect() }) == nil { lost("the cache was stopped") }
    return isUp
  }

  /// On the pool's thread.
  private func connect() {
    do throws(RedisConnection.Failure) {
      try connection.connect()
      state.withLock { $0 = State(link: .up) }
      observe(.connected)
    } catch {
      switch error {
      case .cannotConnect(let reason): lost("cannot connect: \(reason)")
      case .refused(let word): lost("it answered \(word)")
      case .lost: lost("the connection was lost during sign-in")
      }
    }
  }

  private func lost(_ reason: String) {
    let isNew = state.withLock { state in
      state.failures += 1
      let pause = options.backoff.delay(afterFailures: state.failures, random: random) ?? .seconds(5)
      state.link = .down(until: time.uptime + pause)
      defer { state.reason = reason }
      return state.reason != reason
    }
    if isNew { observe(.disconnected(reason: reason)) }
  }
}
