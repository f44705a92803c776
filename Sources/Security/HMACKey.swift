import Core

/// A key that many messages are authenticated with by HMAC-SHA-256: what depends on the key alone is worked out once.
package struct HMACKey: Sendable {
  private var inner: SHA256State
  private let outer: SHA256State

  /// - Parameter key: as of `HMACSHA256.code`.
  package init(_ key: Redacted<[UInt8]>) {
    var key = key.reveal()
    if key.count > SHA256State.block { key = SHA256.digest(of: key) }
    key += [UInt8](repeating: 0, count: SHA256State.block - key.count)
    /// What stands before the message, and before its hash (RFC 2104, section 2).
    func begin(_ pad: UInt8) -> SHA256State {
      var state = SHA256State()
      key.map { $0 ^ pad }.withUnsafeBytes { state.take($0) }
      return state
    }
    (inner, outer) = (begin(0x36), begin(0x5C))
  }

  /// The same key, for messages that all begin so: what comes after that is to be given.
  package func beginning(with prefix: [UInt8]) -> HMACKey {
    var key = self
    prefix.withUnsafeBytes { key.inner.take($0) }
    return key
  }

  /// 32 bytes, the same as of `HMACSHA256.code(for:key:)`.
  package func code(for message: [UInt8]) -> [UInt8] { hash(for: message).bytes }

  /// The same as a value.
  package func hash(for message: UnsafeRawBufferPointer) -> Bytes32 {
    var (inner, outer) = (inner, outer)
    inner.take(message)
    inner.hash().withUnsafeBytes { outer.take($0) }
    return outer.hash()
  }

  package func hash(for message: [UInt8]) -> Bytes32 { message.withUnsafeBytes { hash(for: $0) } }
}
