import CEvent
import Core
import EventLoop
import HTTPMessages

/// One client: reads requests, has them answered one at a time and in order, writes the answers.
///
/// `@unchecked Sendable`: used on the thread of the listener's loop only; `answer` checks it, as that is where a task
/// comes back.
final class Connection: @unchecked Sendable {
  enum Phase {
    /// Between requests or within one.
    case reading
    case handling
    /// The system has not taken the whole answer yet.
    case writing
    /// The next part of a streamed answer is not there yet.
    case streaming
    /// The last answer is out; what still comes is dropped, so that the client can read that answer before the line is
    /// cut.
    case lingering
    case closed
  }

  /// The request that is being answered. Behind a reference, as it is handed around more than it is read.
  final class Current {
    let request: Request
    let began: Duration

    init(_ request: Request, began: Duration) {
      (self.request, self.began) = (request, began)
    }

    var isHTTP11: Bool { request.message.isHTTP11 }
    var keepsAlive: Bool { request.message.keepsAlive }
  }

  let peer: Peer
  /// What the limiter counts it under; nil for a connection that is only turned away.
  let client: UInt64?
  /// Its place among the listener's connections.
  var slot: Int

  let listener: Listener
  private let transport: Transport
  private var readEvent: OpaquePointer?
  private var writeEvent: OpaquePointer?
  var phase = Phase.reading
  private var parser: RequestParser
  var current: Current?
  var task: Task<Void, Never>?
  /// What the client sent ahead.
  private var pending: [UInt8] = []
  private var isConsuming = false
  private var isPaused = false
  var hasEnded = false
  private var readWaitsToWrite = false
  private var writeWaitsToRead = false
  var output: [UInt8] = []
  private var written = 0
  private var closesAfterWrite = false
  private var lingers = false
  private(set) var hasServed = false
  /// The answer that is written as it comes.
  var stream: OutgoingStream?

  /// When the present phase began, on `TimeSource.uptime`; of a request, its first byte and the end of its header.
  var since: Duration
  var bodySince: Duration?
  /// Body bytes read or answer bytes written since then.
  var moved = 0
  private var dropped = 0
  var movedLast: Duration

  var shared: ServerShared { listener.shared }

  init(_ transport: Transport, peer: Peer, client: UInt64?, listener: Listener, slot: Int) {
    self.transport = transport
    self.peer = peer
    self.client = client
    self.listener = listener
    self.slot = slot
    parser = RequestParser(
      limits: listener.limits.request,
      bodyLimit: { [handler = listener.shared.handler] in handler.bodyLimit($0, $1) })
    since = listener.shared.time.uptime
    movedLast = since
  }

  func attach() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    readEvent = event_new(
      listener.loop.base, transport.socket, Int16(EV_READ | EV_PERSIST), readCallback, context)
    writeEvent = event_new(listener.loop.base, transport.socket, Int16(EV_WRITE), writeCallback, context)
    event_add(readEvent, nil)
  }

  /// Nothing was asked that is not answered.
  var isIdle: Bool { phase == .reading && parser.isIdle && pending.isEmpty }

  func close() {
    guard phase != .closed else { return }
    phase = .closed
    task?.cancel()
    abandonStream()
    event_free(readEvent)
    event_free(writeEvent)
    transport.close()
    listener.remove(self)
  }
}

// MARK: - Reading

extension Connection {
  func readable() {
    if writeWaitsToRead {
      writeWaitsToRead = false
      flush()
    }
    repeat {
      guard phase != .closed, !isPaused || phase == .lingering else { return }
      switch transport.receive(into: listener.readBuffer) {
      case .bytes(let count): received(UnsafeRawBufferPointer(rebasing: listener.readBuffer[..<count]))
      case .waitsToRead: return
      case .waitsToWrite:
        readWaitsToWrite = true
        event_add(writeEvent, nil)
        return
      case .ended: return ended()
      case .failed:
        if peer.isTLS, !hasServed, parser.isIdle { shared.limiter.noteFailedHandshake() }
        return close()
      }
    } while transport.hasDecrypted
  }

