import CEvent
import Core
import EventLoop
import Glibc
import Synchronization

/// What the listeners of one server have in common.
struct ServerShared: Sendable {
  let handler: any RequestHandler
  let time: any TimeSource
  let random: any RandomSource
  let observe: Server.Observer?
  let limiter: ConnectionLimiter
  /// Replaced when the certificate is; nil means plain HTTP.
  let tls: @Sendable () -> TLSContext?
}

/// The listening socket of one loop and the connections that came by it.
///
/// `@unchecked Sendable`: all its state, and that of its connections, is used on the thread of `loop` only.
final class Listener: @unchecked Sendable {
  let loop: Loop
  let shared: ServerShared
  let identifiers: IdentifierSource
  let random: BufferedRandom
  let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
  var writer = ResponseWriter()
  private(set) var isDraining = false
  /// What connections and requests are held to from now on; each loop has its own copy, so that reading it costs nothing.
  var limits: ServerLimits

  private var socket: Int32
  private var acceptEvent: OpaquePointer?
  private var sweepEvent: OpaquePointer?
  private var acceptIsPaused = false
  private var connections: [Connection] = []
  /// Connections that are only told that there are too many.
  private var turnedAway = 0
  private var whenEmpty: [() -> Void] = []

  /// How often deadlines are looked at: one timer a loop instead of one a request.
  private static let sweepMicroseconds = 250_000
  private static let turnedAwayAtOnce = 64

  init(socket: Int32, loop: Loop, limits: ServerLimits, shared: ServerShared) {
    self.socket = socket
    self.loop = loop
    self.limits = limits
    self.shared = shared
    random = BufferedRandom(shared.random)
    identifiers = IdentifierSource(time: shared.time, random: random)
  }

  deinit {
    readBuffer.deallocate()
  }

  /// Begins to accept. The events own the listener until it is drained.
  func attach() {
    let context = Unmanaged.passRetained(self).toOpaque()
    acceptEvent = event_new(loop.base, socket, Int16(EV_READ | EV_PERSIST), acceptCallback, context)
    sweepEvent = event_new(loop.base, -1, Int16(EV_PERSIST), sweepCallback, context)
    var interval = timeval(tv_sec: 0, tv_usec: Self.sweepMicroseconds)
    event_add(acceptEvent, nil)
    event_add(sweepEvent, &interval)
  }

  /// Closes what has not answered or asked in time. Called by the timer, and by tests that moved their clock.
  func sweep() {
    if acceptIsPaused, acceptEvent != nil {
      acceptIsPaused = false
      event_add(acceptEvent, nil)
    }
    let now = shared.time.uptime
    // From the end: a connection that closes is replaced by the last one, which was seen already.
    for index in connections.indices.reversed() where index < connections.count { connections[index].sweep(now) }
  }

  /// Sweeps once the loop has asked the system for events again: what had arrived by now has been read then.
  func sweepAfterReading(_ done: @escaping @Sendable () -> Void) {
    // Of no time at all, libevent would make none of its own.
    var soon = timeval(tv_sec: 0, tv_usec: 1)
    let context = Unmanaged.passRetained(DeferredSweep(listener: self, done: done)).toOpaque()
    event_base_once(loop.base, -1, Int16(EV_TIMEOUT), deferredSweepCallback, context, &soon)
  }

  fileprivate func accept() {
    for _ in 0..<64 where socket >= 0 {
      var client: Int32 = -1
      let found = SocketAddress { address, length in
        client = Glibc.accept(socket, address, length)
        return client >= 0
      }
      if let found {
        open(client, found)
        continue
      }
      switch errno {
      case EINTR, ECONNABORTED: continue
      case EMFILE, ENFILE, ENOBUFS, ENOMEM:
        // The connection stays in the queue and the socket readable: without a pause this would spin.
        shared.limiter.noteAcceptFailure()
        event_del(acceptEvent)
        acceptIsPaused = true
        return
      default: return
      }
    }
  }

  private func open(_ socket: Int32, _ address: SocketAddress) {
    evutil_make_socket_nonblocking(socket)
    evutil_make_socket_closeonexec(socket)
    var on: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    let tls = shared.tls()
    let admitted = shared.limiter.admit(address.client)
    // A flood is not answered, and neither is a client whose handshake would cost more than the answer.
    guard admitted || (tls == nil && turnedAway < Self.turnedAwayAtOnce) else {
      close(socket)
      return
    }
    let session = tls?.makeSession(on: socket)
    guard (session == nil) == (tls == nil) else {
      shared.limiter.release(address.client)
      close(socket)
      return
    }
    let connection = Connection(
      Transport(socket: socket, session: session), peer: Peer(address: address.text, isTLS: tls != nil),
      client: admitted ? address.client : nil, listener: self, slot: connections.count)
    connections.append(connection)
    connection.attach()
    if !admitted {
      turnedAway += 1
      connection.refuse(.tooManyConnections)
    }
  }

  func remove(_ connection: Connection) {
    let last = connections.removeLast()
    if last !== connection {
      connections[connection.slot] = last
      last.slot = connection.slot
    }
    if let client = connection.client { shared.limiter.release(client) } else { turnedAway -= 1 }
    if isDraining, connections.isEmpty { finish() }
  }

  // MARK: - Ending

  /// Stops accepting, closes what is idle and lets the rest answer what it was asked.
  func drain(_ done: @escaping @Sendable () -> Void) {
    whenEmpty.append(done)
    if !isDraining {
      accept()
      isDraining = true
      stopAccepting()
      // Reading once more finds the requests that have arrived but were not seen yet.
      for connection in Array(connections) where connection.isIdle { connection.readable() }
      for connection in Array(connections) where connection.isIdle { connection.close() }
    }
    if connections.isEmpty { finish() }
  }

  func closeAll() {
    for connection in Array(connections) { connection.close() }
  }

  private func stopAccepting() {
    event_free(acceptEvent)
    acceptEvent = nil
    close(socket)
    socket = -1
  }

  private func finish() {
    if sweepEvent != nil {
      event_free(sweepEvent)
      sweepEvent = nil
      Unmanaged.passUnretained(self).release()
    }
    let waiting = whenEmpty
    whenEmpty = []
    for done in waiting { done() }
  }
}

private final class DeferredSweep {
  let listener: Listener
  let done: @Sendable () -> Void

  init(listener: Listener, done: @escaping @Sendable () -> Void) {
    self.listener = listener
    self.done = done
  }
}

private nonisolated func deferredSweepCallback(_: Int32, _: Int16, context: UnsafeMutableRawPointer?) {
  guard let context else { return }
  let sweep = Unmanaged<DeferredSweep>.fromOpaque(context).takeRetainedValue()
  sweep.listener.sweep()
  sweep.done()
}

private nonisolated func acceptCallback(_: Int32, _: Int16, context: UnsafeMutableRawPointer?) {
  context.map { Unmanaged<Listener>.fromOpaque($0).takeUnretainedValue().accept() }
}

private nonisolated func sweepCallback(_: Int32, _: Int16, context: UnsafeMutableRawPointer?) {
  context.map { Unmanaged<Listener>.fromOpaque($0).takeUnretainedValue().sweep() }
}
