import Core
import EventLoop
import Glibc
import Synchronization

/// Listens on one port with every loop it is given. Once started it lives until it is drained, which must be before its
/// loops stop.
package final class Server: Sendable {
  /// Called once for each answer, on a loop: it must not block and should be cheap.
  package typealias Observer = @Sendable (Exchange) -> Void

  /// The numeric address it is bound to.
  package let address: String
  package let port: UInt16
  package let isTLS: Bool

  private let files: TLSFiles?
  private let tls: TLSHolder
  private let listeners: [Listener]
  private let shared: ServerShared
  private let wasCut = Atomic(false)

  /// Binds, and accepts from when it returns.
  ///
  /// - Parameters:
  ///   - loops: at least one; each has a listening socket of its own, all on the same port.
  ///   - observe: see `Observer`.
  /// - Throws: `ServerError`; nothing is left open then.
  package static func start(
    _ configuration: ServerConfiguration, loops: [Loop], handler: any RequestHandler,
    time: any TimeSource = SystemTime(),
    random: any RandomSource = SystemRandom(), observe: Observer? = nil
  ) throws(ServerError) -> Server {
    let server = try Server(configuration, loops: loops, handler: handler, time: time, random: random, observe: observe)
    for listener in server.listeners { listener.loop.run { listener.attach() } }
    return server
  }

  private init(
    _ configuration: ServerConfiguration, loops: [Loop], handler: any RequestHandler, time: any TimeSource,
    random: any RandomSource, observe: Observer?
  ) throws(ServerError) {
    precondition(!loops.isEmpty)
    let wanted = try SocketAddress(configuration.address, port: configuration.port)
    guard configuration.tls != nil || configuration.insecureHTTP || wanted.isLoopback else {
      throw .plainHTTPOutsideLoopback(address: configuration.address)
    }
    let tls = TLSHolder(try configuration.tls.map { files throws(ServerError) in try TLSContext(files) })
    allowManyDescriptors()
    let (sockets, bound) = try ListeningSocket.open(
      configuration.address, port: configuration.port, count: loops.count)
    address = bound.text
    port = bound.port
    isTLS = configuration.tls != nil
    files = configuration.tls
    self.tls = tls
    let shared = ServerShared(
      handler: handler, time: time, random: random, observe: observe,
      limiter: ConnectionLimiter(configuration.limits), tls: { tls.context })
    self.shared = shared
    listeners = zip(sockets, loops).map { Listener(socket: $0, loop: $1, limits: configuration.limits, shared: shared) }
  }

  /// `http://127.0.0.1:8080`, without a slash at the end.
  package var url: String {
    "\(isTLS ? "https" : "http")://\(address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]" : address):\(port)"
  }

  package var counters: ServerCounters { shared.limiter.counters }

  /// Holds connections and requests to other limits: each request to those of when it begins, deadlines at once.
  /// Connections that are too many by now stay open.
  package func apply(_ limits: ServerLimits) {
    shared.limiter.apply(limits)
    for listener in listeners { listener.loop.run { listener.limits = limits } }
  }

  /// Reads the certificate and key files again, for connections from now on. Does nothing without TLS.
  ///
  /// - Throws: `ServerError.tls`; the old certificate stays in use then.
  package func reloadTLS() throws(ServerError) {
    guard let files else { return }
    tls.context = try TLSContext(files)
  }

  /// Stops accepting, answers what was asked with `Connection: close`, closes what is idle, and returns when every
  /// connection is gone. After `deadline` the rest is cut.
  ///
  /// - Returns: whether all were gone in time.
  @discardableResult
  package func drain(deadline: Duration) async -> Bool {
    let time = shared.time
    let cut = Task { [self] in
      try await time.sleep(for: deadline)
      wasCut.store(true, ordering: .relaxed)
      for listener in listeners { listener.loop.run { listener.closeAll() } }
    }
    await withTaskGroup { group in
      for listener in listeners {
        group.addTask {
          await withCheckedContinuation { done in
            listener.loop.run { listener.drain { done.resume() } }
          }
        }
      }
    }
    cut.cancel()
    return !wasCut.load(ordering: .relaxed)
  }

  /// Looks at all deadlines now instead of at the next tick, after reading what has arrived; for tests that move their
  /// clock.
  func sweep() async {
    for listener in listeners {
      await withCheckedContinuation { done in
        listener.loop.run { listener.sweepAfterReading { done.resume() } }
      }
    }
  }
}

/// The context that new connections use.
private final class TLSHolder: Sendable {
  private let state: Mutex<TLSContext?>

  init(_ context: TLSContext?) {
    state = Mutex(context)
  }

  var context: TLSContext? {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}

/// Distributions give a process 1,024 descriptors unless it asks for what it may have.
private func allowManyDescriptors() {
  var limit = rlimit()
  guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
  limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 65_536))
  setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
