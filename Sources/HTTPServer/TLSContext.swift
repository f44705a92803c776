import COpenSSL
import Glibc

/// What new connections use to speak TLS. Replaced as a whole when the certificate is renewed; connections that are open
/// keep the one they began with.
final class TLSContext: Sendable {
  /// Set up in `init` and only used from then on, which OpenSSL allows from any thread.
  private nonisolated(unsafe) let context: OpaquePointer

  /// - Throws: `ServerError.tls`.
  init(_ files: TLSFiles) throws(ServerError) {
    ERR_clear_error()
    guard let context = SSL_CTX_new(TLS_server_method()) else {
      throw .tls(file: files.certificate, reason: Self.lastError)
    }
    self.context = context
    SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
    SSL_CTX_ctrl(
      context, SSL_CTRL_MODE,
      Int(SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS), nil)
    SSL_CTX_set_options(context, Options.all)
    // Of TLS 1.2 only what has forward secrecy and authenticated encryption (RFC 9325, section 4.2).
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!PSK:!SHA1")
    SSL_CTX_set_alpn_select_cb(context, selectProtocol, nil)
    guard SSL_CTX_use_certificate_chain_file(context, files.certificate) == 1 else {
      throw .tls(file: files.certificate, reason: Self.lastError)
    }
    guard SSL_CTX_use_PrivateKey_file(context, files.key, SSL_FILETYPE_PEM) == 1,
      SSL_CTX_check_private_key(context) == 1
    else { throw .tls(file: files.key, reason: Self.lastError) }
  }

  deinit {
    SSL_CTX_free(context)
  }

  /// The server's side of a session on a connected socket; to be freed by the caller.
  func makeSession(on socket: Int32) -> OpaquePointer? {
    guard let session = SSL_new(context) else { return nil }
    guard SSL_set_fd(session, socket) == 1 else {
      SSL_free(session)
      return nil
    }
    SSL_set_accept_state(session)
    return session
  }

  /// `SSL_OP_…` are macros that Swift does not import; these are their values since OpenSSL 3.0.
  private enum Options {
    static let noCompression: UInt64 = 1 << 17
    static let serverPreference: UInt64 = 1 << 22
    static let noRenegotiation: UInt64 = 1 << 30
    static let all = noCompression | serverPreference | noRenegotiation
  }

  private static var lastError: String {
    let code = ERR_get_error()
    guard code != 0 else { return "unknown" }
    if let reason = ERR_reason_error_string(code) { return String(cString: reason) }
    // OpenSSL 3 carries the number of a failed system call in the low bits.
    return String(cString: strerror(Int32(code & 0x7FFF_FFFF)))
  }
}

/// RFC 7301: we speak `http/1.1`; a client that offers only other protocols goes on without one.
private nonisolated func selectProtocol(
  _: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ length: UnsafeMutablePointer<UInt8>?,
  _ offered: UnsafePointer<UInt8>?, _ count: UInt32, _: UnsafeMutableRawPointer?
) -> Int32 {
  guard let offered else { return SSL_TLSEXT_ERR_NOACK }
  var position = 0
  while position < Int(count) {
    let size = Int(offered[position])
    guard position + 1 + size <= Int(count) else { break }
    let name = UnsafeBufferPointer(start: offered + position + 1, count: size)
    if name.elementsEqual("http/1.1".utf8) {
      chosen?.pointee = offered + position + 1
      length?.pointee = UInt8(size)
      return SSL_TLSEXT_ERR_OK
    }
    position += 1 + size
  }
  return SSL_TLSEXT_ERR_NOACK
}