  private func received(_ bytes: UnsafeRawBufferPointer) {
    if phase == .lingering || closesAfterWrite {
      dropped += bytes.count
      if dropped > listener.limits.lingeringBytes { close() }
      return
    }
    var taken = 0
    if phase == .reading, pending.isEmpty { taken = consume(bytes) }
    guard taken < bytes.count, phase != .closed, !closesAfterWrite else { return }
    pending.append(contentsOf: bytes[taken...])
    if pending.count > listener.limits.pipelinedBytes { pause() }
  }

  /// Parses and dispatches for as long as answers are ready at once.
  private func consume(_ bytes: UnsafeRawBufferPointer) -> Int {
    isConsuming = true
    defer { isConsuming = false }
    var position = 0
    while position < bytes.count, phase == .reading {
      if parser.isIdle {
        since = shared.time.uptime
        parser.limits = listener.limits.request
      }
      let (taken, progress) = parser.read(UnsafeRawBufferPointer(rebasing: bytes[position...]))
      position += taken
      switch progress {
      case .incomplete: needMore(taken)
      case .complete(let message): dispatch(message)
      case .refused(let refusal): refuse(refusal)
      }
    }
    return position
  }

  private func needMore(_ taken: Int) {
    guard parser.isInBody else { return }
    movedLast = shared.time.uptime
    if bodySince == nil {
      bodySince = movedLast
      moved = 0
    } else {
      moved += taken
    }
    if parser.awaitsContinue {
      parser.awaitsContinue = false
      output.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
      flush()
    }
  }

  /// The client sends no more. It may still read the answer to what it sent.
  private func ended() {
    hasEnded = true
    pause()
    // Nobody would notice that an answer without an end is not read any more.
    if stream != nil { return close() }
    if phase == .lingering || (phase == .reading && pending.isEmpty) { close() }
  }

  private func pause() {
    guard !isPaused else { return }
    isPaused = true
    event_del(readEvent)
  }

  private func resume() {
    guard isPaused, !hasEnded else { return }
    isPaused = false
    event_add(readEvent, nil)
  }
}

// MARK: - Answering

extension Connection {
  private func dispatch(_ message: RequestMessage) {
    phase = .handling
    bodySince = nil
    hasServed = true
    let now = shared.time.uptime
    let trace = message.headers["traceparent"].flatMap(TraceContext.init(traceparent:))
    let context = CallContext(
      requestID: requestID(message.headers), trace: trace ?? TraceContext(random: listener.random),
      deadline: now + listener.limits.answerDeadline)
    let request = Request(message, peer: peer, context: context)
    current = Current(request, began: since)
    since = now
    if let response = shared.handler.readyAnswer(to: request) { return answer(response) }
    // Runs on this thread up to the first real wait: most answers are ready without one.
    let task = Task.immediate(executorPreference: listener.loop) { [self] in
      answer(await shared.handler.respond(to: request))
    }
    if phase == .handling { self.task = task }
  }

  /// Ids of callers are taken when they are safe to log and to send on.
  private func requestID(_ headers: Headers) -> String {
    if let given = headers["x-request-id"], (1...128).contains(given.utf8.count),
      given.utf8.allSatisfy(ByteSet.identifier.contains)
    {
      return given
    }
    return listener.identifiers.make("req")
  }

  private func answer(_ response: Response) {
    precondition(listener.loop.isCurrent)
    task = nil
    guard phase == .handling, let current else { return }
    guard response.disposition == .normal else { return close() }
    let closes =
      !current.keepsAlive || response.stream != nil && !current.isHTTP11 || listener.isDraining
      || (hasEnded && pending.isEmpty)
    send(response, to: current, requestID: current.request.context.requestID, closes: closes, refusal: nil)
  }

