import COpenSSL
import Glibc

/// A connected, non-blocking socket, plain or with TLS.
///
/// It is read and written directly and libevent only says when. Its `bufferevent` costs an `ioctl` for each read and two
/// `epoll_ctl` for each write, which is as much again as a small answer needs.
struct Transport {
  enum Outcome {
    case bytes(Int)
    /// Again when the socket can be read.
    case waitsToRead
    /// Again when the socket can be written.
    case waitsToWrite
    /// The other side sends no more.
    case ended
    case failed
  }

  let socket: Int32
  private let session: OpaquePointer?

  init(socket: Int32, session: OpaquePointer?) {
    self.socket = socket
    self.session = session
  }

  var isTLS: Bool { session != nil }
  /// Bytes wait that the socket knows nothing of any more.
  var hasDecrypted: Bool { session.map { SSL_pending($0) > 0 } ?? false }

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
    if let session {
      ERR_clear_error()
      return outcome(SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count)), of: session)
    }
    let count = recv(socket, buffer.baseAddress, buffer.count, 0)
    if count > 0 { return .bytes(count) }
    if count == 0 { return .ended }
    return errno == EAGAIN || errno == EINTR ? .waitsToRead : .failed
  }

  func send(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    if let session {
      ERR_clear_error()
      return outcome(SSL_write(session, bytes.baseAddress, Int32(clamping: bytes.count)), of: session)
    }
    let count = Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    if count >= 0 { return .bytes(count) }
    return errno == EAGAIN || errno == EINTR ? .waitsToWrite : .failed
  }

  /// Says that nothing more is sent; the other side may still send.
  func endSending() {
    sayGoodbye()
    shutdown(socket, Int32(SHUT_WR))
  }

  func close() {
    if let session {
      sayGoodbye()
      SSL_free(session)
    }
    Glibc.close(socket)
  }

  /// TLS's own end, so that the other side can tell it from a cut line (RFC 8446, section 6.1).
  private func sayGoodbye() {
    guard let session, SSL_get_shutdown(session) & SSL_SENT_SHUTDOWN == 0, SSL_is_init_finished(session) == 1 else {
      return
    }
    ERR_clear_error()
    SSL_shutdown(session)
  }

  private func outcome(_ result: Int32, of session: OpaquePointer) -> Outcome {
    if result > 0 { return .bytes(Int(result)) }
    return switch SSL_get_error(session, result) {
    case SSL_ERROR_WANT_READ: .waitsToRead
    case SSL_ERROR_WANT_WRITE: .waitsToWrite
    case SSL_ERROR_ZERO_RETURN: .ended
    default: .failed
    }
  }
}
