import COpenSSL
import Core
import Glibc

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
  package static let byteCount = 32

  /// OpenSSL 3 looks an algorithm up by name on each implicit use, which costs more than hashing a short text; fetched
  /// once it is a constant that any thread may read.
  fileprivate nonisolated(unsafe) static let algorithm: OpaquePointer = {
    guard let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else { preconditionFailure("OpenSSL without SHA-256") }
    return algorithm
  }()

  /// A context for each thread, kept for the next hash on it: making one costs more than hashing a short text.
  private static let contexts: pthread_key_t = {
    var key = pthread_key_t()
    precondition(pthread_key_create(&key, freeContext) == 0, "no room for a value of each thread")
    return key
  }()

  private static var context: OpaquePointer {
    if let context = pthread_getspecific(contexts) { return OpaquePointer(context) }
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory") }
    pthread_setspecific(contexts, UnsafeRawPointer(context))
    return context
  }

  /// 32 bytes.
  package static func digest(of bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { digest(of: $0) }
  }

  package static func digest(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      digest(of: bytes, to: UnsafeMutableRawBufferPointer(buffer))
      count = byteCount
    }
  }

  /// - Parameter digest: room for 32 bytes.
  package static func digest(of bytes: UnsafeRawBufferPointer, to digest: UnsafeMutableRawBufferPointer) {
    precondition(digest.count >= byteCount, "a hash needs 32 bytes")
    let context = context
    // Fails only when there is no memory, as the parameters are fixed.
    guard EVP_DigestInit_ex(context, algorithm, nil) == 1,
      EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1,
      EVP_DigestFinal_ex(context, digest.baseAddress?.assumingMemoryBound(to: UInt8.self), nil) == 1
    else { preconditionFailure("SHA-256 failed") }
  }

  package static func digest(of text: String) -> [UInt8] { digest(of: Array(text.utf8)) }

  /// A hash as a value: for those that keep millions, as it has no memory of its own on the heap.
  package static func hash(of bytes: UnsafeRawBufferPointer) -> Bytes32 {
    var hash = Bytes32.zero
    hash.withUnsafeMutableBytes { digest(of: bytes, to: $0) }
    return hash
  }

  package static func hash(of text: String) -> Bytes32 {
    var text = text
    return text.withUTF8 { hash(of: UnsafeRawBufferPointer($0)) }
  }
}

nonisolated private func freeContext(_ context: UnsafeMutableRawPointer?) {
  EVP_MD_CTX_free(context.map { OpaquePointer($0) })
}

/// HMAC with SHA-256 (RFC 2104, FIPS 198-1).
package enum HMACSHA256 {
  fileprivate nonisolated(unsafe) static let algorithm: OpaquePointer = {
    guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil) else { preconditionFailure("OpenSSL without HMAC") }
    return algorithm
  }()

  /// Which digest. Made once and never freed: `OSSL_PARAM` keeps pointers to its name and value, so both are copies of
  /// their own, and nothing writes to them.
  fileprivate nonisolated(unsafe) static let parameters: UnsafePointer<OSSL_PARAM> = {
    let parameters = UnsafeMutablePointer<OSSL_PARAM>.allocate(capacity: 2)
    parameters[0] = OSSL_PARAM_construct_utf8_string(strdup(OSSL_MAC_PARAM_DIGEST), strdup("SHA256"), 0)
    parameters[1] = OSSL_PARAM_construct_end()
    return UnsafePointer(parameters)
  }()

  /// 32 bytes.
  ///
  /// - Parameter key: of any length; one below 32 bytes is weaker than the code (RFC 2104, section 3).
  package static func code(for message: [UInt8], key: [UInt8]) -> [UInt8] {
    let context = context(key: key)
    defer { EVP_MAC_CTX_free(context) }
    return finish(context, message)
  }

  /// Ready for a message; to be freed with `EVP_MAC_CTX_free`.
  static func context(key: [UInt8]) -> OpaquePointer {
    guard let context = EVP_MAC_CTX_new(algorithm) else { preconditionFailure("no memory") }
    let succeeded = key.withPointer { EVP_MAC_init(context, $0, $1, parameters) == 1 }
    precondition(succeeded, "HMAC-SHA-256 failed")
    return context
  }

  static func finish(_ context: OpaquePointer, _ message: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: SHA256.byteCount)
    let succeeded =
      EVP_MAC_update(context, message, message.count) == 1
      && EVP_MAC_final(context, &code, nil, SHA256.byteCount) == 1
    precondition(succeeded, "HMAC-SHA-256 failed")
    return code
  }

  static func finishHash(_ context: OpaquePointer, _ message: UnsafeRawBufferPointer) -> Bytes32 {
    var code = Bytes32.zero
    let succeeded = code.withUnsafeMutableBytes { code in
      EVP_MAC_update(context, message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count) == 1
        && EVP_MAC_final(context, code.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, code.count) == 1
    }
    precondition(succeeded, "HMAC-SHA-256 failed")
    return code
  }

  /// Whether `code` is the whole code of `message`; takes the same time wherever they differ.
  package static func isValid(_ code: [UInt8], for message: [UInt8], key: [UInt8]) -> Bool {
    constantTimeEqual(code, self.code(for: message, key: key))
  }
}

/// Compares secrets. The lengths are compared first and are not secret; with equal lengths the time does not depend on
/// where the bytes differ.
package func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}

package func constantTimeEqual(_ left: String, _ right: String) -> Bool {
  constantTimeEqual(Array(left.utf8), Array(right.utf8))
}

extension [UInt8] {
  /// A pointer that is never null: to OpenSSL a null key means "the key of before", not an empty one.
  fileprivate func withPointer<Result>(_ body: (UnsafePointer<UInt8>, Int) -> Result) -> Result {
    isEmpty
      ? withUnsafePointer(to: UInt8(0)) { body($0, 0) }
      : withUnsafeBufferPointer { body($0.baseAddress!, $0.count) }
  }
}
