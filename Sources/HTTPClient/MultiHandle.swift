import CCurl
import CEvent
import Core
import EventLoop
import Glibc
import HTTPMessages
import Synchronization

/// The transfers of one client: libcurl's multi handle, told by libevent which sockets are ready.
///
/// Unchecked because everything after `init` happens on the thread of `loop`.
final class MultiHandle: @unchecked Sendable {
  private let base: OpaquePointer
  private let options: Client.Options
  private let multi: UnsafeMutableRawPointer
  /// When libcurl wants to be called next.
  private var timer: OpaquePointer?
  private var running: [UnsafeMutableRawPointer: Transfer] = [:]
  private var idle: [Transfer] = []
  private var isShuttingDown = false
  private var isClosed = false
  private var graceTimer: OpaquePointer?
  private var whenClosed: [@Sendable () -> Void] = []

  private static let libraryIsReady: Void = { _ = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()

  init(loop: Loop, options: Client.Options) throws(LoopError) {
    _ = Self.libraryIsReady
    guard let multi = curl_multi_init() else { throw LoopError.noEventBase }
    base = loop.base
    self.multi = multi
    self.options = options
    let context = Unmanaged.passUnretained(self).toOpaque()
    timer = event_new(base, -1, 0, timerFired, context)
    ringback_curl_multi_setopt_socket_callback(multi, socketWanted)
    ringback_curl_multi_setopt_pointer(multi, CURLMOPT_SOCKETDATA, context)
    ringback_curl_multi_setopt_timer_callback(multi, timerWanted)
    ringback_curl_multi_setopt_pointer(multi, CURLMOPT_TIMERDATA, context)
    ringback_curl_multi_setopt_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, options.connectionsPerHost)
    ringback_curl_multi_setopt_long(multi, CURLMOPT_MAXCONNECTS, options.idleConnections)
  }

  func start(_ request: OutgoingRequest, ticket: Ticket, _ continuation: CheckedContinuation<Answer, Never>) {
    guard !ticket.cancelled.load(ordering: .acquiring) else {
      return continuation.resume(returning: .failure(.cancelled))
    }
    guard !isShuttingDown, let transfer = idle.popLast() ?? Transfer(base: base, owner: self, options: options) else {
      let reason = isShuttingDown ? "the client is shutting down" : "no memory for the transfer"
      return continuation.resume(returning: .failure(.notSent(reason: reason)))
    }
    ticket.transfer = transfer
    running[transfer.easy] = transfer
    transfer.prepare(request, continuation)
    curl_multi_add_handle(multi, transfer.easy)
    act(CURL_SOCKET_BAD, 0)
  }

  func cancel(_ ticket: Ticket) {
    if let transfer = ticket.transfer { abort(transfer, .cancelled) }
  }

  /// Takes the transfer out, which closes its connection, and answers the caller.
  func abort(_ transfer: Transfer, _ error: HTTPClientError) {
    end(transfer, .failure(error))
    act(CURL_SOCKET_BAD, 0)
  }

  func shutdown(grace: Duration, _ done: @escaping @Sendable () -> Void) {
    if isClosed { return done() }
    whenClosed.append(done)
    isShuttingDown = true
    if running.isEmpty { return close() }
    guard graceTimer == nil else { return }
    graceTimer = event_new(base, -1, 0, graceIsOver, Unmanaged.passUnretained(self).toOpaque())
    var wait = timeval(grace)
    event_add(graceTimer, &wait)
  }

  /// Aborts what is under way and frees everything.
  func close() {
    guard !isClosed else { return }
    (isShuttingDown, isClosed) = (true, true)
    for transfer in running.values { end(transfer, .failure(.interrupted(reason: "the client was shut down"))) }
    for transfer in idle { transfer.free() }
    idle = []
    curl_multi_cleanup(multi)
    for event in [timer, graceTimer] { if let event { event_free(event) } }
    (timer, graceTimer) = (nil, nil)
    for done in whenClosed { done() }
    whenClosed = []
  }

