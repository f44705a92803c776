import COpenSSL
import Core
import Synchronization

/// A key that many messages are authenticated with by HMAC-SHA-256: what depends on the key alone is worked out once.
package final class HMACKey: Sendable {
  /// OpenSSL's contexts are of one thread at a time.
  private let context: Mutex<Context>

  /// - Parameter key: as of `HMACSHA256.code`.
  package init(_ key: Redacted<[UInt8]>) {
    context = Mutex(Context(HMACSHA256.context(key: key.reveal())))
  }

  /// 32 bytes, the same as of `HMACSHA256.code(for:key:)`.
  package func code(for message: [UInt8]) -> [UInt8] {
    context.withLock { context in
      // A null key stands for the one of before.
      precondition(EVP_MAC_init(context.pointer, nil, 0, nil) == 1, "HMAC-SHA-256 failed")
      return HMACSHA256.finish(context.pointer, message)
    }
  }

  /// The same as a value.
  package func hash(for message: UnsafeRawBufferPointer) -> Bytes32 {
    context.withLock { context in
      precondition(EVP_MAC_init(context.pointer, nil, 0, nil) == 1, "HMAC-SHA-256 failed")
      return HMACSHA256.finishHash(context.pointer, message)
    }
  }

  package func hash(for message: [UInt8]) -> Bytes32 { message.withUnsafeBytes { hash(for: $0) } }

  private struct Context: ~Copyable {
    /// Used under the lock alone.
    nonisolated(unsafe) let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
      self.pointer = pointer
    }

    deinit { EVP_MAC_CTX_free(pointer) }
  }
}
