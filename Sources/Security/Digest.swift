import COpenSSL
import Core

/// SHA-256 (FIPS 180-4).
///
/// By OpenSSL's functions for this hash alone: those for any hash take twice as long for a short text (decision 0027).
package enum SHA256 {
  package static let byteCount = 32

  /// 32 bytes.
  package static func digest(of bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { digest(of: $0) }
  }

  package static func digest(of bytes: UnsafeRawBufferPointer) -> [UInt8] { hash(of: bytes).bytes }

  package static func digest(of text: String) -> [UInt8] { hash(of: text).bytes }

  /// A hash as a value: for those that keep millions, as it has no memory of its own on the heap.
  package static func hash(of bytes: UnsafeRawBufferPointer) -> Bytes32 {
    var state = SHA256State()
    state.take(bytes)
    return state.hash()
  }

  package static func hash(of text: String) -> Bytes32 {
    var text = text
    return text.withUTF8 { hash(of: UnsafeRawBufferPointer($0)) }
  }
}

/// What SHA-256 makes of some bytes, before the last of them. A value: hashing may go on from it more than once.
struct SHA256State {
  /// What the hash works on at once, in bytes.
  static let block = 64

  private var context = SHA256_CTX()

  // The functions answer 1 whatever they are given.
  init() {
    SHA256_Init(&context)
  }

  mutating func take(_ bytes: UnsafeRawBufferPointer) {
    SHA256_Update(&context, bytes.baseAddress, bytes.count)
  }

  /// Of all that was taken; the state is of no more use.
  mutating func hash() -> Bytes32 {
    var hash = Bytes32.zero
    hash.withUnsafeMutableBytes { bytes in
      _ = SHA256_Final(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), &context)
    }
    return hash
  }
}

/// HMAC with SHA-256 (RFC 2104, FIPS 198-1).
package enum HMACSHA256 {
  /// 32 bytes.
  ///
  /// - Parameter key: of any length; one below 32 bytes is weaker than the code (RFC 2104, section 3).
  package static func code(for message: [UInt8], key: [UInt8]) -> [UInt8] {
    HMACKey(Redacted(key)).code(for: message)
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