  private func end(_ transfer: Transfer, _ answer: Answer) {
    guard running.removeValue(forKey: transfer.easy) != nil else { return }
    curl_multi_remove_handle(multi, transfer.easy)
    let continuation = transfer.finish()
    if !isClosed, idle.count < options.connectionsPerHost { idle.append(transfer) } else { transfer.free() }
    continuation?.resume(returning: answer)
  }

  /// Tells libcurl that a socket is ready or that time has passed, and takes out what is done.
  fileprivate func act(_ socket: curl_socket_t, _ flags: Int32) {
    guard !isClosed else { return }
    var count: Int32 = 0
    curl_multi_socket_action(multi, socket, flags, &count)
    while let message = curl_multi_info_read(multi, &count) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
        let transfer = running[easy]
      else { continue }
      end(transfer, transfer.answer(message.pointee.data.result))
    }
    if isShuttingDown, running.isEmpty { close() }
  }

  fileprivate func wantTimer(milliseconds: Int) {
    guard let timer else { return }
    guard milliseconds >= 0 else {
      event_del(timer)
      return
    }
    var wait = timeval(.milliseconds(milliseconds))
    event_add(timer, &wait)
  }

  fileprivate func wantSocket(_ socket: curl_socket_t, _ what: Int32, _ known: OpaquePointer?) {
    if let known { event_del(known) }
    guard what != CURL_POLL_REMOVE else {
      if let known { event_free(known) }
      curl_multi_assign(multi, socket, nil)
      return
    }
    var flags = EV_PERSIST
    if what & CURL_POLL_IN != 0 { flags |= EV_READ }
    if what & CURL_POLL_OUT != 0 { flags |= EV_WRITE }
    let context = Unmanaged.passUnretained(self).toOpaque()
    if let known {
      event_assign(known, base, socket, Int16(flags), socketReady, context)
      event_add(known, nil)
    } else if let event = event_new(base, socket, Int16(flags), socketReady, context) {
      curl_multi_assign(multi, socket, UnsafeMutableRawPointer(event))
      event_add(event, nil)
    }
  }
}

func timeval(_ duration: Duration) -> timeval {
  let microseconds = max(0, duration.wholeMicroseconds)
  return Glibc.timeval(tv_sec: Int(microseconds / 1_000_000), tv_usec: Int(microseconds % 1_000_000))
}

private func multiHandle(_ context: UnsafeMutableRawPointer?) -> MultiHandle? {
  context.map { Unmanaged<MultiHandle>.fromOpaque($0).takeUnretainedValue() }
}

private nonisolated func timerFired(_: Int32, _: Int16, context: UnsafeMutableRawPointer?) {
  multiHandle(context)?.act(CURL_SOCKET_BAD, 0)
}

private nonisolated func graceIsOver(_: Int32, _: Int16, context: UnsafeMutableRawPointer?) {
  multiHandle(context)?.close()
}

private nonisolated func socketReady(socket: Int32, what: Int16, context: UnsafeMutableRawPointer?) {
  var flags: Int32 = 0
  if Int32(what) & EV_READ != 0 { flags |= CURL_CSELECT_IN }
  if Int32(what) & EV_WRITE != 0 { flags |= CURL_CSELECT_OUT }
  multiHandle(context)?.act(socket, flags)
}

private nonisolated func timerWanted(
  _: UnsafeMutableRawPointer?, milliseconds: Int, context: UnsafeMutableRawPointer?
) -> Int32 {
  multiHandle(context)?.wantTimer(milliseconds: milliseconds)
  return 0
}

private nonisolated func socketWanted(
  _: UnsafeMutableRawPointer?, socket: curl_socket_t, what: Int32, context: UnsafeMutableRawPointer?,
  event: UnsafeMutableRawPointer?
) -> Int32 {
  multiHandle(context)?.wantSocket(socket, what, event.map { OpaquePointer($0) })
  return 0
}