  /// Answers instead of a handler and closes.
  func refuse(_ refusal: Refusal) {
    guard phase != .closed, !closesAfterWrite else { return }
    task?.cancel()
    task = nil
    shared.limiter.note(refusal)
    let requestID = current?.request.context.requestID ?? requestID(parser.partialHeaders)
    lingers = true
    pending = []
    send(
      Response(refusal.problem, requestID: requestID), to: current, requestID: requestID, closes: true, refusal: refusal
    )
  }

  private func send(_ response: Response, to current: Current?, requestID: String, closes: Bool, refusal: Refusal?) {
    listener.writer.write(
      response, requestID: requestID, now: shared.time.now,
      persistence: closes ? .close : current?.isHTTP11 == false ? .keepAliveOfHTTP10 : .keepAlive,
      isHead: current?.request.method == .head, framesStream: current?.isHTTP11 != false)
    if response.stream != nil { takeStream(of: response, to: current) }
    let count = listener.writer.bytes.count
    let now = shared.time.uptime
    let began = current?.began ?? since
    self.current = nil
    closesAfterWrite = closes
    if closes, !pending.isEmpty { lingers = true }
    phase = .writing
    since = now
    moved = 0
    movedLast = now
    if output.isEmpty { sendAtOnce() } else { output.append(contentsOf: listener.writer.bytes) }
    shared.observe?(
      Exchange(
        request: current?.request, refusal: refusal, requestID: requestID, peer: peer, status: response.status,
        bytes: count, duration: now - began, route: response.route))
    flush()
  }
}

// MARK: - Writing

extension Connection {
  /// Gives the answer to the system without keeping a copy, which nearly always works.
  private func sendAtOnce() {
    listener.writer.bytes.withUnsafeBytes { bytes in
      if case .bytes(let count) = transport.send(bytes) { moved = count }
      output.append(contentsOf: bytes[moved...])
    }
  }

  fileprivate func writable() {
    if readWaitsToWrite {
      readWaitsToWrite = false
      readable()
    }
    if phase != .closed { flush() }
  }

  /// Writes what is left, then goes on with what comes next.
  func flush() {
    while written < output.count {
      let outcome = output.withUnsafeBytes { transport.send(UnsafeRawBufferPointer(rebasing: $0[written...])) }
      switch outcome {
      case .bytes(let count):
        written += count
        moved += count
        movedLast = shared.time.uptime
      case .waitsToWrite:
        event_add(writeEvent, nil)
        return
      case .waitsToRead:
        writeWaitsToRead = true
        return
      case .ended, .failed: return close()
      }
    }
    if written > 0 { (output, written) = ([], 0) }
    if phase == .writing { wrote() }
  }

  private func wrote() {
    if stream != nil { return streamWasWritten() }
    if closesAfterWrite { return endSending() }
    phase = .reading
    since = movedLast
    guard !isConsuming else { return }
    let bytes = pending
    pending = []
    let taken = bytes.withUnsafeBytes { consume($0) }
    guard phase != .closed, !closesAfterWrite else { return }
    pending = Array(bytes[taken...])
    guard phase == .reading else { return }
    if hasEnded { return close() }
    if listener.isDraining, isIdle { return close() }
    resume()
    if transport.hasDecrypted { readable() }
  }

  private func endSending() {
    guard lingers, !hasEnded else { return close() }
    transport.endSending()
    phase = .lingering
    since = shared.time.uptime
    moved = 0
    resume()
  }
}

private nonisolated func readCallback(_: Int32, _: Int16, context: UnsafeMutableRawPointer?) {
  context.map { Unmanaged<Connection>.fromOpaque($0).takeUnretainedValue().readable() }
}

private nonisolated func writeCallback(_: Int32, _: Int16, context: UnsafeMutableRawPointer?) {
  context.map { Unmanaged<Connection>.fromOpaque($0).takeUnretainedValue().writable() }
}
