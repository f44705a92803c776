import Core
import EventLoop
import HTTPMessages

/// An answer that is under way in parts.
struct OutgoingStream {
  let body: BodyStream
  /// Without, the end of the body is the end of the connection.
  let isChunked: Bool
  var hasBegun = false
  /// Waits until the system has taken the last part; told false when the connection is gone.
  var whenWritten: CheckedContinuation<Bool, Never>?
}

/// One task pulls the parts, and pulls the next only when the one before is with the system: what a client does not read is
/// not asked for. Between two parts no deadline runs; while one is written, those of any answer do.
extension Connection {
  /// The header of `response` is about to be written; its stream follows, unless the client wants no body.
  func takeStream(of response: Response, to current: Current?) {
    guard let body = response.stream, current?.request.method != .head, response.status != 204, response.status != 304
    else { return }
    stream = OutgoingStream(body: body, isChunked: current?.isHTTP11 != false)
  }

  /// The header or a part is with the system.
  func streamWasWritten() {
    phase = .streaming
    if let waiter = stream?.whenWritten {
      stream?.whenWritten = nil
      waiter.resume(returning: true)
    } else if let body = stream?.body, stream?.hasBegun == false {
      guard !hasEnded else { return close() }
      stream?.hasBegun = true
      task = Task(executorPreference: listener.loop) { [self] in await send(body) }
    }
  }

  func abandonStream() {
    let waiter = stream?.whenWritten
    stream = nil
    waiter?.resume(returning: false)
  }

  private func send(_ body: BodyStream) async {
    do {
      while let part = try await body() {
        guard await send(part) else { return }
        // A client that reads as fast as we write must not keep the loop from the others.
        await Task.yield()
      }
    } catch {
      return close()
    }
    endStream()
  }

  /// - Returns: whether there is somebody to send the next part to.
  private func send(_ part: [UInt8]) async -> Bool {
    precondition(listener.loop.isCurrent)
    guard phase == .streaming, let isChunked = stream?.isChunked else { return false }
    // A chunk of no bytes would be the end.
    guard !part.isEmpty else { return true }
    if isChunked {
      output.append(contentsOf: String(part.count, radix: 16).utf8)
      output.append(contentsOf: "\r\n".utf8)
    }
    output.append(contentsOf: part)
    if isChunked { output.append(contentsOf: "\r\n".utf8) }
    beginWriting()
    if phase == .streaming { return true }
    guard phase == .writing else { return false }
    return await withCheckedContinuation { stream?.whenWritten = $0 }
  }

  private func endStream() {
    guard phase == .streaming, let isChunked = stream?.isChunked else { return }
    stream = nil
    task = nil
    if isChunked { output.append(contentsOf: "0\r\n\r\n".utf8) }
    beginWriting()
  }

  private func beginWriting() {
    phase = .writing
    since = shared.time.uptime
    moved = 0
    movedLast = since
    flush()
  }
}
